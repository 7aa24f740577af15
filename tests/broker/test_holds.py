"""The life of a hold: every cell of its table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.broker.holds import AFTER, FORWARD, enough, expired, rebuild, seen
from agentguard.broker.holds import after as follow
from agentguard.model.errors import Refused
from agentguard.model.hold import Event, Hold, State, Step, deadline
from tests.broker.book import HOLD, MINUTE, NOW, hold, vote

LATER = NOW + MINUTE
FINAL = (State.DENIED, State.WITHDRAWN, State.EXPIRED, State.VOIDED, State.UNDONE)


def standing(state: State) -> Hold:
    """A hold in a state, as it would be a minute after it was made."""
    return hold(state=state, approved_until=0 if state is State.HELD else LATER + 15 * MINUTE)


def step(event: Event, at: int = LATER) -> Step:
    return Step(HOLD.id, event, at, vote=vote("bob") if event in (Event.VOTE, Event.QUORUM) else None)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_a_cell_says_what_follows_and_an_absent_one_is_an_error(state: State, event: Event) -> None:
    if (state, event) in AFTER:
        assert follow(standing(state), step(event)).state is AFTER[state, event]
    else:
        with pytest.raises(Refused, match=f"is {state}: {event} does not apply"):
            follow(standing(state), step(event))


@pytest.mark.parametrize("state", FINAL)
def test_nothing_follows_what_is_final(state: State) -> None:
    assert not [event for (at, event) in AFTER if at is state]


def test_only_an_approved_hold_can_start() -> None:
    assert {state for state, event in AFTER if event in (Event.RELEASE, Event.START)} == {State.APPROVED}


def test_only_quorum_and_confirmation_approve() -> None:
    assert {event for (_, event), to in AFTER.items() if to is State.APPROVED} == {Event.QUORUM, Event.CONFIRM}


@pytest.mark.parametrize("event", sorted(FORWARD))
def test_nothing_goes_forward_at_its_deadline_or_later(event: Event) -> None:
    state = next(state for state, known in AFTER if known is event)
    with pytest.raises(Refused, match="expired"):
        follow(standing(state), step(event, deadline(standing(state))))
    assert follow(standing(state), step(event, deadline(standing(state)) - 1))


@pytest.mark.parametrize("event", sorted(FORWARD))
def test_nothing_goes_forward_while_the_clock_is_behind_the_last_change(event: Event) -> None:
    state = next(state for state, known in AFTER if known is event)
    with pytest.raises(Refused, match="clock"):
        follow(standing(state), step(event, NOW - 1))


@pytest.mark.parametrize("event", [Event.DENY, Event.WITHDRAW])
def test_stopping_always_works_and_never_turns_the_time_back(event: Event) -> None:
    stopped = follow(standing(State.APPROVED), step(event, NOW - MINUTE))
    assert stopped.changed == NOW


def test_an_open_hold_shows_as_expired_once_it_is_too_late() -> None:
    assert not expired(HOLD, HOLD.expires - 1)
    assert seen(HOLD, HOLD.expires - 1) == HOLD
    late = seen(HOLD, HOLD.expires)
    assert (late.state, late.message, late.changed) == (State.EXPIRED, "nobody answered in time", HOLD.expires)
    approved = hold(state=State.APPROVED, approved_until=NOW + 5)
    assert seen(approved, NOW + 5).message == "the approval was not used in time"
    assert seen(hold(state=State.RELEASED), HOLD.expires * 2).state is State.RELEASED


def test_a_quorum_counts_distinct_persons() -> None:
    two = hold(quorum=2, votes=(vote("bob"),))
    assert not enough(two, "bob")
    assert enough(two, "eve")
    assert not enough(hold(quorum=2), "bob")
    assert enough(hold(quorum=0), "bob")


def test_a_quorum_event_without_the_quorum_is_refused() -> None:
    with pytest.raises(Refused, match="needs 2 persons"):
        follow(hold(quorum=2), step(Event.QUORUM))
    with pytest.raises(Refused, match="needs 1 persons"):
        follow(HOLD, Step(HOLD.id, Event.QUORUM, LATER))


def test_a_step_of_another_hold_is_refused() -> None:
    with pytest.raises(Refused):
        follow(HOLD, replace(step(Event.DENY), hold="ag-bbbbbbbbbb"))


def test_what_a_step_tells_is_kept() -> None:
    until = LATER + 15 * MINUTE
    approved = follow(HOLD, replace(step(Event.QUORUM), approved_until=until, message="approved by bob"))
    released = follow(approved, step(Event.RELEASE, LATER + 1))
    ended = follow(released, replace(step(Event.FAIL, LATER + 9), exit_status=3))
    assert (approved.approved_until, approved.message, len(approved.votes)) == (until, "approved by bob", 1)
    assert (ended.started, ended.ended, ended.exit_status) == (LATER + 1, LATER + 9, 3)
    assert ended.votes == approved.votes


def test_replaying_holds_and_steps_gives_the_same_holds() -> None:
    steps = (replace(step(Event.QUORUM), approved_until=LATER + 1000), step(Event.RELEASE, LATER + 1))
    expected = follow(follow(HOLD, steps[0]), steps[1])
    assert rebuild((HOLD, *steps)) == {HOLD.id: expected}
    with pytest.raises(Refused, match="before it was made"):
        rebuild(steps)
    with pytest.raises(Refused, match="does not apply"):
        rebuild((HOLD, *steps, steps[1]))
