"""One call on its way to an answer, and the hold that would be made of it. Pure.

Promises: whatever leaves a case for a record, a card or the agent is redacted.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass, replace

from agentguard.audit.binding import TooLong, bound_digest, brief, display_of, plan_digest, record_of, shown, unicode
from agentguard.audit.changes import differences
from agentguard.audit.redaction import Redactor
from agentguard.broker.bench import Judged
from agentguard.broker.texts import Spoken, spoken
from agentguard.model.effect import Class
from agentguard.model.environment import NOWHERE, Environment
from agentguard.model.hold import Asker, HeldCall, Hold, Kind, Tries
from agentguard.model.person import People
from agentguard.model.record import Json, to_record
from agentguard.model.verdict import Action, Standing

MINUTE = 60_000  # milliseconds
ID_BYTES, ID_LETTERS = 7, 10  # 50 bits: short enough to type, too many to meet by chance
NONCE_BYTES = 16
NOT_ON_CARD = frozenset(
    {"state", "changed", "approved_until", "votes", "confirmed_by", "started", "ended", "exit_status", "message"}
)


@dataclass(frozen=True, slots=True)
class Case:
    """A judged call with who asked it and when. `now` in milliseconds UTC."""

    judged: Judged
    asker: Asker
    people: People
    standing: Standing
    redactor: Redactor
    now: int

    def clean(self, text: str) -> str:
        """A text that may be written down."""
        return unicode(self.redactor.redact(text))

    def record(self) -> HeldCall:
        """What is written down of the call."""
        return record_of(self.judged.plan, self.redactor)

    def earlier(self) -> HeldCall | None:
        """What was written down of it before the agent's shell had files to read first; None where they matter."""
        return record_of(self.judged.bare, self.redactor) if self.judged.bare else None

    def environment(self) -> Environment:
        """Where the finding that decided would land."""
        targets = self.judged.verdict.finding.targets
        return targets[0].environment if targets else NOWHERE

    def plan(self) -> str:
        """The digest that the very same call has again; "" for one that is too long to be written down."""
        try:
            return plan_digest(self.judged.plan, self.redactor, self.judged.policy.digest)
        except TooLong:
            return ""

    def only_reads(self) -> bool:
        """Is it an everyday call that changes nothing."""
        verdict, plan = self.judged.verdict, self.judged.plan
        return verdict.action is Action.ALLOW and all(finding.class_ is Class.READ for finding in plan.findings)

    def said(self) -> Spoken:
        """The verdict in words, redacted."""
        clean, raw = self.clean, spoken(self.judged.verdict)
        return Spoken(clean(raw.consequence), clean(raw.because), tuple(map(clean, raw.safer)), raw.rule)

    def noted(self) -> dict[str, Json]:
        """What the log keeps of any decision."""
        verdict, asker = self.judged.verdict, self.asker
        call, seal = brief(self.judged.plan.call.body, self.redactor)
        return {
            "action": str(verdict.action),
            "agent": asker.agent,
            "call": call,
            "cwd": asker.cwd,
            "environment": self.clean(self.environment().name),
            "policy": self.judged.policy.digest,
            "rule": verdict.rule,
            "seal": seal,
            "session": asker.session,
            "standing": to_record(self.standing),
            "tool_use_id": asker.tool_use_id,
            "user": asker.os_user,
        }


def told_of(tries: Tries) -> dict[str, Json]:
    """What an entry says of the tries that came to nothing: nothing where there were none."""
    return {"refused": tries.refused, "failed": tries.failed} if tries.all else {}


@dataclass(frozen=True, slots=True)
class Terms:
    """What a hold must be to answer a case: the digest of the plan, and what it takes to approve it."""

    plan: str
    kind: Kind
    quorum: int
    roles: tuple[str, ...]
    hardware: bool


def terms_of(case: Case, record: HeldCall, kind: Kind) -> Terms:
    """What a hold must be to answer this case. An ask is always one person's: the requester's own."""
    verdict = case.judged.verdict
    plan = bound_digest(record, case.judged.policy.digest)
    if kind is Kind.ASK:
        return Terms(plan, kind, 1, (), hardware=False)
    return Terms(plan, kind, max(verdict.quorum, 1), verdict.roles, verdict.hardware)


def fits(hold: Hold, terms: Terms) -> bool:
    """Is this the hold of that very call, under the same terms?"""
    return Terms(hold.plan, hold.kind, hold.quorum, hold.roles, hold.hardware) == terms


def changes(hold: Hold, record: HeldCall, policy: str) -> str:
    """In words, why the hold does not fit a case any more."""
    told = list(differences(hold.record, record))
    if hold.policy != policy:
        told.append("the policy changed")
    return "; ".join(told) or "what it takes to approve it changed"


@dataclass(frozen=True, slots=True)
class Past:
    """What came before a new hold: the hold it stands in place of ("": none), and what came of this very call."""

    supersedes: str
    tries: Tries


def new_hold(case: Case, record: HeldCall, terms: Terms, chance: Callable[[int], bytes], past: Past) -> Hold:
    """The hold of a case that no open hold fits. `chance` gives that many random bytes."""
    said, environment = case.said(), case.environment()
    return Hold(
        id="ag-" + base64.b32encode(chance(ID_BYTES)).decode().lower()[:ID_LETTERS],
        kind=terms.kind,
        asker=case.asker,
        call=display_of(record),
        plan=terms.plan,
        policy=case.judged.policy.digest,
        environment=case.clean(environment.name),
        tier=environment.tier,
        record=record,
        rule=said.rule,
        because=said.because,
        consequence=said.consequence,
        safer=said.safer,
        quorum=terms.quorum,
        roles=terms.roles,
        hardware=terms.hardware,
        created=case.now,
        expires=case.now + case.judged.policy.hold.minutes * MINUTE,
        lasts=case.judged.policy.hold.approval_minutes * MINUTE,
        changed=case.now,
        nonce=chance(NONCE_BYTES).hex(),
        supersedes=past.supersedes,
        tries=past.tries,
    )


def card_of(hold: Hold) -> dict[str, Json]:
    """What an approver is shown, as a record: all that never changes over the hold's life."""
    record = to_record(replace(hold, votes=()))
    facts = {key: value for key, value in record.items() if key not in NOT_ON_CARD} if isinstance(record, dict) else {}
    return {**facts, "record": shown(hold.record)}


def cleaned(asker: Asker, people: People) -> Asker:
    """The asker as they are written down: every text Unicode, and the person whose account it is."""
    known = people.of_user(asker.os_user)
    return replace(
        asker,
        os_user=unicode(asker.os_user),
        person=unicode(asker.person or (known.name if known else "")),
        agent_version=unicode(asker.agent_version),
        session=unicode(asker.session),
        tool_use_id=unicode(asker.tool_use_id),
        cwd=unicode(asker.cwd),
    )
