"""Store and log stay one book: crashes, full disks, cut logs, two brokers at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from threading import Barrier

import pytest

from agentguard.audit.log import LogError
from agentguard.audit.verify import Finding
from agentguard.broker.holds import rebuild
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Decision, State
from agentguard.model.verdict import Action
from agentguard.store.core import SqlChange
from agentguard.store.sqlite import SqliteStore
from tests.broker.desk import Desk

NUMBERS = count(1000)
OPENED: list[Desk] = []  # every broker of a test, to be closed behind it


class CrashingStore(SqliteStore):
    """A store that can lose a change at the last moment, as a crash before the commit would."""

    crash = False

    @contextmanager
    def change(self) -> Iterator[SqlChange]:
        with super().change() as change:
            yield change
            if self.crash:
                raise KeyboardInterrupt


def desk_on(directory: Path) -> Desk:
    """A broker on the store and log of a directory; several are several processes."""
    desk = Desk(directory, store=CrashingStore(directory / "store.db"))
    desk.service.chance = lambda size: next(NUMBERS).to_bytes(size, "little")
    OPENED.append(desk)
    return desk


@pytest.fixture(autouse=True)
def closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return desk_on(tmp_path)


def crash(desk: Desk) -> None:
    assert isinstance(desk.store, CrashingStore)
    desk.store.crash = True


@pytest.mark.parametrize("restarted", [True, False])
def test_a_crash_between_the_entry_and_the_commit_never_starts_it_twice(
    desk: Desk, tmp_path: Path, restarted: bool
) -> None:
    hold = desk.vote(desk.held(), "bob")
    crash(desk)
    with pytest.raises(KeyboardInterrupt):
        desk.ask(tool="toolu_2")
    assert desk.service.get(hold.id).state is State.APPROVED
    again = desk_on(tmp_path) if restarted else desk
    again.store.crash = False  # type: ignore[attr-defined]
    if restarted:
        again.service.start()
        assert again.service.get(hold.id).state is State.RELEASED
    assert not again.ask(tool="toolu_3").released
    assert again.kinds().count("release") == 1
    assert again.service.verify().finding is Finding.INTACT


def test_a_hold_or_a_vote_that_a_crash_kept_from_the_store_is_there_after_the_start(desk: Desk, tmp_path: Path) -> None:
    crash(desk)
    with pytest.raises(KeyboardInterrupt):
        desk.ask()
    again = desk_on(tmp_path)
    again.service.start()
    (hold,) = again.service.pending()
    crash(again)
    with pytest.raises(KeyboardInterrupt):
        again.vote(hold, "bob", Decision.NO)
    last = desk_on(tmp_path)
    last.service.start()
    assert last.service.get(hold.id).state is State.DENIED
    assert len(last.service.get(hold.id).votes) == 1
    assert rebuild(last.retold())[hold.id] == last.service.get(hold.id)


def test_a_log_that_cannot_be_written_allows_nothing_and_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = desk.vote(desk.held(), "bob")

    def fail(_file: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    for action in (Action.HOLD, Action.ALLOW):
        desk.judging.action = action
        with pytest.raises(LogError):
            desk.ask()
    assert desk.service.get(hold.id).state is State.APPROVED


def test_a_log_that_was_cut_while_nobody_looked_stops_the_start(desk: Desk, tmp_path: Path) -> None:
    desk.vote(desk.held(), "bob")
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines[:-1]))
    again = desk_on(tmp_path)
    with pytest.raises(LogError, match="store remembers entry 2"):
        again.service.start()
    with pytest.raises(AgentguardError):
        again.ask()
    assert again.service.verify().finding is Finding.TAMPERED


def test_a_log_that_was_made_anew_stops_the_start(desk: Desk, tmp_path: Path) -> None:
    desk.held()
    (tmp_path / "log.jsonl").unlink()
    other = Desk(tmp_path)
    OPENED.append(other)
    for table in ("users", "more", "last"):
        other.held(f"psql -c 'DROP TABLE {table}'")
    with pytest.raises(LogError):
        desk_on(tmp_path).service.start()


def test_a_torn_last_line_is_told_and_work_goes_on(desk: Desk, tmp_path: Path) -> None:
    hold = desk.held()
    with (tmp_path / "log.jsonl").open("ab") as file:
        file.write(b'{"body":{"hold":"ag-')
    again = desk_on(tmp_path)
    again.service.start()
    assert again.vote(hold, "bob").state is State.APPROVED
    assert again.kinds() == ["held", "torn", "broker-start", "quorum"]
    assert again.service.verify().finding is Finding.INTACT


def test_decisions_without_a_hold_are_witnessed_too(desk: Desk, tmp_path: Path) -> None:
    desk.judging.action = Action.ALLOW
    for _ in range(3):
        desk.ask("ls")
    lines = (tmp_path / "log.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "log.jsonl").write_bytes(b"".join(lines[:-1]))
    answer = desk.service.verify()
    assert (answer.finding, answer.entry) == (Finding.TAMPERED, 3)


def test_of_two_brokers_exactly_one_releases_an_approval(tmp_path: Path) -> None:
    brokers = [desk_on(tmp_path), desk_on(tmp_path)]
    with ThreadPoolExecutor(2) as pool:
        for number in range(10):
            text = f"psql -c 'DROP TABLE t{number}'"
            brokers[0].vote(brokers[0].held(text), "bob")
            start = Barrier(2)

            def take(which: int, text: str = text, start: Barrier = start, number: int = number) -> bool:
                start.wait()
                return brokers[which].ask(text, tool=f"toolu_{number}_{which}").released

            assert sorted(pool.map(take, (0, 1))) == [False, True]
    assert brokers[0].kinds().count("release") == 10
    assert brokers[1].service.verify().finding is Finding.INTACT


def test_votes_and_a_denial_from_two_brokers_end_in_one_state(tmp_path: Path) -> None:
    brokers = [desk_on(tmp_path), desk_on(tmp_path)]

    def decide(which: int) -> None:
        person, decision = (("bob", Decision.YES), ("eve", Decision.NO))[which]
        try:
            brokers[which].vote(hold, person, decision)
        except AgentguardError:
            return

    with ThreadPoolExecutor(2) as pool:
        for number in range(10):
            hold = brokers[0].held(f"psql -c 'DROP TABLE t{number}'")
            list(pool.map(decide, (0, 1)))
            stands = [broker.service.get(hold.id) for broker in brokers]
            assert stands[0] == stands[1]
            assert stands[0].state is State.DENIED
            assert rebuild(brokers[0].retold())[hold.id] == stands[0]
