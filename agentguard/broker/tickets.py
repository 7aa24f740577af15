"""A hold on its way to a person who shares no store with us, and their signed ballot on its way back. Pure.

Promises: a ticket carries what the card shows and what a ballot needs, redacted as the card is, and nothing that
changes over the hold's life. Whoever reads one works its digests out again. That proves only that it belongs together:
a ticket forged as a whole yields a ballot over another card, and such a ballot the broker refuses.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from agentguard.audit.binding import bound_digest
from agentguard.audit.redaction import Redactor
from agentguard.broker.case import card_of
from agentguard.broker.holds import expired
from agentguard.model.errors import Refused
from agentguard.model.hold import Ballot, Decision, Hold, Kind, State
from agentguard.model.record import Head, canonical, digest, from_record, to_record

Value = TypeVar("Value")

ANOTHER = "ask for a new one: they run `agentguard ticket` again"


@dataclass(frozen=True, slots=True)
class Ticket:
    """A hold as its card shows it, the digest of that card, and the newest log entry where it was made."""

    hold: Hold
    card: str
    head: Head


@dataclass(frozen=True, slots=True)
class Signed:
    """A ballot's canonical text and the armoured signature over it."""

    body: str
    signature: str


def ticket_of(hold: Hold, head: Head) -> Ticket:
    """The ticket of a hold that waits for a second person. Raises Refused for any other."""
    if hold.state is not State.HELD:
        raise Refused(f"{hold.id} is {hold.state} already", hint=hold.message)
    if hold.kind is not Kind.HOLD:
        raise Refused(f"{hold.id} waits for its requester alone", hint=f"`agentguard confirm {hold.id}`")
    return Ticket(_as_carded(hold), digest(card_of(hold)), head)


def ticket_in(data: bytes, now: int) -> Ticket:
    """The ticket that some bytes spell. Raises Refused where it does not belong to its digests, or is too late."""
    ticket = value_in(Ticket, data)
    said = next((said for object_ in OBJECTIONS if (said := object_(ticket))), "")
    if said:
        raise Refused(f"{said}: nothing was signed", hint=ANOTHER)
    if expired(ticket.hold, now):
        raise Refused(f"the ticket of {ticket.hold.id} is expired", hint="the agent must ask again")
    return ticket


def ballot_of(ticket: Ticket, decision: Decision, reason: str, person: str) -> Ballot:
    """What this person is to sign. Raises Refused where it is plain here already that it would not count."""
    hold = ticket.hold
    if person == hold.asker.person:
        raise Refused(f"{person} asked for it; it needs somebody else")
    if Redactor(b"").redact(reason) != reason:  # it would stand in a chat before the broker could say so
        raise Refused("the reason holds what looks like a secret", hint="say it without")
    return Ballot(
        hold=hold.id,
        nonce=hold.nonce,
        plan=hold.plan,
        policy=hold.policy,
        decision=decision,
        card=ticket.card,
        entry=ticket.head.number,
        head=ticket.head.hash,
        expires=hold.expires,
        reason=reason,
        person=person,
    )


def value_in(kind: type[Value], data: bytes) -> Value:
    """The value of `kind` that some bytes spell, canonically. Raises Refused."""
    try:
        value = from_record(kind, json.loads(data))
        spelt = canonical(to_record(value))
    except (ValueError, RecursionError) as error:
        raise Refused("this cannot be read", hint="it may be of another version of agentguard") from error
    if spelt != data:
        raise Refused("this is not spelt as agentguard spells it", hint=ANOTHER)
    return value


def _as_carded(hold: Hold) -> Hold:
    """The hold with nothing but what its card shows."""
    return from_record(Hold, card_of(hold))


def _more_than_a_card(ticket: Ticket) -> str:
    """Votes and states would be shown, and no digest covers them."""
    return "" if _as_carded(ticket.hold) == ticket.hold else "this ticket says more than its card"


def _another_card(ticket: Ticket) -> str:
    same = digest(card_of(ticket.hold)) == ticket.card
    return "" if same else "the card of this ticket does not belong to its digest"


def _another_plan(ticket: Ticket) -> str:
    same = bound_digest(ticket.hold.record, ticket.hold.policy) == ticket.hold.plan
    return "" if same else "the call of this ticket does not belong to the digest of its plan"


def _not_for_a_second_person(ticket: Ticket) -> str:
    return "" if ticket.hold.kind is Kind.HOLD else f"{ticket.hold.id} waits for its requester alone"


OBJECTIONS: tuple[Callable[[Ticket], str], ...] = (
    _more_than_a_card,
    _another_card,
    _another_plan,
    _not_for_a_second_person,
)
