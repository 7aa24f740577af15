"""Which votes count: one list of objections, asked in order.

Promises: a ballot counts only for this hold, this plan, this policy and this card, in time, by a person who is listed,
did not ask, has not voted yet and has the roles; a no needs no role, because one person can always stop.
Whether the signature is theirs is for `signatures.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from agentguard.broker.holds import approvers, expired
from agentguard.model.errors import Refused
from agentguard.model.hold import OPEN, Ballot, Decision, Hold, Kind
from agentguard.model.person import People
from agentguard.model.record import canonical, from_record, to_record


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot on its way in, and everything it must fit. `card` is the digest of what this hold's card shows."""

    ballot: Ballot
    hold: Hold
    people: People
    card: str
    now: int


def body_of(ballot: Ballot) -> bytes:
    """The bytes that are signed."""
    return canonical(to_record(ballot))


def ballot_in(body: bytes) -> Ballot:
    """The ballot that some signed bytes spell. Raises Refused where they are none, or spell it another way."""
    try:
        ballot = from_record(Ballot, json.loads(body))
        spelt = body_of(ballot)
    except (ValueError, RecursionError) as error:
        raise Refused(
            f"this is no ballot: {error}", hint="sign the bytes that agentguard gave you, unchanged"
        ) from error
    if spelt != body:
        raise Refused("this ballot is not spelt canonically", hint="sign the bytes that agentguard gave you, unchanged")
    return ballot


def objection(cast: Cast) -> str:
    """Why this ballot does not count; empty where it does."""
    return next((said for object_ in OBJECTIONS if (said := object_(cast))), "")


def objection_to_person(cast: Cast) -> str:
    """Why a vote that counted does not any more: its person may not approve this now. Empty where they may."""
    return next((said for object_ in TO_PERSONS if (said := object_(cast))), "")


def _another_hold(cast: Cast) -> str:
    same = (cast.ballot.hold, cast.ballot.nonce) == (cast.hold.id, cast.hold.nonce)
    return "" if same else "this vote is for another hold"


def _another_plan(cast: Cast) -> str:
    return "" if cast.ballot.plan == cast.hold.plan else "this vote is for another plan"


def _another_policy(cast: Cast) -> str:
    return "" if cast.ballot.policy == cast.hold.policy else "this vote is for another policy"


def _another_card(cast: Cast) -> str:
    return "" if cast.ballot.card == cast.card else "this vote is for a card that says something else"


def _too_late(cast: Cast) -> str:
    late = expired(cast.hold, cast.now) or cast.now >= cast.ballot.expires
    return f"{cast.hold.id} or this vote is expired" if late else ""


def _not_open(cast: Cast) -> str:
    return "" if cast.hold.state in OPEN else f"{cast.hold.id} is {cast.hold.state} already"


def _not_theirs_to_ask(cast: Cast) -> str:
    wants = cast.hold.kind is Kind.ASK and cast.ballot.decision is Decision.YES
    return f"{cast.hold.id} waits for its requester alone: `agentguard confirm {cast.hold.id}`" if wants else ""


def _nobody(cast: Cast) -> str:
    return "" if cast.people.named(cast.ballot.person) else f"nobody called {cast.ballot.person} is listed"


def _requester(cast: Cast) -> str:
    person = cast.people.named(cast.ballot.person)
    if person and cast.people.is_requester(person, cast.hold.asker):
        return f"{person.name} asked for it; it needs somebody else (`agentguard withdraw` takes it back)"
    return ""


def _lacks_a_role(cast: Cast) -> str:
    person = cast.people.named(cast.ballot.person)
    lacking = sorted(set(cast.hold.roles) - set(person.roles if person else ()))
    wants = lacking and cast.ballot.decision is Decision.YES
    return f"{cast.ballot.person} has not the role {', '.join(lacking)}" if wants else ""


def _twice(cast: Cast) -> str:
    """Who said yes may still say no: it stops the call."""
    again = cast.ballot.decision is Decision.YES and cast.ballot.person in approvers(cast.hold)
    return f"{cast.ballot.person} has voted already" if again else ""


TO_PERSONS: tuple[Callable[[Cast], str], ...] = (_nobody, _requester, _lacks_a_role)
OBJECTIONS: tuple[Callable[[Cast], str], ...] = (
    _another_hold,
    _another_plan,
    _another_policy,
    _another_card,
    _not_open,
    _too_late,
    _not_theirs_to_ask,
    *TO_PERSONS,
    _twice,
)
