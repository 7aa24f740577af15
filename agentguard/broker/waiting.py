"""A call that must wait: it spends the approval it has, joins the hold it has, or becomes a new one.

Promises: only a hold of the same digest under the same terms answers a call; an approval whose votes do not all count
any more, or whose call changed, is void; the same event of the agent, sent twice, gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agentguard.broker.case import Case, Past, Terms, card_of, changes, fits, new_hold, terms_of
from agentguard.broker.holds import LATE, expired
from agentguard.broker.ledger import DECISION, Ledger, Page
from agentguard.broker.signatures import Verifier
from agentguard.broker.texts import flooded_text, held_text, late_clock_text
from agentguard.broker.votes import Cast, objection_to_person
from agentguard.model.errors import Refused
from agentguard.model.hold import Answer, Decision, Event, HeldCall, Hold, Kind, State, Step, Vote
from agentguard.model.record import digest
from agentguard.model.verdict import Action

SESSION_LIMIT = 50  # calls of one session that wait: nobody reads more, and a loop makes them by the hundred
CLOCK_SLACK = 2_000  # milliseconds that a clock may be set back by its own corrections
REPEATABLE = frozenset({State.HELD, State.DENIED, State.EXPIRED, State.WITHDRAWN, State.VOIDED})  # nothing has run


@dataclass(frozen=True, slots=True)
class Waiting:
    """One case that must wait for somebody."""

    case: Case
    ledger: Ledger
    verifier: Verifier
    chance: Callable[[int], bytes]

    def answer(self, kind: Kind) -> Answer:
        """The answer to the call. Raises where it cannot be written down."""
        record = self.case.record()
        with self.ledger.change(self.case.now) as page:
            alike = self._open(page, record)
            record = self._as_held(record, (*alike, *self._given(page)), kind)
            terms = terms_of(self.case, record, kind)
            fitting = next((hold for hold in alike if fits(hold, terms)), None)
            answered = self._same_event(page, terms) or (fitting and self._of(page, fitting))
            return answered or self._anew(page, record, terms, alike)

    def _as_held(self, record: HeldCall, holds: tuple[Hold, ...], kind: Kind) -> HeldCall:
        """The record; as it was before the agent's shell had files to read first, where a hold is from then."""
        earlier = self.case.earlier()
        if earlier is None:
            return record
        terms = terms_of(self.case, earlier, kind)
        return earlier if any(fits(hold, terms) for hold in holds) else record

    def _given(self, page: Page) -> tuple[Hold, ...]:
        """The hold that was released to this very tool call."""
        use = self.case.asker.tool_use_id
        receipt = page.change.receipt(use) if use else None
        hold = page.change.hold(receipt.hold) if receipt else None
        return (hold,) if hold else ()

    def _open(self, page: Page, record: HeldCall) -> tuple[Hold, ...]:
        """The open holds of this very text; those that are too late are closed first."""
        asker = self.case.asker
        alike = page.change.alike(record.seal, asker.os_user, asker.agent)
        return tuple(hold for hold in alike if not self._closed(page, hold))

    def _closed(self, page: Page, hold: Hold) -> bool:
        late = expired(hold, page.now)
        if late:
            page.move(hold, Step(hold.id, Event.EXPIRE, page.now, LATE[hold.state]))
        return late

    def _same_event(self, page: Page, terms: Terms) -> Answer | None:
        """The receipt that was given for this very tool call, while nothing is known to have come of it."""
        asker = self.case.asker
        receipt = page.change.receipt(asker.tool_use_id) if asker.tool_use_id else None
        hold = page.change.hold(receipt.hold) if receipt else None
        if receipt is None or hold is None or (receipt.session, receipt.plan) != (asker.session, terms.plan):
            return None
        if not fits(hold, terms) or hold.state is not State.RELEASED or page.now >= hold.approved_until:
            return None
        self._note(page, hold)
        return Answer(Action.ALLOW, self.case.judged.verdict, hold, "", released=True)

    def _of(self, page: Page, hold: Hold) -> Answer | None:
        """The answer that a fitting open hold gives; None where it does not hold any more."""
        if hold.state is State.HELD:
            self._note(page, hold)
            return self._held(hold)
        if page.now < max(self.ledger.log.latest - CLOCK_SLACK, hold.changed):
            return self._wait(hold, late_clock_text(hold))
        lost = self._lost(hold)
        if lost:
            page.move(hold, Step(hold.id, Event.CHANGE, page.now, lost))
            return None
        asker = self.case.asker
        told = f"released to {asker.agent}; the outcome has not been seen"
        step = Step(hold.id, Event.RELEASE, page.now, told, tool_use_id=asker.tool_use_id, session=asker.session)
        return Answer(Action.ALLOW, self.case.judged.verdict, page.move(hold, step), "", released=True)

    def _lost(self, hold: Hold) -> str:
        """Which vote of an approval does not count any more; empty where all do."""
        yes = (vote for vote in hold.votes if vote.ballot.decision is Decision.YES)
        return next((why for vote in yes if (why := self._does_not_count(hold, vote))), "")

    def _does_not_count(self, hold: Hold, vote: Vote) -> str:
        people = self.case.people
        said = objection_to_person(Cast(vote.ballot, hold, people, digest(card_of(hold)), self.case.now))
        if said:
            return said
        try:
            key = self.verifier.signer(vote.body.encode(), vote.signature, vote.ballot.person, people)
        except Refused as refused:
            return f"the vote of {vote.ballot.person} does not count any more ({refused.problem})"
        lacks = hold.hardware and not key.hardware
        return f"the vote of {vote.ballot.person} was not made in hardware" if lacks else ""

    def _anew(self, page: Page, record: HeldCall, terms: Terms, alike: tuple[Hold, ...]) -> Answer:
        voided, changed = self._void(page, record, terms, alike)
        waiting = self._swept(page)
        if waiting >= SESSION_LIMIT:
            self._note(page, None)
            return Answer(Action.HOLD, self.case.judged.verdict, None, flooded_text(waiting))
        asker = self.case.asker
        before = voided or page.change.latest(record.seal, asker.os_user, asker.agent)
        supersedes = before.id if before and before.state in REPEATABLE else ""
        past = Past(supersedes, page.change.tries(asker.session, terms.plan))
        hold = page.make(new_hold(self.case, record, terms, self.chance, past))
        return self._held(hold, changed or (before.message if before and before.state is State.VOIDED else ""))

    def _void(self, page: Page, record: HeldCall, terms: Terms, alike: tuple[Hold, ...]) -> tuple[Hold | None, str]:
        """Void the approval of the same text that does not fit any more: the last such, and what changed.

        A call from another session in another directory is another piece of work, and voids nothing.
        """
        voided, changed = None, ""
        for hold in alike:
            near = hold.asker.session == self.case.asker.session or hold.record.cwd == record.cwd
            if hold.state is State.APPROVED and near and not fits(hold, terms):
                changed = changes(hold, record, self.case.judged.policy.digest)
                voided = page.move(hold, Step(hold.id, Event.CHANGE, page.now, changed))
        return voided, changed

    def _swept(self, page: Page) -> int:
        """How many holds of this session are open, once every hold that is too late is closed."""
        for hold in page.change.late(page.now):
            self._closed(page, hold)
        return page.change.count_open(page.now, self.case.asker.session)

    def _held(self, hold: Hold, changed: str = "") -> Answer:
        able = len(self.case.people.approvers(self.case.asker, hold.roles))
        return self._wait(hold, held_text(hold, able=able, changed=changed))

    def _note(self, page: Page, hold: Hold | None) -> None:
        page.note(DECISION, {**self.case.noted(), "hold": hold.id if hold else ""})

    def _wait(self, hold: Hold, text: str) -> Answer:
        return Answer(Action.HOLD, self.case.judged.verdict, hold, text)
