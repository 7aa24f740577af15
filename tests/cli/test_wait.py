"""What `agentguard wait` tells an agent about each way a hold can stand."""

from __future__ import annotations

import pytest

from agentguard.cli.wait import LONGEST, code, say, told
from agentguard.model.errors import Exit
from agentguard.model.hold import Ballot, Decision, Kind, State, Vote
from tests.cli.holds import hold


def vote(person: str, decision: Decision = Decision.YES) -> Vote:
    ballot = Ballot(
        hold="ag-k3v9m2x7qa",
        nonce="n0",
        plan="p",
        policy="q",
        decision=decision,
        card="c",
        entry=1,
        head="h",
        expires=0,
        reason="",
        person=person,
    )
    return Vote(ballot, "{}", "signature", "SHA256:x", hardware=False, at=0)


@pytest.mark.parametrize("odd", ["\x1b[2J", "\u202e", "\r"])
def test_a_reason_cannot_play_with_the_screen(odd: str, capsys: pytest.CaptureFixture[str]) -> None:
    say(hold(state=State.DENIED, message=f"denied by bob: {odd}"))
    assert odd not in capsys.readouterr().out


APPROVED = {"state": State.APPROVED, "votes": (vote("bob"), vote("cleo"))}
ROWS = (
    ({}, Exit.STILL_HELD, "still waits for approval; run `agentguard wait ag-k3v9m2x7qa` again"),
    ({"kind": Kind.ASK}, Exit.STILL_HELD, "still waits for your confirmation"),
    (APPROVED, Exit.DONE, "approved by bob and cleo; run the same command again, unchanged"),
    ({"state": State.APPROVED, "confirmed_by": "ada"}, Exit.DONE, "approved by ada"),
    ({"state": State.DENIED, "message": "not today"}, Exit.BLOCKED, "denied (not today); it will not run"),
    (
        {"state": State.DENIED, "message": "denied by bob: no"},
        Exit.BLOCKED,
        "7qa is denied by bob: no; it will not run",
    ),
    (
        {"state": State.WITHDRAWN, "message": "withdrawn by ada"},
        Exit.BLOCKED,
        "7qa is withdrawn by ada; it will not run",
    ),
    ({"state": State.EXPIRED, "message": "nobody answered in time"}, Exit.BLOCKED, "in time; it will not run"),
    ({"state": State.EXPIRED}, Exit.BLOCKED, "expired: nobody answered in time; it will not run"),
    ({"state": State.VOIDED, "message": "kube context changed"}, Exit.BLOCKED, "has changed (kube context changed)"),
    ({"state": State.WITHDRAWN}, Exit.BLOCKED, "withdrawn by the requester"),
    ({**APPROVED, "state": State.RELEASED}, Exit.DONE, "has been used; ask again for another run"),
    ({**APPROVED, "state": State.SUCCEEDED}, Exit.DONE, "has been used"),
    ({**APPROVED, "state": State.FAILED}, Exit.DONE, "has been used"),
)


@pytest.mark.parametrize(("changes", "exit_", "says"), ROWS)
def test_how_a_hold_stands_is_one_sentence_and_one_code(changes: dict[str, object], exit_: Exit, says: str) -> None:
    held = hold(**changes)
    assert code(held) is exit_
    assert says in told(held)
    assert "\n" not in told(held)


@pytest.mark.parametrize("state", State)
def test_every_state_has_an_answer(state: State) -> None:
    held = hold(state=state)
    assert (code(held) is Exit.STILL_HELD) is (state is State.HELD)
    assert told(held).startswith("ag-k3v9m2x7qa ")


def test_waiting_ends_before_an_agents_own_tool_is_cut_off() -> None:
    assert LONGEST < 100
