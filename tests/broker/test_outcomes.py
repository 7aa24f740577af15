"""What came of a call stands in the record, or that nobody saw it; what came to nothing is counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.agents.dialect import Door
from agentguard.broker.outcomes import SAID, seen
from agentguard.broker.passes import Process, Way
from agentguard.model.call import Call, ShellLine
from agentguard.model.hold import Answer, Asker, Decision, Event, State, Step, Tries
from agentguard.model.record import to_record
from agentguard.model.verdict import Action
from agentguard.surroundings import Memory, Surroundings
from tests.audit.plans import CWD, DROP
from tests.broker.book import ADA
from tests.broker.desk import Desk

LAUNCHER = Process(77, 1.0)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def met(desk: Desk, door: Door = Door.SHELL, asker: Asker = ADA) -> Answer:
    """The call at a door of ours, by a launcher."""
    call = Call(ShellLine(DROP), CWD, asker.agent, asker.os_user)
    return desk.service.judge(call, Surroundings(Memory(), CWD), asker, Way(door, "", lambda: iter((LAUNCHER,))))


def released(desk: Desk) -> Answer:
    hold = met(desk).hold
    assert hold
    desk.vote(hold, "bob")
    return met(desk)


def test_the_end_that_a_launcher_tells_is_the_holds(desk: Desk) -> None:
    answer = released(desk)
    assert answer.hold
    assert answer.token
    desk.service.ended(answer.token, -9)
    hold = desk.service.get(answer.hold.id)
    assert (hold.state, hold.exit_status, hold.message) == (State.FAILED, -9, "ended by signal 9")


def test_an_end_without_the_token_is_nobodys(desk: Desk) -> None:
    answer = released(desk)
    assert answer.hold
    before = desk.kinds()
    desk.service.ended(answer.token + 1, 0)
    desk.service.ended(0, 0)
    assert desk.kinds() == before
    desk.service.ended(answer.token, 0)
    desk.service.ended(answer.token, 1)
    assert desk.service.get(answer.hold.id).state is State.SUCCEEDED
    assert desk.kinds() == [*before, "succeed"]


def test_the_agents_word_is_not_taken_while_a_launcher_will_tell(desk: Desk) -> None:
    """What was sent to the background is over for the agent before it has ended."""
    answer = released(desk)
    assert answer.hold
    desk.service.outcome("toolu_1", SAID[True])
    assert desk.service.get(answer.hold.id).state is State.RELEASED
    desk.service.ended(answer.token, 4)
    desk.service.outcome("toolu_1", SAID[True])
    assert desk.service.get(answer.hold.id).exit_status == 4


def test_of_what_goes_on_in_the_background_nobody_says_that_it_went_well(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    desk.ask()
    hold = desk.service.outcome("toolu_1", SAID[None])
    assert hold
    assert hold.state is State.UNKNOWN
    assert "nothing could see the outcome" in hold.message


def test_of_a_launcher_that_was_killed_the_record_says_that_nobody_saw_the_end(desk: Desk) -> None:
    answer = released(desk)
    assert answer.hold
    desk.service.is_there = lambda process: process != LAUNCHER
    desk.ask("ls", tool="toolu_2")
    hold = desk.service.get(answer.hold.id)
    assert (hold.state, hold.exit_status) == (State.UNKNOWN, None)
    desk.service.ended(answer.token, 0)
    assert desk.service.get(answer.hold.id).state is State.UNKNOWN


@pytest.mark.parametrize("door", [Door.SHELL, Door.SHIM])
def test_a_call_that_was_simply_allowed_has_its_end_too(door: Door, desk: Desk) -> None:
    desk.judging.action = Action.ALLOW
    answer = met(desk, door)
    desk.service.ended(answer.token, 3)
    decision, ended = desk.log.entries()
    assert decision.body["awaited"] is True
    told = {name: ended.body[name] for name in ("entry", "message", "status", "failed")}
    assert told == {"entry": decision.number, "message": "ended with status 3", "status": 3, "failed": 1}


def test_a_call_that_was_simply_allowed_has_what_the_hook_tells(desk: Desk) -> None:
    desk.judging.action = Action.ALLOW
    assert desk.ask().token == 0
    desk.service.outcome("toolu_1", SAID[False])
    desk.service.outcome("toolu_1", SAID[True])
    _, ended = desk.log.entries()
    assert (ended.body["message"], ended.body["status"]) == ("failed, as the agent tells", None)


# Tries --------------------------------------------------------------------------------------------------------------


def test_a_call_that_was_denied_and_is_asked_again_says_so(desk: Desk) -> None:
    desk.vote(desk.held(), "bob", Decision.NO, "not on a Friday")
    denied = desk.now
    desk.later(5)
    again = desk.ask(tool="toolu_2")
    assert again.hold
    assert again.hold.tries == Tries(1, 0, "denied by bob: not on a Friday", denied)
    assert "(2 times now; the last: denied by bob: not on a Friday)" in again.text
    assert "Asking again will not change it." in again.text
    assert "tries" in desk.service.card(again.hold.id)
    desk.vote(again.hold, "bob", Decision.NO)
    third = desk.held(tool="toolu_3")
    assert third.tries.refused == 2


def test_time_that_runs_out_is_a_refusal_and_an_approval_that_was_not_used_is_none(desk: Desk) -> None:
    desk.held()
    desk.later(61)
    assert desk.held().tries.refused == 1
    desk.vote(desk.held(), "bob")
    desk.later(16)
    assert desk.held().tries.refused == 1


def test_who_asks_often_while_it_waits_asks_once(desk: Desk) -> None:
    for number in range(4):
        assert desk.held(tool=f"toolu_{number}").tries == Tries()


def test_what_was_taken_back_is_no_refusal(desk: Desk) -> None:
    desk.service.withdraw(desk.held().id)
    assert desk.held().tries == Tries()


def test_a_run_that_failed_counts_and_one_that_went_well_does_not(desk: Desk) -> None:
    for number, status in enumerate((2, 0)):
        desk.vote(desk.held(tool=f"held_{number}"), "bob")
        desk.ask(tool=f"run_{number}")
        desk.service.outcome(f"run_{number}", seen(status))
    again = desk.ask(tool="toolu_9")
    assert again.hold
    assert (again.hold.tries.refused, again.hold.tries.failed, again.hold.tries.last) == (0, 1, "ended with status 2")
    assert "Asked again after a failure (2 times now; the last: ended with status 2)." in again.text
    assert "will not change it" not in again.text


def test_a_block_counts_each_time(desk: Desk) -> None:
    desk.judging.action = Action.BLOCK
    texts = [desk.ask(tool=f"toolu_{number}").text for number in range(3)]
    assert "Asked again" not in texts[0]
    assert "(2 times now; the last: blocked by the rule told)" in texts[1]
    assert "(3 times now;" in texts[2]
    assert [entry.body.get("refused") for entry in desk.log.entries()] == [None, 1, 2]


def test_tries_are_those_of_one_session_and_of_the_very_same_call(desk: Desk) -> None:
    desk.vote(desk.held(), "bob", Decision.NO)
    assert desk.held(asker=replace(ADA, session="s2")).tries == Tries()
    assert desk.held(f"{DROP} ").tries == Tries()


def test_what_a_crash_kept_from_being_counted_is_counted_from_the_log(desk: Desk) -> None:
    step = to_record(Step(desk.held().id, Event.EXPIRE, desk.now, "nobody answered in time"))
    assert isinstance(step, dict)
    desk.log.append("expire", step, desk.now)  # and no more: here the crash came
    assert desk.held().tries == Tries(1, 0, "nobody answered in time", desk.now)
