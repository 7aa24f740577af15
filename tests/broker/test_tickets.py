"""What a ticket carries, and which tickets are not signed."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from agentguard.audit.binding import bound_digest
from agentguard.broker.case import card_of
from agentguard.broker.tickets import Signed, Ticket, ballot_of, ticket_in, ticket_of, value_in
from agentguard.model.environment import Tier
from agentguard.model.errors import Refused
from agentguard.model.hold import Ballot, Decision, HeldLook, Hold, Kind, State, Vote
from agentguard.model.record import Head, canonical, digest, to_record
from tests.cli.holds import HOLD, NOW

LOOKED = replace(HOLD.record, looks=(HeldLook("variable", "PGUSER", '"shop"'),))
HELD = replace(HOLD, plan=bound_digest(LOOKED, HOLD.policy), record=LOOKED)
HEAD = Head(7, "e5" * 32)
BALLOT = Ballot(HELD.id, "n0", "", "", Decision.YES, "", 1, "", 0, "", "Bo")
MINE = ticket_of(HELD, HEAD)


def spelt(ticket: Ticket) -> bytes:
    return canonical(to_record(ticket))


def forged(**changes: object) -> Ticket:
    """The ticket of a hold that was changed on its way, by somebody who made the card's digest anew."""
    hold = replace(MINE.hold, **changes)
    return Ticket(hold, digest(card_of(hold)), HEAD)


def test_a_ticket_read_back_is_the_ticket():
    assert ticket_in(spelt(MINE), NOW) == MINE


def test_a_ticket_has_the_card_of_the_hold_and_nothing_that_changes():
    assert card_of(MINE.hold) == card_of(HELD)
    voted = replace(HELD, votes=(Vote(BALLOT, "", "", "", hardware=False, at=NOW),), message="Bo said yes", changed=NOW)
    assert ticket_of(voted, HEAD) == MINE
    assert b"PGUSER" not in spelt(MINE)


def test_what_is_signed_names_all_that_the_broker_asks_of_a_ballot():
    ballot = ballot_of(MINE, Decision.NO, "not on a Friday", "Bo")
    assert ballot == Ballot(
        hold=HELD.id,
        nonce=HELD.nonce,
        plan=HELD.plan,
        policy=HELD.policy,
        decision=Decision.NO,
        card=digest(card_of(HELD)),
        entry=7,
        head="e5" * 32,
        expires=HELD.expires,
        reason="not on a Friday",
        person="Bo",
    )


@pytest.mark.parametrize(
    ("ticket", "said"),
    [
        (replace(MINE, hold=replace(MINE.hold, consequence="Reads a table.")), "card of this ticket"),
        (replace(MINE, hold=replace(MINE.hold, tier=Tier.DEV)), "card of this ticket"),
        (replace(MINE, card="00" * 32), "card of this ticket"),
        (forged(record=replace(HOLD.record, parts=("psql -c 'SELECT 1'",))), "digest of its plan"),
        (forged(policy="cd" * 32), "digest of its plan"),
        (forged(plan="00" * 32), "digest of its plan"),
        (forged(state=State.APPROVED), "more than its card"),
        (forged(message="Cy said yes"), "more than its card"),
        (forged(votes=(Vote(BALLOT, "", "", "", hardware=True, at=NOW),)), "more than its card"),
        (forged(kind=Kind.ASK), "its requester alone"),
    ],
)
def test_a_ticket_that_does_not_belong_together_is_not_signed(ticket: Ticket, said: str):
    with pytest.raises(Refused, match=said):
        ticket_in(spelt(ticket), NOW)


def test_a_ticket_forged_as_a_whole_has_another_card_for_the_broker_to_refuse():
    ticket = ticket_in(spelt(forged(consequence="Reads a table.")), NOW)
    assert ballot_of(ticket, Decision.YES, "", "Bo").card != digest(card_of(HELD))


def test_a_ticket_ends_with_its_hold():
    assert ticket_in(spelt(MINE), HELD.expires - 1)
    with pytest.raises(Refused, match="expired"):
        ticket_in(spelt(MINE), HELD.expires)


@pytest.mark.parametrize(
    ("hold", "said"),
    [
        (replace(HELD, state=State.APPROVED), "approved already"),
        (replace(HELD, state=State.EXPIRED), "expired already"),
        (replace(HELD, kind=Kind.ASK), "its requester alone"),
    ],
)
def test_no_ticket_is_made_of_what_no_second_person_can_decide(hold: Hold, said: str):
    with pytest.raises(Refused, match=said):
        ticket_of(hold, HEAD)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xff",
        b"[]",
        b"[" * 100_000,
        b'{"body":"x"}',
        b'{"body":"x","signature":1}',
        b'{"body":"x","signature":"y","more":1}',
        b'{"signature":"y","body":"x"}',
        b'{"body":"w","body":"x","signature":"y"}',
        b'{"body":"\\ud800","signature":"y"}',
        json.dumps({"body": "x", "signature": "y"}).encode(),
    ],
)
def test_bytes_that_spell_no_value_of_ours_are_refused(data: bytes):
    with pytest.raises(Refused):
        value_in(Signed, data)


def test_the_requester_need_not_sign():
    with pytest.raises(Refused, match="somebody else"):
        ballot_of(MINE, Decision.YES, "", "Ada")


def test_no_secret_goes_into_an_answer():
    with pytest.raises(Refused, match="secret"):
        ballot_of(MINE, Decision.NO, "use PGPASSWORD=hunter2222 instead", "Bo")
