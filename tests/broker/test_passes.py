"""Passes by themselves: whose, for how long, how often."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.broker.deeds import Deed
from agentguard.broker.passes import LASTS, MOST, Line, Pass, Passes, Process
from agentguard.model.hold import Asker
from agentguard.model.verdict import Standing, Stop
from tests.broker.book import ADA, NOW

DEED = Deed(("git", "reset"), "/repo", ("overwrite", "file"), frozenset())
LINE = Line(frozenset({DEED}), whole=True, standing=Standing())
CLAUDE = Process(5, 1.0)
ASKER = replace(ADA, session="s1")
PLANS = frozenset({"p"})
ONE = Pass(PLANS, ASKER.uid, "s1", "", NOW + LASTS, asked=False, line=LINE, agent=frozenset({CLAUDE}))


def left(*passes: Pass) -> Passes:
    made = Passes()
    for one in passes:
        made.leave(one)
    return made


def test_a_pass_is_good_once() -> None:
    passes = left(ONE)
    assert passes.take(PLANS, Standing(), ASKER, CLAUDE, NOW)
    assert not passes.take(PLANS, Standing(), ASKER, CLAUDE, NOW)


OTHERS: dict[str, tuple[frozenset[str], Standing, Asker, Process, int]] = {
    "another plan": (frozenset({"q"}), Standing(), ASKER, CLAUDE, NOW),
    "another session": (PLANS, Standing(), replace(ASKER, session="s2"), CLAUDE, NOW),
    "another user": (PLANS, Standing(), replace(ASKER, uid=ASKER.uid + 1), CLAUDE, NOW),
    "too late": (PLANS, Standing(), ASKER, CLAUDE, NOW + LASTS),
    "a stop was pressed": (PLANS, Standing(stops=(Stop("prod"),)), ASKER, CLAUDE, NOW),
    "another process starts it": (PLANS, Standing(), ASKER, Process(5, 2.0), NOW),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS.keys())
def test_a_pass_is_for_nothing_else(other: tuple[frozenset[str], Standing, Asker, Process, int]) -> None:
    assert not left(ONE).take(*other)


def test_a_call_without_a_session_leaves_none() -> None:
    assert not left(replace(ONE, session="")).take(PLANS, Standing(), replace(ASKER, session=""), CLAUDE, NOW)


def test_a_question_ends_with_the_next_call_of_who_asked_and_an_approval_does_not() -> None:
    asked = replace(ONE, plans=frozenset({"asked"}), asked=True)
    passes = left(asked, ONE)
    passes.turn(ASKER.uid, "s1", "a subagent")
    passes.turn(ASKER.uid, "s2", "")
    assert passes.waiting(Standing(), ASKER, NOW) == (asked, ONE)
    passes.turn(ASKER.uid, "s1", "")
    assert passes.waiting(Standing(), ASKER, NOW) == (ONE,)


def test_the_oldest_are_forgotten_first() -> None:
    passes = left(*(replace(ONE, plans=frozenset({str(n)})) for n in range(MOST + 1)))
    assert not passes.take(frozenset({"0"}), Standing(), ASKER, CLAUDE, NOW)
    assert passes.take(frozenset({"1"}), Standing(), ASKER, CLAUDE, NOW)
    for pid in range(MOST + 1):
        passes.run(Process(pid, 1.0), LINE)
    assert list(passes.above([Process(0, 1.0)], Standing())) == []
    assert list(passes.above([Process(1, 1.0)], Standing())) == [LINE]


def test_a_process_is_known_by_its_start_too_and_a_stop_counts_for_what_runs() -> None:
    passes = Passes()
    passes.run(Process(7, 1.0), LINE)
    assert list(passes.above([Process(9, 3.0), Process(7, 1.0)], Standing())) == [LINE]
    assert list(passes.above([Process(7, 2.0)], Standing())) == []
    assert list(passes.above([Process(7, 1.0)], Standing(breaker_open=True))) == []


def test_what_a_program_used_of_a_pass_is_gone() -> None:
    passes = left(ONE)
    passes.use(ONE, frozenset({DEED}))
    assert [one.line.deeds for one in passes.waiting(Standing(), ASKER, NOW)] == [frozenset()]
