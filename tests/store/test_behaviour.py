"""What every store does, whichever it is."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier

import pytest

from agentguard.model.hold import Decision, Hold, Receipt, State, Tries
from agentguard.model.record import Head
from agentguard.store import Store, StoreError
from agentguard.store.sqlite import MEMORY, SqliteStore
from tests.broker.book import HOLD, NOW, hold, vote

RECEIPT = Receipt(HOLD.id, "toolu_1", "s1", HOLD.plan, NOW)


@pytest.fixture(params=["sqlite file", "sqlite in memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made = SqliteStore(tmp_path / "store.db" if request.param == "sqlite file" else MEMORY)
    yield made
    made.close()


def add(store: Store, *holds: Hold) -> None:
    with store.change() as change:
        for one in holds:
            change.add(one)


def found(store: Store, hold_id: str = HOLD.id) -> Hold | None:
    with store.read() as reading:
        return reading.hold(hold_id)


def test_a_hold_comes_back_as_it_was(store: Store) -> None:
    voted = hold(votes=(vote("bob"), vote("eve", Decision.NO)))
    add(store, voted)
    assert found(store) == voted
    assert found(store, "ag-nobody") is None


def test_there_is_one_hold_of_an_id(store: Store) -> None:
    add(store, HOLD)
    with pytest.raises(StoreError, match="already"):
        add(store, HOLD)


def test_a_change_that_raises_leaves_nothing(store: Store) -> None:
    def half() -> None:
        with store.change() as change:
            change.add(HOLD)
            change.set_head(Head(1, "a" * 64))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half()
    assert found(store) is None
    with store.read() as reading:
        assert reading.head() == Head()


def test_a_hold_moves_from_the_state_it_is_in_and_no_other(store: Store) -> None:
    add(store, HOLD)
    approved = replace(HOLD, state=State.APPROVED, votes=(vote("bob"),))
    with store.change() as change:
        assert not change.move(approved, State.APPROVED)
        assert not change.move(replace(approved, nonce="other"), State.HELD)
        assert not change.move(replace(approved, id="ag-nobody"), State.HELD)
        assert change.move(approved, State.HELD)
        assert not change.move(approved, State.HELD)
    assert found(store) == approved


def take(store: Store, approved: Hold, start: Barrier) -> bool:
    start.wait()
    with store.change() as change:
        return change.move(replace(approved, state=State.RELEASED), State.APPROVED)


@pytest.mark.parametrize("apart", [False, True], ids=["of two threads", "of two processes' connections"])
def test_who_takes_an_approval_at_once_exactly_one_gets_it(tmp_path: Path, apart: bool) -> None:
    store = SqliteStore(tmp_path / "store.db")
    other = SqliteStore(tmp_path / "store.db") if apart else store
    start = Barrier(2)
    with ThreadPoolExecutor(2) as pool:
        for number in range(20):
            approved = hold(id=f"ag-round{number:05}", state=State.APPROVED)
            add(store, approved)
            takers = [pool.submit(take, taker, approved, start) for taker in (store, other)]
            assert sorted(taker.result() for taker in takers) == [False, True]
    store.close()
    other.close()


def test_a_person_says_yes_once_and_may_still_say_no(store: Store) -> None:
    add(store, hold(votes=(vote("bob"),)))
    with pytest.raises(StoreError, match="bob has voted"), store.change() as change:
        change.move(hold(votes=(vote("bob"), vote("bob"))), State.HELD)
    with store.change() as change:
        assert change.move(hold(state=State.DENIED, votes=(vote("bob"), vote("bob", Decision.NO))), State.HELD)


def test_an_approval_is_spent_once(store: Store) -> None:
    add(store, HOLD)
    with store.change() as change:
        change.spend(RECEIPT)
        assert change.receipt("toolu_1") == RECEIPT
        assert change.receipt("toolu_2") is None
    with pytest.raises(StoreError, match="spent already"), store.change() as change:
        change.spend(replace(RECEIPT, tool_use_id="toolu_2"))


def test_the_newest_receipt_of_a_tool_call_counts(store: Store) -> None:
    add(store, HOLD, hold(id="ag-bbbbbbbbbb"))
    with store.change() as change:
        change.spend(RECEIPT)
        change.spend(replace(RECEIPT, hold="ag-bbbbbbbbbb", spent=NOW + 1))
        newest = change.receipt("toolu_1")
    assert newest is not None
    assert newest.hold == "ag-bbbbbbbbbb"


def test_open_holds_come_oldest_first_and_closed_ones_not_at_all(store: Store) -> None:
    young = hold(id="ag-young", created=NOW + 1, state=State.APPROVED)
    add(store, young, hold(id="ag-gone", state=State.DENIED), HOLD)
    with store.read() as reading:
        assert [one.id for one in reading.open_holds()] == [HOLD.id, "ag-young"]


def test_open_holds_are_counted_by_session_and_late_ones_are_found(store: Store) -> None:
    approved = hold(id="ag-approved", state=State.APPROVED, approved_until=NOW + 5)
    other = hold(id="ag-other", asker=replace(HOLD.asker, session="s2"))
    add(store, HOLD, approved, other, hold(id="ag-gone", state=State.EXPIRED))
    with store.read() as reading:
        assert (reading.count_open(NOW), reading.count_open(NOW, "s1"), reading.count_open(NOW, "s2")) == (3, 2, 1)
        assert (reading.count_open(NOW + 5, "s1"), reading.count_open(HOLD.expires)) == (1, 0)
        assert [one.id for one in reading.late(NOW + 5)] == ["ag-approved"]
    with store.change() as change:
        change.move(replace(approved, state=State.RELEASED), State.APPROVED)
        assert change.late(NOW + 5) == ()


def test_holds_of_the_same_call_are_found_by_seal_user_and_agent(store: Store) -> None:
    same = (HOLD.record.seal, "ada", "claude-code")
    young = hold(id="ag-young", created=NOW + 1, state=State.DENIED)
    other = hold(id="ag-other", record=replace(HOLD.record, seal="0" * 64))
    add(store, HOLD, young, other)
    with store.read() as reading:
        assert [one.id for one in reading.alike(*same)] == [HOLD.id]
        latest = reading.latest(*same)
        assert latest is not None
        assert latest.id == "ag-young"
        assert reading.alike(same[0], "bob", "claude-code") == ()
        assert reading.latest(same[0], "ada", "codex") is None


def test_a_witness_never_takes_the_head_back(store: Store) -> None:
    store.witness(Head(3, "c" * 64))
    store.witness(Head(2, "b" * 64))
    with store.read() as reading:
        assert reading.head() == Head(3, "c" * 64)


def test_every_vote_remembers_a_head(store: Store) -> None:
    add(store, hold(votes=(vote("bob"), vote("eve"))))
    with store.read() as reading:
        assert reading.ballot_heads() == (("bob", Head()), ("eve", Head()))


def test_a_file_is_its_owners_alone_and_is_found_again(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    store = SqliteStore(path)
    add(store, HOLD)
    assert {file.stat().st_mode & 0o777 for file in tmp_path.iterdir()} == {0o600}
    store.close()
    again = SqliteStore(path)
    assert found(again) == HOLD
    again.close()


def test_two_processes_would_see_each_others_changes(tmp_path: Path) -> None:
    one, other = SqliteStore(tmp_path / "store.db"), SqliteStore(tmp_path / "store.db")
    add(one, HOLD)
    with other.change() as change:
        assert change.move(hold(state=State.DENIED), State.HELD)
    with one.change() as change:
        assert not change.move(hold(state=State.APPROVED), State.HELD)
    one.close()
    other.close()


def test_a_store_of_a_newer_agentguard_is_refused(tmp_path: Path) -> None:
    SqliteStore(tmp_path / "store.db").close()
    with sqlite3.connect(tmp_path / "store.db") as newer:
        newer.execute("UPDATE meta SET version = version + 1")
    newer.close()
    with pytest.raises(StoreError, match="newer agentguard"):
        SqliteStore(tmp_path / "store.db")


def test_a_file_that_is_no_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database, but long enough to be looked at" * 100)
    with pytest.raises(StoreError, match="the store failed"):
        SqliteStore(tmp_path / "store.db")
    with pytest.raises(StoreError):
        SqliteStore(tmp_path / "none" / "store.db")


def test_tries_are_kept_by_session_and_plan(store: Store) -> None:
    with store.change() as change:
        assert change.tries("s1", "p") == Tries()
        for tries in (Tries(1, 0, "denied by bob", NOW), Tries(1, 1, "ended with status 2", NOW + 1)):
            change.keep_tries("s1", "p", tries)
    with store.read() as reading:
        assert reading.tries("s1", "p") == Tries(1, 1, "ended with status 2", NOW + 1)
        assert (reading.tries("s2", "p"), reading.tries("s1", "q")) == (Tries(), Tries())
