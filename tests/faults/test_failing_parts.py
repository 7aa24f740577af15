"""What the broker stands on fails: each ends in a clear denial or a correct answer, and no approval is lost."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Timer

import pytest

from agentguard.audit.log import Log
from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.broker.seat import answers
from agentguard.broker.start import command
from agentguard.model.hold import State
from tests.faults.storm import COMMANDS, PATIENCE, Sea, a_sea, brokers_of
from tests.faults.told import Answer, Findings, Kind, Reply, settled

pytestmark = pytest.mark.slow  # each row starts, breaks and mends a real broker

HOUR = 3_600_000  # milliseconds
RACES = 20
LONG = 300_000  # bytes that a log has before its disk is full: more than the store needs for itself
LEFT = {"as it starts": 150, "in the middle of a release": 500}  # bytes that are left: an entry of a start has 330
FULL = """\
import os, resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
os.execv(sys.argv[2], sys.argv[2:])
"""  # becomes a program that may make no file longer than so many bytes
ORDINARY = ("setpriv", "--bounding-set=-dac_override,-dac_read_search")  # root whom a file's mode stops


@pytest.fixture
def sea(tmp_path: Path) -> Iterator[Sea]:
    with a_sea(tmp_path) as sea:
        yield sea


@contextmanager
def serving(here: Places, *before: str, count: int = 1) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Brokers in the foreground, started by the words `before`; killed where they stand at the end."""
    started = [subprocess.Popen([*before, *command(here)], stderr=subprocess.DEVNULL) for _ in range(count)]
    try:
        until_answered(here)
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()


def until_answered(here: Places) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(here):
        assert time.monotonic() < deadline, "no broker came up"
        time.sleep(0.02)


def look(sea: Sea, number: int = 0) -> Reply:
    return sea.call(Kind.HARMLESS, COMMANDS[Kind.HARMLESS].format(number), f"look-{number}", "s")


def drop(sea: Sea, use: str) -> Reply:
    return sea.call(Kind.RISKY, COMMANDS[Kind.RISKY].format("x"), use, "s")


def approved(sea: Sea) -> None:
    """The risky call, held and approved; whoever asks for it next may have it."""
    hold_id = drop(sea, "first").hold
    assert sea.approve(hold_id)
    sea.diary.tried.append((hold_id, State.RELEASED))


def runs_once(sea: Sea) -> None:
    """The approved call passes now, not twice, and all that was told is so."""
    assert [drop(sea, "then").answer, drop(sea, "after").answer] == [Answer.PASSED, Answer.DENIED]
    assert settled(sea.diary, Log(sea.here.log), broker(sea.here)) == Findings((), (), ())


@contextmanager
def locked(store: Path) -> Iterator[sqlite3.Connection]:
    """Another process' change, as far as SQLite can tell: another connection that writes and does not end."""
    with closing(sqlite3.connect(store, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


def test_a_store_that_another_locks_denies_what_waits_too_long_and_loses_no_approval(sea: Sea):
    approved(sea)
    with locked(sea.here.store):
        assert "database is locked" in drop(sea, "while").why
    runs_once(sea)


def test_a_store_that_another_locks_for_a_moment_is_waited_for(sea: Sea):
    approved(sea)
    with locked(sea.here.store) as other:
        Timer(1.0, other.execute, ["COMMIT"]).start()
        assert look(sea).answer is Answer.PASSED
    runs_once(sea)


def passes_once_it_is_mended(sea: Sea) -> None:
    """Without anybody who stops the broker; one that could not judge is asked at first."""
    deadline = time.monotonic() + PATIENCE
    while look(sea).answer is not Answer.PASSED:
        assert time.monotonic() < deadline, "what kept the broker from judging is remembered"
        time.sleep(0.2)


def test_a_log_that_cannot_be_opened_denies_every_call_and_says_why_until_it_can(sea: Sea):
    sea.here.log.mkdir()
    for reply in (look(sea), drop(sea, "while")):
        assert reply.answer is Answer.DENIED
        assert str(sea.here.log) in reply.why
    sea.here.log.rmdir()
    passes_once_it_is_mended(sea)


def test_a_policy_that_does_not_load_denies_every_call_and_says_why_until_it_does(sea: Sea):
    policy = sea.here.config / "policy.toml"
    policy.write_text("oops = 1\n")
    for reply in (look(sea), drop(sea, "while")):
        assert reply.answer is Answer.DENIED
        assert str(policy) in reply.why
    policy.unlink()
    passes_once_it_is_mended(sea)


@pytest.mark.parametrize("left", LEFT.values(), ids=LEFT.keys())
def test_a_disk_that_is_full_denies_and_loses_no_approval(sea: Sea, left: int):
    approved(sea)
    broker(sea.here).stop()
    with closing(_log_when_free(sea.here)) as log:
        log.append("filler", {"of": "x" * LONG}, time.time_ns() // 1_000_000)
    room = str(sea.here.log.stat().st_size + left)
    with serving(sea.here, sys.executable, "-c", FULL, room):
        replies = [drop(sea, "while"), look(sea, 1), look(sea, 2)]
        assert {reply.answer for reply in replies} == {Answer.DENIED}
        assert "the disk is full" in replies[0].why
    runs_once(sea)


def _log_when_free(here: Places) -> Log:
    while brokers_of(here):  # the socket goes first, and then the log is told of the end
        time.sleep(0.02)
    return Log(here.log)


def test_a_clock_that_goes_back_holds_what_is_approved_and_says_so(sea: Sea):
    approved(sea)
    with closing(Log(sea.here.log)) as log:
        log.append("filler", {}, time.time_ns() // 1_000_000 + HOUR)  # so the clock has gone back by an hour since
    assert look(sea).answer is Answer.PASSED
    assert "clock went back" in drop(sea, "while").why


def test_of_two_brokers_that_race_for_the_seat_of_a_killed_one_exactly_one_serves(sea: Sea):
    for number in range(RACES):
        with serving(sea.here, count=2) as racing:
            assert look(sea, number).answer is Answer.PASSED
            deadline = time.monotonic() + PATIENCE
            while all(one.poll() is None for one in racing):
                assert time.monotonic() < deadline, "both of them serve"
                time.sleep(0.02)
            assert sorted(str(one.poll()) for one in racing) == ["0", "None"]
    approved(sea)
    runs_once(sea)


@contextmanager
def read_only(directory: Path) -> Iterator[None]:
    directory.chmod(0o500)
    try:
        yield
    finally:
        directory.chmod(0o700)


@pytest.fixture
def ordinary() -> tuple[str, ...]:
    """The words before a command that a file's mode is to stop; root must be made to heed it."""
    if os.geteuid():
        return ()
    if not shutil.which(ORDINARY[0]):
        pytest.skip("root heeds no file's mode, and there is no setpriv to change that")
    return ORDINARY


def test_in_a_state_that_is_read_only_no_broker_starts_and_every_call_is_denied(sea: Sea, ordinary: tuple[str, ...]):
    with read_only(sea.here.state):
        reply = replace(sea, before=ordinary).call(Kind.HARMLESS, "ls", "while", "s")
        assert reply.answer is Answer.DENIED
        assert "PermissionError" in reply.why
        words = [*ordinary, *command(sea.here)]
        ended = subprocess.run(words, capture_output=True, text=True, timeout=PATIENCE, check=False)
        assert ended.returncode == 1
        assert "Traceback" not in ended.stderr
    assert look(sea).answer is Answer.PASSED


def test_a_state_that_becomes_read_only_under_the_broker_releases_nothing(sea: Sea, ordinary: tuple[str, ...]):
    with serving(sea.here, *ordinary):
        approved(sea)
        with read_only(sea.here.state):
            reply = drop(sea, "while")
            assert reply.answer is Answer.DENIED
        runs_once(sea)
