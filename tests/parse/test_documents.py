"""JSON, YAML and shorthand: any text ends as a value, and what nests too deep is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.classify.members import members
from agentguard.model.command import Command, Option, Word
from agentguard.parse.documents import argument, document
from agentguard.parse.excerpts import behind, lines

SIGNS = st.text(alphabet="ab=,{}[]'\" \\\n", max_size=40)


@given(SIGNS)
@settings(max_examples=300)
def test_any_argument_has_a_value_and_members(text: str) -> None:
    argument(text)
    found = list(members(Command("aws", (), options=(Option("--x", Word(text)),))))

    assert all(keys[0] == "x" for keys, _ in found)


@given(SIGNS)
def test_any_argument_may_be_asked_for_its_code(text: str) -> None:
    for found in behind("a=", (Word(text),), hidden=True):
        assert isinstance(lines(found).text, str)


@pytest.mark.parametrize("text", ["[" * 5000, "a=" + "{b=" * 5000, '{"a":' * 5000, "a=" + "[" * 40 + "]" * 40])
def test_what_nests_too_deep_is_plain_text(text: str) -> None:
    assert argument(text) == text


@pytest.mark.parametrize("text", ["[" * 5000, "- " * 5000, "*a *b", "{"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        document(text.encode())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("plain", "plain"),
        ("a=b", {"a": "b"}),
        ("a=b,c={d=e},f=[g,h]", {"a": "b", "c": {"d": "e"}, "f": ["g", "h"]}),
        ("[{a=b},{a=c}]", [{"a": "b"}, {"a": "c"}]),
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("a='b,c'", {"a": "b,c"}),
    ],
)
def test_an_argument_is_read_as_a_cloud_reads_it(text: str, value: object) -> None:
    assert argument(text) == value
