"""What the broker does with a call, a vote and an outcome. Pure: store, log, people, clock and chance are passed in.

Promises: every transition of a hold is one log entry, written and synced before the change is committed; an approval is
spent at most once, on the same digest; whatever cannot be written down raises, and nothing is allowed.
Refuses to release anything while the clock stands before the log's last entry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import RLock

from agentguard.agents.dialect import Door
from agentguard.audit.binding import knowing
from agentguard.audit.redaction import Redactor
from agentguard.audit.verify import Verification
from agentguard.broker.bench import Judging
from agentguard.broker.case import Case, card_of, cleaned, told_of
from agentguard.broker.ends import Ends
from agentguard.broker.holds import enough, expired, seen
from agentguard.broker.ledger import DECISION, Ledger, Page
from agentguard.broker.outcomes import Awaited, End, Outcomes
from agentguard.broker.passage import Passage
from agentguard.broker.passes import Known, Passes, Process, Way
from agentguard.broker.signatures import Verifier
from agentguard.broker.texts import asked_text, blocked_text
from agentguard.broker.votes import Cast, ballot_in, body_of, objection
from agentguard.broker.waiting import Waiting
from agentguard.model.call import Call
from agentguard.model.errors import Refused
from agentguard.model.hold import Answer, Asker, Ballot, Decision, Event, Hold, Kind, State, Step, Tries, Vote, deadline
from agentguard.model.person import People
from agentguard.model.record import Head, Json, digest
from agentguard.model.status import Status
from agentguard.model.verdict import Action, Standing
from agentguard.surroundings import Surroundings

PASSED = "passed"  # the kind of the entry for a call that was let pass already, at an earlier door
AWAITED = "awaited"  # the key of an entry whose call may run, and whose end the record wants
FROM_A_HOOK = Way()
TOKEN_BYTES = 8  # of what a launcher has to know to be believed
OPENED, CLOSED = "broker-start", "broker-stop"  # kinds of entries; a hold's own start is another thing


@dataclass
class Service:
    """The broker's mind. `clock` gives milliseconds UTC, `chance` that many random bytes; `people` are asked anew.

    `is_there` tells whether a process is the one it was.
    """

    ledger: Ledger
    bench: Judging
    people: Callable[[], People]
    verifier: Verifier
    redactor: Redactor
    clock: Callable[[], int]
    chance: Callable[[int], bytes]
    since: int = 0
    is_there: Callable[[Process], bool] = lambda _process: True
    passes: Passes = field(default_factory=Passes)
    outcomes: Outcomes = field(default_factory=Outcomes)
    _lock: RLock = field(default_factory=RLock)

    def judge(self, call: Call, surroundings: Surroundings, asker: Asker, way: Way = FROM_A_HOOK) -> Answer:
        """The answer to one call; makes, joins or spends a hold. Raises where it cannot be written down: then hold."""
        people = self.people()
        asker = cleaned(asker, people)
        standing = Standing(approvers=bool(people.approvers(asker)))
        judged = self.bench.judged(call, surroundings, standing)
        with self._lock:
            self._ends.settle(self.clock())
            redactor = self.redactor
            if judged.verdict.action is not Action.ALLOW:
                redactor = knowing(judged.plan, redactor)
            case = Case(judged, asker, self.people(), standing, redactor, self.clock())
            passage = Passage(self.passes, case, way)
            passage.enter()
            known = passage.recognised()
            plan = "" if case.only_reads() else case.plan()
            answer = self._answer(case, plan) if known is None else self._passed(case, way, known)
            passage.leave(answer)
            return self._awaited(case, way, answer, self._awaited_of(case, plan, known, answer))

    def _passed(self, case: Case, way: Way, known: Known) -> Answer:
        self.ledger.note(PASSED, {**case.noted(), "door": str(way.door), "hold": known.hold, AWAITED: True}, case.now)
        return Answer(Action.ALLOW, case.judged.verdict, None, "")

    def _awaited_of(self, case: Case, plan: str, known: Known | None, answer: Answer) -> Awaited:
        """The call of the newest entry. What an earlier door knew of it counts."""
        hold = answer.hold.id if answer.hold else ""
        known = known or Known(hold, case.asker.tool_use_id)
        return Awaited(self.ledger.log.head.number, known.hold, case.asker.session, plan, known.tool_use)

    def _awaited(self, case: Case, way: Way, answer: Answer, one: Awaited) -> Answer:
        """The answer to a call that may run now, and whose end is awaited; to any other just the answer."""
        runs = answer.released or answer.action is Action.ALLOW or (case.asker.can_ask and answer.action is Action.ASK)
        if not runs or case.only_reads():
            return answer
        if way.door is Door.HOOK:
            self.outcomes.use(one)
            return answer
        process = next(way.lineage(), None)
        if process is None:
            return answer
        token = int.from_bytes(self.chance(TOKEN_BYTES))
        self.outcomes.run(token, process, one)
        return replace(answer, token=token)

    def turn(self, uid: int, session: str, subagent: str) -> None:
        """An agent goes on with a tool that nobody judges: what its prompt still asked about is over."""
        with self._lock:
            self.passes.turn(uid, session, subagent)

    def _answer(self, case: Case, plan: str) -> Answer:
        verdict = case.judged.verdict
        if verdict.action is Action.HOLD:
            return self._waiting(case).answer(Kind.HOLD)
        if verdict.action is Action.ASK and not case.asker.can_ask:
            return self._waiting(case).answer(Kind.ASK)
        quiet = verdict.action is Action.ALLOW  # nobody is told of its tries
        tries = Tries() if quiet else self.ledger.tries(case.asker.session, plan)
        self._note(case, plan, tries)
        text = {Action.ASK: asked_text, Action.BLOCK: blocked_text}.get(verdict.action)
        return Answer(verdict.action, verdict, None, text(case.said(), tries) if text else "")

    def _note(self, case: Case, plan: str, tries: Tries) -> None:
        """Write down a decision that makes and spends no hold; a block counts as a refusal of this call."""
        action, decided = case.judged.verdict.action, {**case.noted(), **told_of(tries)}
        if action is not Action.BLOCK:
            self.ledger.note(DECISION, {**decided, AWAITED: not case.only_reads()}, case.now)
            return
        with self.ledger.change(case.now) as page:
            page.note(DECISION, decided)
            if plan:
                told = f"blocked by the rule {case.judged.verdict.rule}"
                page.change.keep_tries(case.asker.session, plan, tries.with_refusal(told, case.now))

    def _waiting(self, case: Case) -> Waiting:
        return Waiting(case, self.ledger, self.verifier, self.chance)

    def pending(self) -> tuple[Hold, ...]:
        """The holds that wait for somebody, oldest first; expired ones are not among them."""
        now = self.clock()
        with self.ledger.store.read() as store:
            return tuple(h for h in store.open_holds() if h.state is State.HELD and not expired(h, now))

    def get(self, hold_id: str) -> Hold:
        """A hold as it stands now (expiry computed). Raises Refused for an id nobody knows."""
        with self.ledger.store.read() as store:
            return seen(_known(store.hold(hold_id), hold_id), self.clock())

    def card(self, hold_id: str) -> dict[str, Json]:
        """What the approver is shown: `digest(card)` is what a ballot names. It never changes over a hold's life."""
        return card_of(self.get(hold_id))

    def ballot(self, hold_id: str, decision: Decision, reason: str, person: str, card_digest: str) -> bytes:
        """The bytes to sign. Raises Refused where this person may not vote or the card is another one."""
        with self._lock:
            hold, now = self.get(hold_id), self.clock()
            head = self.ledger.log.refresh(now)
            ballot = Ballot(
                hold=hold.id,
                nonce=hold.nonce,
                plan=hold.plan,
                policy=hold.policy,
                decision=decision,
                card=card_digest,
                entry=head.number,
                head=head.hash,
                expires=deadline(hold),
                reason=self.redactor.redact(reason),
                person=person,
            )
            self._check(ballot, hold, self.people(), now)
            return body_of(ballot)

    def vote(self, hold_id: str, body: bytes, signature: str) -> Hold:
        """Take a signed ballot in. Raises Refused with the reason where it does not count; the log keeps that too."""
        now = self.clock()
        with self._lock:
            try:
                ballot = ballot_in(body)
                with self.ledger.change(now) as page:
                    return self._count(page, _known(page.change.hold(hold_id), hold_id), ballot, body, signature)
            except Refused as refused:
                self.ledger.note("refused-vote", {"hold": hold_id[:32], "why": str(refused)}, now)
                raise

    def _count(self, page: Page, hold: Hold, ballot: Ballot, body: bytes, signature: str) -> Hold:
        people = self.people()
        self._check(ballot, hold, people, page.now)
        seen = Head(ballot.entry, ballot.head)
        if seen == Head() or not self.ledger.log.has(seen):  # the hold itself is an entry: nobody saw an empty log
            raise Refused("this vote remembers a log entry that is not there", hint="ask for a new ballot")
        key = self.verifier.signer(body, signature, ballot.person, people)
        if hold.hardware and ballot.decision is Decision.YES and not key.hardware:
            raise Refused(f"{hold.id} needs a key in hardware that was touched", hint="sign with an sk- key")
        vote = Vote(ballot, body.decode(), signature, key.fingerprint, key.hardware, page.now)
        return page.move(hold, self._step(hold, vote))

    def _check(self, ballot: Ballot, hold: Hold, people: People, now: int) -> None:
        said = objection(Cast(ballot, hold, people, digest(card_of(hold)), now))
        if said:
            raise Refused(said, hint=hold.message)
        if self.redactor.redact(ballot.reason) != ballot.reason:
            raise Refused("the reason holds what looks like a secret", hint="say it without")

    def _step(self, hold: Hold, vote: Vote) -> Step:
        ballot, now = vote.ballot, vote.at
        why = f": {ballot.reason}" if ballot.reason else ""
        if ballot.decision is Decision.NO:
            return Step(hold.id, Event.DENY, now, f"denied by {ballot.person}{why}", ballot.person, vote)
        if not enough(hold, ballot.person):
            return Step(hold.id, Event.VOTE, now, f"{ballot.person} said yes{why}", ballot.person, vote)
        message = f"approved by {', '.join([*(v.ballot.person for v in hold.votes), ballot.person])}{why}"
        return Step(hold.id, Event.QUORUM, now, message, ballot.person, vote, now + hold.lasts)

    def confirm(self, hold_id: str, person: str) -> Hold:
        """The requester's own yes to an ask. `person` is their name or OS user."""
        now = self.clock()
        with self._lock, self.ledger.change(now) as page:
            hold = _known(page.change.hold(hold_id), hold_id)
            if hold.kind is not Kind.ASK:
                raise Refused(f"{hold_id} needs a second person", hint=f"they run: agentguard approve {hold_id}")
            if not person or person not in (hold.asker.person, hold.asker.os_user):
                raise Refused(
                    f"{hold_id} is for {hold.asker.person or hold.asker.os_user} to confirm, not for {person}"
                )
            told = f"confirmed by {person}"
            step = Step(hold.id, Event.CONFIRM, now, told, person, approved_until=now + hold.lasts)
            return page.move(hold, step)

    def withdraw(self, hold_id: str) -> Hold:
        """The requester takes the call back."""
        now = self.clock()
        with self._lock, self.ledger.change(now) as page:
            hold = _known(page.change.hold(hold_id), hold_id)
            who = hold.asker.person or hold.asker.os_user
            return page.move(hold, Step(hold.id, Event.WITHDRAW, now, f"withdrawn by {who}", who))

    def outcome(self, tool_use: str, end: End) -> Hold | None:
        """What came of a use of a tool, as the agent's hook tells; None where no hold was spent on it."""
        with self._lock:
            return self._ends.of_use(tool_use, end, self.clock())

    def ended(self, token: int, status: int) -> None:
        """How what a launcher ran has ended; `status` is negative for a signal."""
        with self._lock:
            self._ends.of_launcher(token, status, self.clock())

    @property
    def _ends(self) -> Ends:
        return Ends(self.ledger, self.outcomes, self.is_there)

    def status(self, cwd: str = "") -> Status:
        """How the broker stands, with the policy of a directory. Raises LogError where no call can be written down."""
        policy, now = self.bench.policy(cwd), self.clock()
        with self._lock:
            self.ledger.log.refresh(now)
        with self.ledger.store.read() as store:
            waiting = store.count_open(now)
        return Status(self.since, policy.base, policy.digest, waiting, warnings=policy.warnings)

    def verify(self) -> Verification:
        """Is the log what was written? The store's head and every vote are asked."""
        with self._lock:
            return self.ledger.verify()

    def start(self) -> None:
        """Bring store and log together after a crash, and log the start. Raises LogError, StoreError."""
        self.since = self.clock()
        with self._lock:
            with self.ledger.change(self.since):
                pass  # entering brings the two together
            self.ledger.note(OPENED, self._standing(), self.since)

    def stop(self) -> None:
        """Log the end."""
        with self._lock:
            self.ledger.note(CLOSED, self._standing(), self.clock())

    def _standing(self) -> dict[str, Json]:
        return {"assurance": "advisory", "policy": self.bench.policy("").digest}


def _known(hold: Hold | None, hold_id: str) -> Hold:
    if hold is None:
        raise Refused(f"there is no hold {hold_id}", hint="`agentguard pending` lists those that wait")
    return hold
