"""The life of a hold: one table, state and event to state.

Promises: a cell that is not in the table is an error; expiry is computed from the time given, never scheduled; nothing
is approved or started after an expiry, nor at a time before the last change (a clock that went back).
Refuses: editing. A changed call is a new hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

from agentguard.model.errors import Refused
from agentguard.model.hold import OPEN, Decision, Event, Hold, State, Step, Tries, deadline

AFTER: Mapping[tuple[State, Event], State] = MappingProxyType(
    {
        (State.HELD, Event.VOTE): State.HELD,
        (State.HELD, Event.QUORUM): State.APPROVED,
        (State.HELD, Event.CONFIRM): State.APPROVED,
        (State.HELD, Event.DENY): State.DENIED,
        (State.HELD, Event.WITHDRAW): State.WITHDRAWN,
        (State.HELD, Event.EXPIRE): State.EXPIRED,
        (State.APPROVED, Event.DENY): State.DENIED,
        (State.APPROVED, Event.WITHDRAW): State.WITHDRAWN,
        (State.APPROVED, Event.EXPIRE): State.EXPIRED,
        (State.APPROVED, Event.CHANGE): State.VOIDED,
        (State.APPROVED, Event.RELEASE): State.RELEASED,
        (State.APPROVED, Event.START): State.RUNNING,
        (State.RELEASED, Event.SUCCEED): State.SUCCEEDED,
        (State.RELEASED, Event.FAIL): State.FAILED,
        (State.RELEASED, Event.LOSE): State.UNKNOWN,
        (State.RUNNING, Event.SUCCEED): State.SUCCEEDED,
        (State.RUNNING, Event.FAIL): State.FAILED,
        (State.RUNNING, Event.LOSE): State.UNKNOWN,
        (State.SUCCEEDED, Event.UNDO): State.UNDONE,
        (State.FAILED, Event.UNDO): State.UNDONE,
        (State.UNKNOWN, Event.UNDO): State.UNDONE,
    }
)
REFUSALS = frozenset(  # a person or time said no; an approval that was not used is none
    {(State.HELD, Event.DENY), (State.APPROVED, Event.DENY), (State.HELD, Event.EXPIRE)}
)
FORWARD = frozenset({Event.VOTE, Event.QUORUM, Event.CONFIRM, Event.RELEASE, Event.START})  # towards running
STARTS = frozenset({Event.RELEASE, Event.START})
ENDS = frozenset({Event.SUCCEED, Event.FAIL, Event.LOSE})


def expired(hold: Hold, now: int) -> bool:
    """Did it end by itself? Only an open hold can."""
    return hold.state in OPEN and now >= deadline(hold)


def seen(hold: Hold, now: int) -> Hold:
    """The hold as it stands at `now`: an open one that is too late shows as expired."""
    if not expired(hold, now):
        return hold
    return after(hold, Step(hold.id, Event.EXPIRE, deadline(hold), LATE[hold.state]))


LATE: Mapping[State, str] = MappingProxyType(
    {
        State.HELD: "nobody answered in time",
        State.APPROVED: "the approval was not used in time",
    }
)


def approvers(hold: Hold) -> frozenset[str]:
    """The distinct persons who said yes."""
    return frozenset(vote.ballot.person for vote in hold.votes if vote.ballot.decision is Decision.YES)


def enough(hold: Hold, person: str) -> bool:
    """Would a yes of `person` make the quorum?"""
    return len(approvers(hold) | {person}) >= max(hold.quorum, 1)


def after(hold: Hold, step: Step) -> Hold:
    """The hold after `step`. Raises Refused where the table has no such cell, or the time forbids it."""
    state = AFTER.get((hold.state, step.event))
    if state is None or step.hold != hold.id:
        raise Refused(f"{hold.id} is {hold.state}: {step.event} does not apply", hint=hold.message)
    if step.event in FORWARD:
        _in_time(hold, step.at)
    if step.event is Event.QUORUM and not (step.vote and enough(hold, step.vote.ballot.person)):
        raise Refused(f"{hold.id} needs {hold.quorum} persons", hint="somebody else must approve as well")
    return replace(
        hold,
        state=state,
        changed=max(hold.changed, step.at),
        message=step.message,
        votes=(*hold.votes, step.vote) if step.vote else hold.votes,
        approved_until=step.approved_until or hold.approved_until,
        confirmed_by=step.person if step.event is Event.CONFIRM else hold.confirmed_by,
        started=step.at if step.event in STARTS else hold.started,
        ended=step.at if step.event in ENDS else hold.ended,
        exit_status=step.exit_status if step.event in ENDS else hold.exit_status,
    )


def tried(tries: Tries, state: State, step: Step) -> Tries:
    """The tries of a call with one more, where this step from `state` means that it came to nothing."""
    if (state, step.event) in REFUSALS:
        return tries.with_refusal(step.message, step.at)
    return tries.with_failure(step.message, step.at) if step.event is Event.FAIL else tries


def _in_time(hold: Hold, now: int) -> None:
    if expired(hold, now):
        raise Refused(f"{hold.id} is expired", hint="ask again: run the same command once more")
    if now < hold.changed:
        raise Refused(f"the clock went back behind the last change of {hold.id}", hint="set it right and try again")


def rebuild(told: Iterable[Hold | Step]) -> dict[str, Hold]:
    """Every hold as the log tells it: holds as they were made, and the steps since, in order.

    Raises Refused where a step does not follow, and for a step of a hold that was never made.
    """
    holds: dict[str, Hold] = {}
    for what in told:
        if isinstance(what, Hold):
            holds[what.id] = what
        elif what.hold in holds:
            holds[what.hold] = after(holds[what.hold], what)
        else:
            raise Refused(f"the log tells of {what.hold} before it was made")
    return holds
