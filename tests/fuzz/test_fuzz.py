"""A short, seeded slice of the fuzzer; and the fuzzer itself, which must find what is planted."""

from __future__ import annotations

from itertools import islice

import pytest

from agentguard.model.call import Call
from agentguard.model.verdict import Plan
from agentguard.parse import reader
from tests.fuzz import inputs, seeds, targets
from tests.fuzz.minimise import shortened
from tests.fuzz.targets import Broke, Input, check
from tests.fuzz.watch import Finding, judged

SLICE = 700  # inputs: some five seconds


def test_a_slice_of_the_fuzzer_finds_nothing() -> None:
    source = inputs.Source(seeds.always(), seed=4)
    found = [finding for item in islice(source, SLICE) for finding in [judged(item)[0]] if finding]
    assert [(finding.why, finding.item) for finding in found] == []


def test_the_same_seed_gives_the_same_inputs() -> None:
    first, again = (list(islice(inputs.Source(seeds.always(), seed=9), 300)) for _ in range(2))
    assert first == again


def test_what_escapes_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def raising(*_: object) -> None:
        raise IndexError("planted")

    monkeypatch.setattr(reader, "invocations", raising)
    finding, _ = judged(Input("shell bash", "ls"))
    assert finding
    assert "planted" in finding.why


def test_a_budget_that_ran_out_and_allows_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(targets, "_holds", lambda _: False)
    with pytest.raises(Broke, match="budget ran out"):
        check(Input("shell bash", "true; " * 9_000))


def test_a_plan_that_differs_the_second_time_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    plan, turns = targets.plan, []

    def moody(call: Call, *rest: object) -> Plan:
        turns.append(call)
        made: Plan = plan(Call(call.body, call.cwd, f"turn {len(turns)}"), *rest)  # type: ignore[arg-type]
        return made

    monkeypatch.setattr(targets, "plan", moody)
    monkeypatch.setattr(targets, "REPLAYED", 1)
    with pytest.raises(Broke, match="two plans"):
        check(Input("shell bash", "ls"))


def test_a_finding_is_cut_down_to_what_breaks() -> None:
    assert shortened("x" * 900 + "bad" + "y" * 77, lambda text: "bad" in text, lambda: False) == "bad"


def test_findings_that_differ_in_numbers_are_one_kind() -> None:
    item = Input("shell bash", "")
    assert Finding("took over 2.0 s (2.5)", item).kind == Finding("took over 2.0 s (31.4)", item).kind
