"""Canonical bytes, and values that come back from their records."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from agentguard.model.hold import Decision
from agentguard.model.record import EXACT, canonical, digest, from_record, to_record

KEYS = st.text(st.characters(max_codepoint=127), max_size=8)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-EXACT, EXACT) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_the_bytes_are_those_of_the_rfc8785_package(value: object) -> None:
    assert canonical(value) == rfc8785.dumps(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [1.0, float("nan"), EXACT + 1, -EXACT - 1, {"é": 1}, {1: 1}, "\ud800", {1, 2}, b"x"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        canonical({"key": [value]})


def test_a_digest_is_the_same_whatever_the_order_of_keys() -> None:
    assert digest({"a": 1, "b": [True, None]}) == digest({"b": [True, None], "a": 1})
    assert digest({"a": 1}) != digest({"a": True})


@dataclass(frozen=True)
class Inner:
    decision: Decision
    count: int = 0


@dataclass(frozen=True)
class Outer:
    inner: tuple[Inner, ...]
    pair: tuple[str, int]
    status: int | None = None
    alone: Inner | None = None


def test_a_value_comes_back_equal_from_its_record() -> None:
    outer = Outer((Inner(Decision.YES, 2), Inner(Decision.NO)), ("x", 1), alone=Inner(Decision.YES))
    assert from_record(Outer, to_record(outer)) == outer


@pytest.mark.parametrize(
    "record",
    [
        {"inner": [], "pair": ["x", 1], "other": 1},
        {"inner": []},
        {"inner": [], "pair": ["x"]},
        {"inner": [], "pair": ["x", True]},
        {"inner": [{"decision": "maybe"}], "pair": ["x", 1]},
        {"inner": "no list", "pair": ["x", 1]},
        {"inner": [], "pair": ["x", 1], "status": "0"},
        [],
    ],
)
def test_a_record_of_another_shape_is_refused(record: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        from_record(Outer, record)
