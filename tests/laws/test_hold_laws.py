"""Law 6, and I1, I2, I5, I6, I8, I10: a machine that asks, votes, forges, waits and changes the world at random.

What must hold is kept by a bookkeeper of the machine's own, who knows nothing of the service but its answers. The shape
matters: one call, a quorum of one or two, and rounds of votes (most of them good), an event, and the agent's next try.
Drawn evenly, hardly any example comes to a legal approval, and planted bugs go unseen. Bugs are planted below, and each
must be found within BUDGET examples.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from agentguard.audit.verify import Finding
from agentguard.broker import holds, service, votes, waiting
from agentguard.broker.holds import rebuild
from agentguard.broker.votes import body_of
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Answer, Ballot, Decision, Event, Hold, State
from agentguard.model.record import digest
from agentguard.model.verdict import Look
from agentguard.store.core import SqlChange
from tests.broker.book import MINUTE
from tests.broker.desk import Desk, Seals, persons

BUDGET = 200  # examples within which every planted bug must be found
ROUNDS = 6
OTHERS = ("bob", "eve", "dan")
SLACK = 2_000  # milliseconds: corrections of a clock that are no going back
QUICK = settings(
    max_examples=BUDGET,
    stateful_step_count=ROUNDS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def weighted(**weights: int) -> list[str]:
    """Each name as often as its weight says: hypothesis draws evenly."""
    return [name for name, weight in weights.items() for _ in range(weight)]


@dataclass
class Page:
    """What the bookkeeper knows of one hold."""

    world: int
    expires: int
    yes: set[str] = field(default_factory=set)
    over: bool = False  # denied or taken back
    approved: int | None = None
    starts: set[str] = field(default_factory=set)


class Holds(RuleBasedStateMachine):
    """One agent, three approvers, a world that changes, and a clock that also goes back."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = Path(tempfile.mkdtemp())
        self.desk = Desk(self.directory)
        self.pages: dict[str, Page] = {}
        self.world, self.latest, self.calls, self.quorum = 0, 0, 0, 1
        self.struck: set[str] = set()
        self.current = ""

    def teardown(self) -> None:
        """The log is whole, and tells the same story as the store."""
        try:
            assert self.desk.service.verify().finding is Finding.INTACT
            for hold_id, retold in rebuild(self.desk.retold()).items():
                with self.desk.store.read() as store:
                    kept = store.hold(hold_id)
                assert kept is not None
                assert replace(kept, record=replace(kept.record, looks=())) == retold
        finally:
            self.desk.close()
            shutil.rmtree(self.directory)

    @initialize(quorum=st.sampled_from((1, 1, 2)))
    def one_call(self, quorum: int) -> None:
        self.quorum = self.desk.judging.quorum = quorum
        self.ask()

    @rule(
        votes=st.sampled_from(weighted(enough=3, belated=2, one=1, own=1, forged=1, none=1)),
        event=st.sampled_from(weighted(nothing=1, denial=2, taken_back=2, time=2, clock_back=1, struck=2, world=2)),
        tries=st.sampled_from(weighted(once=3, twice=1, again=1, none=1)),
        which=st.integers(0, 2),
    )
    def round(self, votes: str, event: str, tries: str, which: int) -> None:
        """Somebody votes, something happens, the agent tries."""
        VOTES[votes](self, which)
        EVENTS[event](self, which)
        TRIES[tries](self)

    def ask(self) -> None:
        self.calls += 1
        self._asked(f"toolu_{self.calls}")

    def ask_twice(self) -> None:
        self.ask()
        self.ask()

    def same_event_again(self) -> None:
        self._asked(f"toolu_{self.calls}")

    def _asked(self, tool: str) -> None:
        answer = self.desk.ask(tool=tool)
        assert answer.hold is not None
        self.pages.setdefault(answer.hold.id, Page(self.world, answer.hold.expires))
        self.current = answer.hold.id
        if answer.released:
            self._released(answer, tool)
        self.latest = max(self.latest, self.desk.now)

    def _released(self, answer: Answer, tool: str) -> None:
        """What has to be true of every start."""
        assert answer.hold
        page = self.pages[answer.hold.id]
        again = page.starts == {tool}
        page.starts.add(tool)
        assert page.starts == {tool}, "I2: two starts"
        assert page.approved is not None, "I1: no quorum"
        assert again or len(page.yes - self.struck) >= self.quorum, "I8: a struck approver's vote"
        assert not page.over, "I6: denied or taken back"
        assert page.world == self.world, "I3: another plan"
        assert self.desk.now < page.approved + 15 * MINUTE, "I5: after its expiry"
        assert again or self.desk.now >= self.latest - SLACK, "I5: the clock went back"

    def enough_say_yes(self, which: int) -> None:
        for person in (*OTHERS[which:], *OTHERS)[: self.quorum]:
            self.vote(person, Decision.YES)

    def belated_yes(self, _which: int) -> None:
        """Everybody says yes to a hold that was denied or taken back."""
        over = [hold_id for hold_id, page in self.pages.items() if page.over]
        self.current = over[-1] if over else self.current
        for person in OTHERS:
            self.vote(person, Decision.YES)

    def vote(self, person: str, decision: Decision, plan: str = "") -> None:
        """A vote in a signature that is good, whatever it says: nobody but the service stops it."""
        hold, desk = self.desk.service.get(self.current), self.desk
        ballot = Ballot(
            hold.id, hold.nonce, plan or hold.plan, hold.policy, decision, digest(desk.service.card(hold.id)),
            desk.log.head.number, desk.log.head.hash, desk.now + MINUTE, "", person,
        )  # fmt: skip
        assert isinstance(desk.verifier, Seals)
        body = body_of(ballot)
        try:
            desk.service.vote(hold.id, body, desk.verifier.sign(body, person))
            taken = True
        except AgentguardError:
            taken = False
        self._note(hold, ballot, taken=taken)
        self.latest = max(self.latest, desk.now)

    def _note(self, hold: Hold, ballot: Ballot, *, taken: bool) -> None:
        """The bookkeeper's own view: which votes are good, whatever the service made of them."""
        page, now = self.pages[hold.id], self.desk.now
        good = ballot.plan == hold.plan and ballot.person in set(OTHERS) - self.struck
        assert good or not taken, "I1: a vote was taken that is not good"
        if ballot.decision is Decision.NO:
            page.over = page.over or taken
        elif taken:
            assert not page.over, "I6: denied or taken back, and yet approved"
            assert now < page.expires, "I5: approved after its expiry"
            page.yes.add(ballot.person)
            if len(page.yes) >= self.quorum and page.approved is None:
                page.approved = now

    def take_back(self) -> None:
        try:
            self.desk.service.withdraw(self.current)
        except AgentguardError:
            return
        self.pages[self.current].over = True
        self.latest = max(self.latest, self.desk.now)

    def change_the_world(self) -> None:
        self.world = 1 - self.world
        self.desk.judging.looks = (Look("script", "/x.sh", str(self.world)),) if self.world else ()

    def strike_off(self, person: str) -> None:
        self.struck = {person}
        self.desk.people = persons(*({"ada", *OTHERS} - self.struck))


VOTES: dict[str, Callable[[Holds, int], None]] = {
    "belated": Holds.belated_yes,
    "enough": Holds.enough_say_yes,
    "forged": lambda machine, which: machine.vote(OTHERS[which], Decision.YES, plan="0" * 64),
    "none": lambda _machine, _which: None,
    "one": lambda machine, which: machine.vote(OTHERS[which], Decision.YES),
    "own": lambda machine, _which: machine.vote("ada", Decision.YES),
}
EVENTS: dict[str, Callable[[Holds, int], None]] = {
    "clock_back": lambda machine, which: machine.desk.later(-(1 + which)),
    "denial": lambda machine, which: machine.vote(OTHERS[which], Decision.NO),
    "nothing": lambda _machine, _which: None,
    "struck": lambda machine, which: machine.strike_off(OTHERS[which]),
    "taken_back": lambda machine, _which: machine.take_back(),
    "time": lambda machine, which: machine.desk.later((5, 15, 60)[which]),
    "world": lambda machine, _which: machine.change_the_world(),
}
TRIES: dict[str, Callable[[Holds], None]] = {
    "again": Holds.same_event_again,
    "none": lambda _machine: None,
    "once": Holds.ask,
    "twice": Holds.ask_twice,
}


@pytest.fixture(autouse=True)
def without_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the disk holds after a crash is for other tests; here it is only time."""
    monkeypatch.setattr(os, "fsync", lambda _file: None)


def test_a_hold_is_spent_once_after_quorum_by_others_for_the_same_digest_in_time() -> None:
    run_state_machine_as_test(Holds, settings=settings(QUICK, max_examples=100))


Plant = Callable[[pytest.MonkeyPatch], None]


def without(*objections: object) -> Plant:
    """The service without some objections to votes."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for table in ("OBJECTIONS", "TO_PERSONS"):
            kept = tuple(object_ for object_ in getattr(votes, table) if object_ not in objections)
            patch.setattr(votes, table, kept)

    return plant


def with_cells(cells: dict[tuple[State, Event], State]) -> Plant:
    """The table of a hold's life with some cells more, or others."""
    return lambda patch: patch.setattr(holds, "AFTER", MappingProxyType({**holds.AFTER, **cells}))


def all_of(*plants: Plant) -> Plant:
    def plant(patch: pytest.MonkeyPatch) -> None:
        for one in plants:
            one(patch)

    return plant


def everywhere(name: str, value: object) -> Plant:
    """A function of `holds` replaced wherever it is used."""

    def plant(patch: pytest.MonkeyPatch) -> None:
        for module in (holds, service, votes, waiting):
            if hasattr(module, name):
                patch.setattr(module, name, value)

    return plant


def never_late(patch: pytest.MonkeyPatch) -> None:
    everywhere("expired", lambda _hold, _now: False)(patch)
    patch.setattr(SqlChange, "late", lambda _self, _now: ())


def no_receipt(patch: pytest.MonkeyPatch) -> None:
    """The schema would not let one hold be spent twice, either."""
    patch.setattr(SqlChange, "spend", lambda _self, _receipt: None)


def unbound(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "fits", lambda hold, terms: hold.kind is terms.kind)


def any_clock(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(waiting, "max", lambda *_times: 0, raising=False)
    patch.setattr(holds, "_in_time", lambda _hold, _now: None)


MUTANTS: dict[str, Plant] = {
    "the requester's own vote counts": without(votes._requester),
    "a vote over any digest counts": without(votes._another_plan),
    "nothing expires": never_late,
    "one approval starts twice": all_of(with_cells({(State.APPROVED, Event.RELEASE): State.APPROVED}), no_receipt),
    "what is denied can be approved": all_of(
        without(votes._not_open), with_cells({(State.DENIED, Event.QUORUM): State.APPROVED})
    ),
    "what was taken back can be approved": all_of(
        without(votes._not_open), with_cells({(State.WITHDRAWN, Event.QUORUM): State.APPROVED})
    ),
    "any one vote is a quorum": everywhere("enough", lambda _hold, _person: True),
    "the plan is not looked at again before the start": unbound,
    "votes are not looked at again before the start": lambda patch: patch.setattr(
        waiting.Waiting, "_lost", lambda _self, _hold: ""
    ),
    "a clock that goes back starts things": any_clock,
}


@pytest.mark.parametrize("mutant", MUTANTS)
def test_the_machine_finds_a_planted_bug_within_its_budget(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    MUTANTS[mutant](monkeypatch)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Holds, settings=QUICK)
