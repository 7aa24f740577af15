"""The log: written whole, in one chain, and whoever touches it is found out."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from agentguard.audit.chain import Entry, follows, link, parse
from agentguard.audit.log import Log, LogError
from agentguard.audit.verify import Finding, Verification, Witness, verify, verify_lines
from agentguard.model.errors import Exit
from agentguard.model.record import Head

COUNT = 6


@pytest.fixture
def log(tmp_path: Path) -> Log:
    log = Log(tmp_path / "log.jsonl")
    for number in range(COUNT):
        log.append("decision", {"call": f"rm {number}", "n": number}, 1000 + number)
    return log


def told(log: Log, *extra: Witness) -> Verification:
    return verify(log.path, (Witness(log.head, "the store"), *extra))


def test_a_log_as_it_was_written_is_intact(log: Log) -> None:
    answer = told(log)
    assert (answer.finding, answer.exit, answer.entries) == (Finding.INTACT, Exit.DONE, COUNT)
    assert log.path.stat().st_mode & 0o777 == 0o600
    assert [entry.number for entry in log.entries()] == [1, 2, 3, 4, 5, 6]
    assert [entry.body["n"] for entry in log.entries(after=4)] == [4, 5]


Lines = list[bytes]
EDITS: dict[str, tuple[Callable[[Lines], object], int]] = {
    "an entry is dropped": (lambda lines: lines.pop(2), 3),
    "two are swapped": (lambda lines: lines.insert(1, lines.pop(2)), 2),
    "one is doubled": (lambda lines: lines.insert(3, lines[2]), 4),
    "one is put in": (lambda lines: lines.insert(2, link(Head(), 1, "x", {}).line()), 3),
    "a text is changed": (lambda lines: lines.__setitem__(3, lines[3].replace(b"rm 3", b"rm 9")), 4),
    "a hash is changed": (lambda lines: lines.__setitem__(0, lines[0][:-10] + b"0" * 8 + lines[0][-2:]), 1),
    "a blank is added": (lambda lines: lines.__setitem__(4, lines[4].replace(b":", b": ", 1)), 5),
    "a line is emptied": (lambda lines: lines.__setitem__(1, b""), 2),
    "a key is doubled": (lambda lines: lines.__setitem__(1, b'{"kind":"x",' + lines[1][1:]), 2),
    "the tail is cut": (lambda lines: lines.pop(), 6),
    "all of it is gone": (lambda lines: lines.clear(), 1),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_named(log: Log, edit: str) -> None:
    change, number = EDITS[edit]
    lines = log.path.read_bytes().splitlines()
    change(lines)
    log.path.write_bytes(b"".join(line + b"\n" for line in lines))
    answer = told(log)
    assert (answer.finding, answer.entry, answer.exit) == (Finding.TAMPERED, number, Exit.TAMPERED)
    assert answer.what


def test_changing_any_byte_of_the_file_names_the_entry_it_lies_in(log: Log) -> None:
    data = log.path.read_bytes()
    witness = (Witness(log.head, "the store"),)
    for at in range(0, len(data), 7):
        number = data[:at].count(b"\n") + 1
        answer = verify_lines(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], witness)
        assert (answer.finding, answer.entry) == (Finding.TAMPERED, number), at


def remade(log: Log, start: int) -> None:
    """The chain from `start` on made anew, as somebody would who wants it to look right."""
    entries = list(log.entries())
    kept, head = entries[: start - 1], Head()
    lines = [entry.line() for entry in kept]
    head = kept[-1].head if kept else head
    for entry in entries[start - 1 :]:
        forged = link(head, entry.time, entry.kind, {"call": "ls"})
        lines.append(forged.line())
        head = forged.head
    log.path.write_bytes(b"".join(line + b"\n" for line in lines))


def test_a_chain_made_anew_shows_against_the_stores_head(log: Log) -> None:
    remade(log, 4)
    answer = told(log)
    assert (answer.finding, answer.entry) == (Finding.TAMPERED, COUNT)
    assert "the store" in answer.what


def test_a_vote_is_a_witness_too(log: Log) -> None:
    seen = next(entry.head for entry in log.entries() if entry.number == 4)
    remade(log, 3)
    forged = list(log.entries())[-1].head
    answer = verify(log.path, (Witness(forged, "the store"), Witness(seen, "the vote of bob")))
    assert (answer.finding, answer.entry) == (Finding.TAMPERED, 4)
    assert "bob" in answer.what


def test_a_vote_in_the_log_must_remember_an_entry_before_it(log: Log) -> None:
    first = next(log.entries()).head
    good = {"vote": {"ballot": {"person": "bob", "entry": 1, "head": first.hash}}}
    log.append("vote", good, 2000)
    assert told(log).finding is Finding.INTACT
    log.append("vote", {"vote": {"ballot": {"person": "bob", "entry": 2, "head": first.hash}}}, 2000)
    assert (told(log).finding, told(log).entry) == (Finding.TAMPERED, COUNT + 2)


def test_entries_that_nobody_else_remembers_are_unwitnessed(log: Log) -> None:
    early = next(log.entries()).head
    answer = verify(log.path, (Witness(early, "the store"),))
    assert (answer.finding, answer.entry, answer.exit) == (Finding.UNWITNESSED, 2, Exit.UNWITNESSED)
    assert verify(log.path).finding is Finding.UNWITNESSED


def test_where_there_is_nothing_to_look_at_nobody_can_tell(tmp_path: Path) -> None:
    assert verify(tmp_path / "none").exit is Exit.CANNOT_TELL
    (tmp_path / "empty").touch()
    assert verify(tmp_path / "empty").finding is Finding.CANNOT_TELL
    assert verify(tmp_path).finding is Finding.CANNOT_TELL


def test_a_log_that_is_gone_is_tampering_where_the_store_remembers_one(log: Log) -> None:
    log.path.unlink()
    assert told(log).finding is Finding.TAMPERED


def test_a_torn_last_line_is_no_tampering_and_the_next_writer_tells_of_it(log: Log) -> None:
    before = log.head
    with log.path.open("ab") as file:
        file.write(link(log.head, 5, "x", {"half": "a line"}).line()[:30])
    assert told(log).finding is Finding.UNWITNESSED
    assert "torn" in told(log).what
    again = Log(log.path)
    entry = again.append("start", {}, 3000)
    kinds = [entry.kind for entry in again.entries(COUNT)]
    assert kinds == ["torn", "start"]
    assert entry.number == before.number + 2
    assert told(again).finding is Finding.INTACT


def test_a_last_line_that_the_store_remembers_cannot_be_torn(log: Log) -> None:
    log.path.write_bytes(log.path.read_bytes()[:-1])
    assert (told(log).finding, told(log).entry) == (Finding.TAMPERED, COUNT)


def test_the_latest_time_is_not_turned_back_by_a_clock_that_is(log: Log) -> None:
    log.append("decision", {}, 500)
    assert log.latest == 1000 + COUNT - 1


def test_two_writers_make_one_chain(log: Log) -> None:
    other = Log(log.path)

    def write(which: int) -> None:
        (log, other)[which % 2].append("decision", {"n": which}, 2000)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, range(40)))
    last = max((log, other), key=lambda one: one.head.number)
    assert last.head.number == COUNT + 40
    assert told(last).finding is Finding.INTACT


@pytest.mark.parametrize("damage", ["cut", "emptied", "replaced", "gone", "forged"])
def test_a_writer_does_not_go_on_with_a_log_that_somebody_touched(log: Log, damage: str) -> None:
    data = log.path.read_bytes()
    if damage == "cut":
        os.truncate(log.path, data[:-1].rindex(b"\n") + 1)
    elif damage == "emptied":
        os.truncate(log.path, 0)
    elif damage == "replaced":
        log.path.rename(log.path.with_suffix(".old"))
        log.path.write_bytes(data)
    elif damage == "gone":
        log.path.unlink()
    else:
        with log.path.open("ab") as file:
            file.write(link(Head(COUNT, "0" * 64), 5, "x", {}).line() + b"\n")
    with pytest.raises(LogError):
        log.append("decision", {}, 3000)


def test_a_failed_sync_ends_the_writing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_file: int) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fail)
        with pytest.raises(LogError, match="Input/output"):
            log.append("decision", {}, 3000)
    with pytest.raises(LogError, match="could not be written"):
        log.append("decision", {}, 3000)


def test_a_full_disk_leaves_no_half_line(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    data = log.path.read_bytes()
    write = os.write
    with monkeypatch.context() as full:
        full.setattr(os, "write", lambda file, line: write(file, line[:20]))
        with pytest.raises(LogError, match="full"):
            log.append("decision", {}, 3000)
    assert log.path.read_bytes() == data
    assert log.append("decision", {}, 3000).number == COUNT + 1  # once there is room again


def test_a_log_that_is_gone_is_no_log_to_go_on_with(log: Log, tmp_path: Path) -> None:
    log.path.rename(tmp_path / "away")
    with pytest.raises(LogError, match="cut or replaced"):
        log.append("decision", {}, 3000)
    (tmp_path / "away").rename(log.path)
    assert log.append("decision", {}, 3000).number == COUNT + 1


def test_a_directory_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(LogError, match="cannot open"):
        Log(tmp_path / "none" / "log.jsonl")


def test_the_log_knows_which_entries_it_has(log: Log) -> None:
    assert all(log.has(entry.head) for entry in log.entries())
    assert log.has(Head())
    assert not log.has(Head(1, "f" * 64))
    assert not log.has(Head(2, next(log.entries()).hash))


@pytest.mark.parametrize("line", [b"", b"[]", b"{}", b"\xff", b"null", b"[" * 100_000])
def test_what_is_no_entry_does_not_parse(line: bytes) -> None:
    with pytest.raises((ValueError, RecursionError)):
        parse(line)


def test_an_entry_with_a_body_that_is_none_is_refused() -> None:
    entry = link(Head(), 1, "x", {"a": 1})
    value = json.loads(entry.line())
    for key, wrong in (("number", "1"), ("time", 1.5), ("body", []), ("hash", 1), ("kind", None)):
        with pytest.raises(ValueError, match=r".+"):
            parse(json.dumps({**value, key: wrong}, sort_keys=True, separators=(",", ":")).encode())
    assert follows(Entry(**value), Head()) == ""
