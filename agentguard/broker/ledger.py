"""Store and log as one book: what changes a hold is written in the log first, and the two never drift apart.

Promises: a change takes the store's lock, writes its entry, waits for the disk, and only then commits. Where a crash
came between, the store is brought up to the log before anything else is done, so every transition has exactly one
entry. Refuses to go on with a log that ends before the store's head: somebody cut it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from agentguard.audit.chain import Entry
from agentguard.audit.log import KEEP, Log, LogError
from agentguard.audit.verify import Verification, Witness, verify
from agentguard.broker.holds import after, tried
from agentguard.model.errors import Refused
from agentguard.model.hold import Event, Hold, Receipt, Step, Tries
from agentguard.model.record import Json, from_record, to_record
from agentguard.store import Change, Store

HELD = "held"  # the kind of the entry that makes a hold; its steps are entries of their event's name
DECISION = "decision"  # the kind of the entry for a call that makes and spends no hold
STEPS = frozenset(str(event) for event in Event)


@dataclass(frozen=True, slots=True)
class Page:
    """One change under way: the store's, with every entry that goes with it."""

    change: Change
    log: Log
    now: int

    def make(self, hold: Hold) -> Hold:
        """A new hold."""
        self.change.add(hold)
        told = replace(hold, record=replace(hold.record, looks=()))  # the looks serve replay alone: the store has them
        self.note(HELD, {"hold": to_record(told)})
        return hold

    def move(self, hold: Hold, step: Step) -> Hold:
        """The hold after `step`. Raises Refused where the table forbids it or somebody else was first."""
        moved = after(hold, step)
        if not self.change.move(moved, hold.state):
            raise Refused(f"{hold.id} is not {hold.state} any more: somebody was first", hint="look again")
        if step.event is Event.RELEASE:
            self.change.spend(receipt_of(moved, step))
        _count(self.change, hold, step)
        record = to_record(step)
        self.note(str(step.event), record if isinstance(record, dict) else {})
        return moved

    def note(self, kind: str, body: dict[str, Json]) -> None:
        """Write an entry, on the disk before this returns."""
        self.change.set_head(self.log.append(kind, body, self.now).head)


def receipt_of(hold: Hold, step: Step) -> Receipt:
    """The receipt of a release."""
    return Receipt(hold.id, step.tool_use_id, step.session, hold.plan, step.at)


def _count(change: Change, hold: Hold, step: Step) -> None:
    call = hold.asker.session, hold.plan
    known = change.tries(*call)
    tries = tried(known, hold.state, step)
    if tries != known:
        change.keep_tries(*call, tries)


def told(entry: Entry) -> Hold | Step | None:
    """What an entry tells of a hold; None for entries of other kinds. Raises LogError where it makes no sense."""
    try:
        if entry.kind == HELD:
            return from_record(Hold, entry.body["hold"])
        return from_record(Step, entry.body) if entry.kind in STEPS else None
    except (KeyError, ValueError) as error:
        raise LogError(f"entry {entry.number} makes no sense ({error})", hint=KEEP) from error


@dataclass(frozen=True, slots=True)
class Ledger:
    """The book. Every method raises LogError or StoreError where it cannot be written; then nothing has changed."""

    store: Store
    log: Log

    @contextmanager
    def change(self, now: int) -> Iterator[Page]:
        """Change holds: all of the block or nothing."""
        with self.store.change() as change:
            self._together(change, now)
            yield Page(change, self.log, now)

    def note(self, kind: str, body: dict[str, Json], now: int) -> None:
        """Write down something that changes no hold."""
        self.store.witness(self.log.append(kind, body, now).head)

    def tries(self, session: str, plan: str) -> Tries:
        """How often a call came to nothing in a session."""
        with self.store.read() as store:
            return store.tries(session, plan)

    def verify(self) -> Verification:
        """Is the log what was written? The store's head and every vote that was taken are asked."""
        with self.store.read() as store:
            voters = (Witness(head, f"the vote of {person}") for person, head in store.ballot_heads())
            return verify(self.log.path, (Witness(store.head(), "the store"), *voters))

    def _together(self, change: Change, now: int) -> None:
        """Bring the store up to the log."""
        head, known = self.log.refresh(now), change.head()
        if head == known:
            return
        if head.number <= known.number or not self.log.has(known):
            told = f"the log ends at entry {head.number}, and the store remembers entry {known.number} otherwise"
            raise LogError(told, place=str(self.log.path), hint=f"`agentguard log verify` says more; {KEEP}")
        for entry in self.log.entries(known.number):
            _catch_up(change, entry)
        change.set_head(head)


def _catch_up(change: Change, entry: Entry) -> None:
    """Do what an entry tells and a crash kept from being done. A release counts as spent: it may have run."""
    what = told(entry)
    if isinstance(what, Hold):
        change.add(what)
    elif isinstance(what, Step):
        hold = change.hold(what.hold)
        if hold is None:
            raise LogError(f"entry {entry.number} is about {what.hold}, which the store does not know", hint=KEEP)
        change.move(after(hold, what), hold.state)
        _count(change, hold, what)
        if what.event is Event.RELEASE:
            change.spend(receipt_of(hold, what))
