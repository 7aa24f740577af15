"""Whatever breaks, nothing runs: every way in which Claude Code's hooks are known to fail open, and our own parts.

Most rows are those of Claude Code itself: it takes a hook that ends with 1, is killed, hangs or is not there for a yes,
unless the settings say `onFailure: "block"`, and takes cut JSON and endless output for a yes even then. So the settings
that `install` writes are what the first rows test, and that our client never ends like that is tested by the others.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from examples.demo.world import held
from tests.claude.model import Dialogue, Told
from tests.claude.shop import DROP, Shop, bash

pytestmark = pytest.mark.claude

MARK = "touch made"  # a line that runs where nothing is broken
SOON = 30.0  # seconds until what a test waits for must have come

BLOCKED = 'failed; blocking because onFailure is "block"'  # how Claude Code says that a setting of ours stopped it
HOOKS = {
    "is not there": ("/nonexistent/agentguard", BLOCKED),
    "has lost its client": (f"{sys.executable} -I -S /nonexistent/agentguard/client.py", "can't open file"),
    "ends with 1": ("exit 1", BLOCKED),
    "is killed": ("kill -9 $$", BLOCKED),
    "is killed in the middle of its answer": ("printf '{\"hookSpecificOutput\": {'; kill -9 $$", BLOCKED),
    "hangs": ("exec sleep 20", 'timed out; blocking because onFailure is "block"'),
}
HOLES = {
    "a hook that ends with 1, without what install writes": ("exit 1", {"onFailure": "continue"}),
    "JSON that is cut, whatever the settings say": ("printf '{\"hookSpecificOutput\": {'", {}),
}


def denied(shop: Shop) -> str:
    """What the model is told of a line that must not run, and does not."""
    heard: list[Told] = []

    def dialogue() -> Dialogue:
        heard.append((yield bash(MARK)))

    shop.talk(dialogue())
    assert not (shop.checkout / "made").exists()
    assert heard[0].failed
    return heard[0].text


def broken(shop: Shop, command: str, **changes: object) -> None:
    """Let the installed entry run another command; everything else in it stays, but for `changes`."""
    settings = json.loads(shop.settings.read_text())
    handler = settings["hooks"]["PreToolUse"][0]["hooks"][0]
    handler.update(command=command, **changes)
    shop.settings.write_text(json.dumps(settings))


def killed(broker: int) -> None:
    """Kill a broker, and wait until it is gone: a call that still reaches it is denied, and rightly."""
    process = psutil.Process(broker)
    process.kill()
    until = time.monotonic() + SOON
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < until
        time.sleep(0.01)


@pytest.mark.parametrize(("command", "told"), HOOKS.values(), ids=HOOKS.keys())
def test_nothing_runs_where_the_hook(shop: Shop, command: str, told: str):
    broken(shop, command, **({"timeout": 1} if "sleep" in command else {}))
    assert told in denied(shop)


@pytest.mark.parametrize(("command", "changes"), HOLES.values(), ids=HOLES.keys())
def test_the_hole_is_real(shop: Shop, command: str, changes: dict[str, object]):
    """Claude Code takes this for a yes. So these tests would see a hole of ours."""
    broken(shop, command, **changes)

    def dialogue() -> Dialogue:
        assert not (yield bash(MARK)).failed

    shop.talk(dialogue())
    assert (shop.checkout / "made").exists()


@contextmanager
def hanging(shop: Shop) -> Iterator[int]:
    """A broker that does not go on; its process."""
    shop.world.guard("pending")  # starts it
    broker = shop.broker
    os.kill(broker, signal.SIGSTOP)
    try:
        yield broker
    finally:
        with suppress(ProcessLookupError):
            os.kill(broker, signal.SIGCONT)


def test_a_client_that_is_killed_lets_nothing_run(shop: Shop):
    with hanging(shop), meanwhile(lambda: client_of(shop).kill()):
        assert BLOCKED in denied(shop)


def test_a_client_that_outlasts_claudes_patience_lets_nothing_run(shop: Shop):
    shop.rewrite('"timeout": 60', '"timeout": 1')
    with hanging(shop):
        assert "timed out" in denied(shop)


def test_a_broker_that_hangs_lets_nothing_run(shop: Shop):
    shop.rewrite(" claude-code 30 ", " claude-code 1 ")
    with hanging(shop):
        assert "did not answer in time" in denied(shop)


def test_a_broker_that_is_killed_with_a_call_in_hand_lets_nothing_run(shop: Shop):
    with hanging(shop) as broker, meanwhile(lambda: client_of(shop) and os.kill(broker, signal.SIGKILL)):
        assert "ended before it had answered" in denied(shop)


def test_after_a_broker_was_killed_the_next_one_knows_what_is_held_and_approved(shop: Shop):
    def dialogue() -> Dialogue:
        first = held((yield bash(DROP)).text)
        killed(shop.broker)
        assert held((yield bash(DROP)).text) == first
        shop.approve(first)
        killed(shop.broker)
        assert not (yield bash(DROP)).failed
        assert held((yield bash(DROP)).text) != first

    shop.talk(dialogue())
    assert len(shop.ran) == 1
    assert "intact" in shop.world.guard("log", "verify")


def test_a_broken_policy_lets_nothing_run_and_says_where(shop: Shop):
    policy = next(shop.world.home.rglob("environments.toml"))
    policy.write_text(policy.read_text().replace('tier = "prod"', 'tier = "prodution"'))
    told = denied(shop)
    assert "prodution" in told
    assert policy.name in told


def http(output: bytes, *, exit_: str = "0", length: int = 0) -> bytes:
    """A broker's answer; `length` bytes of it are missing."""
    head = f"HTTP/1.1 200 OK\r\nguard-exit: {exit_}\r\nguard-stdout: {len(output)}\r\n"
    return f"{head}content-length: {len(output) + length}\r\n\r\n".encode() + output


ANSWERS = {
    "no HTTP": b"{}\n",
    "an exit status that Claude Code takes for a yes": http(b"", exit_="1"),
    "JSON that is cut": http(b'{"hookSpecificOutput": {"hookEventName', length=9),
    "JSON that is cut and called whole": http(b'{"hookSpecificOutput": {"hookEventName'),
    "20 MB": http(b"x" * (20 << 20)),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_nothing_runs_where_the_broker_answers(shop: Shop, answer: bytes):
    with answering(shop.socket, answer):
        assert "could not be read" in denied(shop)


@contextmanager
def answering(path: Path, answer: bytes) -> Iterator[None]:
    """A broker that has the same answer to everything."""

    def serve() -> None:
        with suppress(OSError):  # the listener is closed, or a client has had enough
            while True:
                connection, _ = listening.accept()
                with connection, suppress(BrokenPipeError, ConnectionResetError):
                    connection.recv(1 << 20)
                    connection.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(8)
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join(SOON)
            path.unlink()


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Something that happens while the block runs, and has happened when it ends."""
    failures: list[BaseException] = []

    def acting() -> None:
        try:
            act()
        except BaseException as failure:  # noqa: BLE001 - raised again in the test's own thread
            failures.append(failure)

    thread = threading.Thread(target=acting)
    thread.start()
    try:
        yield
    finally:
        thread.join(SOON)
    assert not failures, failures


def client_of(shop: Shop) -> psutil.Process:
    """The hook's client, once it has sent its event and does nothing but wait for the answer."""
    deadline = time.monotonic() + SOON
    idle: tuple[int, object] | None = None
    while time.monotonic() < deadline:
        client = next((one for one in psutil.process_iter(["cmdline"]) if _is_client(one, shop.words)), None)
        if client is not None and client.status() == psutil.STATUS_SLEEPING:
            before, idle = idle, (client.pid, client.cpu_times())
            if before == idle:
                return client
        time.sleep(0.15)
    raise AssertionError("no client came")


def _is_client(process: psutil.Process, words: list[str]) -> bool:
    return (process.info["cmdline"] or [])[: len(words)] == words
