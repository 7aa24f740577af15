"""`agentguard log`: the newest entries in words, and a verdict on all of them that is the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard.audit.log import Log
from agentguard.cli import main
from agentguard.cli.log import TELLING
from agentguard.model.errors import Exit, Refused
from agentguard.store.sqlite import SqliteStore
from tests.broker.desk import Desk
from tests.cli.holds import NOW

ENTRIES = (
    ("broker-start", {"assurance": "advisory", "policy": "ab" * 32}),
    ("decision", {"action": "allow", "call": "ls\x1b[2J", "environment": "", "rule": "reads"}),
    ("deny", {"hold": "ag-k3v9m2x7qa", "message": "denied by Bo: not on a Friday"}),
    ("something-new", {"number": 7}),
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """The state of a broker that has written four entries, and remembers the last."""
    log, store = Log(tmp_path / "audit.jsonl"), SqliteStore(tmp_path / "holds.sqlite")
    for kind, body in ENTRIES:
        store.witness(log.append(kind, body, NOW).head)
    log.close()
    store.close()
    return tmp_path


def run(state: Path, *words: str) -> int:
    return main.run(["log", *words, "--state", str(state), "--config", str(state)])


def test_an_untouched_log_is_intact(state: Path, capsys: pytest.CaptureFixture[str]):
    assert run(state, "verify") == Exit.DONE
    assert capsys.readouterr().out.strip() == "intact: 4 entries, witnessed to the end by the store"


def test_a_changed_byte_is_found_and_its_entry_named(state: Path, capsys: pytest.CaptureFixture[str]):
    log = state / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b"Friday", b"friday"))
    assert run(state, "verify") == Exit.TAMPERED
    assert capsys.readouterr().out.startswith("tampered at entry 3: ")


def test_a_tail_that_was_cut_is_missed_by_the_store(state: Path, capsys: pytest.CaptureFixture[str]):
    log = state / "audit.jsonl"
    log.write_bytes(b"".join(log.read_bytes().splitlines(keepends=True)[:3]))
    assert run(state, "verify", "--json") == Exit.TAMPERED
    assert json.loads(capsys.readouterr().out)["entry"] == 4


def test_without_the_store_nobody_vouches_for_the_end(state: Path):
    (state / "holds.sqlite").unlink()
    assert run(state, "verify") == Exit.UNWITNESSED


def test_a_store_that_cannot_be_asked_is_no_answer(state: Path):
    (state / "holds.sqlite").write_bytes(b"no database")
    assert run(state, "verify") == Exit.CANNOT_TELL


def test_no_log_at_all_is_no_answer(tmp_path: Path):
    assert run(tmp_path, "verify") == Exit.CANNOT_TELL
    assert run(tmp_path, "tail") == Exit.ERROR


def test_tail_tells_the_newest_entries_in_words(state: Path, capsys: pytest.CaptureFixture[str]):
    assert run(state, "tail", "-n", "3") == Exit.DONE
    decision, denied, new = capsys.readouterr().out.splitlines()
    assert decision.endswith(r"allow (reads): ls\u{1b}[2J")
    assert denied.endswith("ag-k3v9m2x7qa denied by Bo: not on a Friday")
    assert new.endswith('something-new  {"number":7}')


def test_every_kind_that_a_broker_writes_by_itself_is_told_in_words(tmp_path: Path):
    desk = Desk(tmp_path)
    desk.service.start()
    desk.vote(desk.held(), "bob")
    with pytest.raises(Refused):
        desk.service.vote("ag-nobodykno", b"{}", "")
    desk.service.stop()
    kinds = desk.kinds()
    desk.close()
    assert kinds == ["broker-start", "held", "quorum", "refused-vote", "broker-stop"]
    assert set(kinds) - {"quorum"} <= set(TELLING)  # a step of a hold brings its own message


def test_a_call_that_was_let_pass_at_an_earlier_door_is_told_in_words():
    told = TELLING["passed"]({"action": "ask", "call": "git reset --hard", "door": "shell", "rule": "loss-here"})
    assert told == "let pass before, recognised by the shell: git reset --hard"


def test_tail_tells_of_every_call_what_came_of_it_or_that_nothing_has_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    called = {"action": "allow", "environment": "", "rule": "writes", "awaited": True}
    entries = (
        ("decision", {**called, "call": "make"}),
        ("decision", {**called, "call": "make it"}),
        ("ended", {"entry": 1, "message": "ended with status 2", "status": 2, "failed": 3, "refused": 0}),
        ("passed", {**called, "call": "git push -f", "door": "shell", "hold": "ag-k3v9m2x7qa"}),
        ("fail", {"hold": "ag-k3v9m2x7qa", "message": "ended by signal 15"}),
    )
    log = Log(tmp_path / "audit.jsonl")
    for kind, body in entries:
        log.append(kind, body, NOW)
    log.close()
    assert run(tmp_path, "tail") == Exit.DONE
    seen, unseen, ended, passed, _ = " ".join(capsys.readouterr().out.split()).split("2027-01-15")[1:]
    assert "make: ended with status 2" in seen
    assert "make it: nothing has told the outcome" in unseen
    assert "entry 1 ended with status 2 (failed 3 times so far)" in ended
    assert "git push -f: ended by signal 15" in passed


def test_tail_tells_with_which_policy_a_broker_started(state: Path, capsys: pytest.CaptureFixture[str]):
    run(state, "tail")
    assert capsys.readouterr().out.splitlines()[0].endswith("broker-start  policy abababababab, advisory")


ODD = {
    "a time that is none": lambda line: line.replace(f'"time":{NOW}'.encode(), b'"time":9007199254740991'),
    "lists in lists": lambda _: b"[" * 100_000,
    "bytes that are no text": lambda _: b"\x9b2J\xff",
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
@pytest.mark.parametrize("words", [("tail",), ("tail", "--json")], ids=["in words", "as JSON"])
def test_tail_shows_whatever_stands_in_the_log(
    odd: Callable[[bytes], bytes], words: tuple[str, ...], state: Path, capsys: pytest.CaptureFixture[str]
):
    log = state / "audit.jsonl"
    log.write_bytes(b"\n".join(map(odd, log.read_bytes().splitlines())))
    assert run(state, *words) == Exit.DONE
    assert all(character == "\n" or character.isprintable() for character in capsys.readouterr().out)


def test_tail_shows_a_line_that_is_no_entry_as_one(state: Path, capsys: pytest.CaptureFixture[str]):
    with (state / "audit.jsonl").open("ab") as log:
        log.write(b"torn")
    run(state, "tail", "-n", "1")
    assert "no entry" in capsys.readouterr().out
