"""What every SQL store has in common: the questions and the changes, written once in SQLAlchemy Core."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, Connection, Insert, delete, func, insert, select, true, update
from sqlalchemy.exc import IntegrityError

from agentguard.model.hold import OPEN, Hold, Receipt, State, Tries, Vote, deadline
from agentguard.model.record import Head, canonical, from_record, to_record
from agentguard.store import StoreError
from agentguard.store.schema import HOLDS, META, RECEIPTS, TRIES, VERSION, VOTES

STILL_OPEN = [str(state) for state in sorted(OPEN)]


@dataclass(frozen=True, slots=True)
class SqlChange:
    """A `Change` over one connection inside one transaction."""

    connection: Connection

    def hold(self, hold_id: str) -> Hold | None:
        found = self._holds(HOLDS.c.id == hold_id)
        return found[0] if found else None

    def open_holds(self) -> tuple[Hold, ...]:
        return self._holds(HOLDS.c.state.in_(STILL_OPEN))

    def late(self, now: int) -> tuple[Hold, ...]:
        return self._holds(HOLDS.c.state.in_(STILL_OPEN) & (HOLDS.c.deadline <= now))

    def count_open(self, now: int, session: str | None = None) -> int:
        open_ = HOLDS.c.state.in_(STILL_OPEN) & (HOLDS.c.deadline > now)
        whose = true() if session is None else HOLDS.c.session == session
        return self.connection.execute(select(func.count()).select_from(HOLDS).where(open_ & whose)).scalar_one()

    def alike(self, seal: str, os_user: str, agent: str) -> tuple[Hold, ...]:
        return self._holds(_same_call(seal, os_user, agent) & HOLDS.c.state.in_(STILL_OPEN))

    def latest(self, seal: str, os_user: str, agent: str) -> Hold | None:
        newest = HOLDS.c.created.desc(), HOLDS.c.id
        found = self.connection.execute(
            select(HOLDS.c.id, HOLDS.c.record).where(_same_call(seal, os_user, agent)).order_by(*newest).limit(1)
        ).first()
        return self._with_votes(found.id, found.record) if found else None

    def receipt(self, tool_use_id: str) -> Receipt | None:
        newest = RECEIPTS.select().where(RECEIPTS.c.tool_use_id == tool_use_id).order_by(RECEIPTS.c.spent.desc())
        row = self.connection.execute(newest.limit(1)).mappings().first()
        return Receipt(**row) if row else None

    def tries(self, session: str, plan: str) -> Tries:
        wanted = select(TRIES.c.refused, TRIES.c.failed, TRIES.c.last, TRIES.c.at)
        row = self.connection.execute(wanted.where(_tried(session, plan))).first()
        return Tries(*row) if row else Tries()

    def head(self) -> Head:
        row = self.connection.execute(select(META.c.head_number, META.c.head_hash)).one()
        return Head(row.head_number, row.head_hash)

    def ballot_heads(self) -> tuple[tuple[str, Head], ...]:
        rows = self.connection.execute(select(VOTES.c.person, VOTES.c.entry, VOTES.c.head).order_by(VOTES.c.entry))
        return tuple((row.person, Head(row.entry, row.head)) for row in rows)

    def add(self, hold: Hold) -> None:
        values = {
            "id": hold.id,
            "created": hold.created,
            "session": hold.asker.session,
            "seal": hold.record.seal,
            "os_user": hold.asker.os_user,
            "agent": hold.asker.agent,
            **_changing(hold),
        }
        self._insert(insert(HOLDS).values(values), f"there is a hold {hold.id} already")
        self._add_votes(hold, 0)

    def move(self, hold: Hold, was: State) -> bool:
        unmoved = (HOLDS.c.id == hold.id) & (HOLDS.c.state == str(was)) & (HOLDS.c.nonce == hold.nonce)
        moved = self.connection.execute(update(HOLDS).where(unmoved).values(_changing(hold)))
        if moved.rowcount != 1:
            return False
        known = self.connection.execute(select(VOTES.c.person).where(VOTES.c.hold == hold.id)).all()
        self._add_votes(hold, len(known))
        return True

    def spend(self, receipt: Receipt) -> None:
        values = {name: getattr(receipt, name) for name in ("hold", "tool_use_id", "session", "plan", "spent")}
        self._insert(insert(RECEIPTS).values(values), f"{receipt.hold} was spent already")

    def keep_tries(self, session: str, plan: str, tries: Tries) -> None:
        self.connection.execute(delete(TRIES).where(_tried(session, plan)))
        values = {name: getattr(tries, name) for name in ("refused", "failed", "last", "at")}
        self.connection.execute(insert(TRIES).values(session=session, plan=plan, **values))

    def set_head(self, head: Head) -> None:
        self.connection.execute(update(META).values(head_number=head.number, head_hash=head.hash))

    def _holds(self, condition: ColumnElement[bool]) -> tuple[Hold, ...]:
        wanted = select(HOLDS.c.id, HOLDS.c.record).where(condition).order_by(HOLDS.c.created, HOLDS.c.id)
        return tuple(self._with_votes(row.id, row.record) for row in self.connection.execute(wanted).all())

    def _with_votes(self, hold_id: str, record: str) -> Hold:
        rows = self.connection.execute(select(VOTES.c.record).where(VOTES.c.hold == hold_id).order_by(VOTES.c.place))
        votes = tuple(from_record(Vote, json.loads(row.record)) for row in rows)
        return replace(from_record(Hold, json.loads(record)), votes=votes)

    def _add_votes(self, hold: Hold, known: int) -> None:
        for place, vote in enumerate(hold.votes[known:], start=known):
            values = {
                "hold": hold.id,
                "person": vote.ballot.person,
                "decision": str(vote.ballot.decision),
                "place": place,
                "entry": vote.ballot.entry,
                "head": vote.ballot.head,
                "record": canonical(to_record(vote)).decode(),
            }
            self._insert(insert(VOTES).values(values), f"{vote.ballot.person} has voted on {hold.id} already")

    def _insert(self, statement: Insert, problem: str) -> None:
        try:
            self.connection.execute(statement)
        except IntegrityError as error:
            raise StoreError(problem) from error


def _same_call(seal: str, os_user: str, agent: str) -> ColumnElement[bool]:
    return (HOLDS.c.seal == seal) & (HOLDS.c.os_user == os_user) & (HOLDS.c.agent == agent)


def _tried(session: str, plan: str) -> ColumnElement[bool]:
    return (TRIES.c.session == session) & (TRIES.c.plan == plan)


def _changing(hold: Hold) -> dict[str, str | int]:
    """The columns that a step can change; the nonce never does, and stands here for a new row."""
    record = canonical(to_record(replace(hold, votes=()))).decode()
    return {"state": str(hold.state), "deadline": deadline(hold), "nonce": hold.nonce, "record": record}


def check_version(connection: Connection, place: str) -> None:
    """Begin a new store, or raise StoreError for one that a newer agentguard has written."""
    version = connection.execute(select(META.c.version)).scalar()
    if version is None:
        fresh = Head()
        connection.execute(insert(META).values(only=1, version=VERSION, head_number=fresh.number, head_hash=fresh.hash))
    elif version != VERSION:
        hint = (
            "use the newer agentguard that wrote it" if version > VERSION else "it comes from before the first release"
        )
        raise StoreError(f"the store has version {version}, this agentguard reads {VERSION}", place=place, hint=hint)
