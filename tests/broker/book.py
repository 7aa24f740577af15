"""Holds, persons and votes as the tests of store and broker need them."""

from __future__ import annotations

from dataclasses import replace

from agentguard.audit.binding import bound_digest, display_of, record_of
from agentguard.audit.redaction import KEY_BYTES, Redactor
from agentguard.model.environment import Tier
from agentguard.model.hold import Asker, Ballot, Decision, Hold, Kind, Vote
from tests.audit.plans import CWD, plan

REDACTOR = Redactor(b"k" * KEY_BYTES)
NOW = 1_800_000_000_000
MINUTE = 60_000
POLICY = "ab" * 32
ADA = Asker("ada", person="ada", agent="claude-code", session="s1", tool_use_id="toolu_1", cwd=CWD)
RECORD = record_of(plan(), REDACTOR)

HOLD = Hold(
    id="ag-aaaaaaaaaa",
    kind=Kind.HOLD,
    asker=ADA,
    call=display_of(RECORD),
    plan=bound_digest(RECORD, POLICY),
    policy=POLICY,
    environment="shop",
    tier=Tier.PROD,
    record=RECORD,
    rule="destructive-prod",
    because="what is lost there is lost for everyone",
    consequence="Drops the table orders in shop",
    safer=("dump it first",),
    quorum=1,
    roles=(),
    hardware=False,
    created=NOW,
    changed=NOW,
    expires=NOW + 60 * MINUTE,
    nonce="0f" * 16,
)


def hold(**changes: object) -> Hold:
    """The hold above with some of it changed."""
    return replace(HOLD, **changes)  # type: ignore[arg-type]


def vote(person: str, decision: Decision = Decision.YES, of: Hold = HOLD) -> Vote:
    """A vote whose signature nobody has looked at."""
    ballot = Ballot(of.id, of.nonce, of.plan, of.policy, decision, "cd" * 32, 0, "0" * 64, of.expires, "", person)
    return Vote(ballot, "{}", "signature", "SHA256:x", hardware=False, at=NOW)
