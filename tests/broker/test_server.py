"""The broker as its clients meet it: real processes, a real socket, the hook's own client."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from subprocess import DEVNULL

import psutil
import pytest

from agentguard import __version__
from agentguard.audit.log import Log
from agentguard.audit.verify import Finding
from agentguard.broker.api import OverSocket, broker
from agentguard.broker.holds import rebuild
from agentguard.broker.ledger import told
from agentguard.broker.places import Places, places
from agentguard.broker.seat import answers
from agentguard.broker.start import command, ensure, hook_words
from agentguard.cli import main
from agentguard.model.errors import AgentguardError, Refused, Unreachable
from agentguard.model.hold import Decision, State

CROWD = 200
DESTRUCTIVE = "aws s3 rb s3://orders-{} --force"


def event(command_: str, use: str = "toolu_1", **more: object) -> bytes:
    fields = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": use, "session_id": "s1"}
    return json.dumps({**fields, "cwd": "/tmp", "tool_input": {"command": command_}, **more}).encode()


def hook(here: Places, given: bytes) -> subprocess.CompletedProcess[bytes]:
    environ = {"HOME": str(here.state.parent), "PATH": "/usr/bin:/bin", "SHELL": "/bin/bash"}
    words = hook_words(here, "claude-code")
    return subprocess.run(words, input=given, env=environ, capture_output=True, timeout=40, check=False)


def denied(ended: subprocess.CompletedProcess[bytes]) -> str:
    assert ended.returncode == 2, ended
    told = json.loads(ended.stdout)["hookSpecificOutput"]
    assert told["permissionDecision"] == "deny"
    return str(told["permissionDecisionReason"])


def passed(ended: subprocess.CompletedProcess[bytes]) -> bool:
    return (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")


def stop(here: Places) -> None:
    if answers(here):
        broker(here, start=False).stop()
    until(lambda: not answers(here))


def until(holds: Callable[[], bool], patience: float = 10.0) -> None:
    deadline = time.monotonic() + patience
    while not holds():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.02)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Places]:
    """Places where no broker runs yet."""
    here = places(tmp_path / "s", tmp_path / "c")
    here.state.mkdir(mode=0o700)
    here.config.mkdir()
    yield here
    stop(here)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Places]:
    """Places where a broker runs that the tests of this file share."""
    folder = tmp_path_factory.mktemp("b")
    here = places(folder / "s", folder / "c")
    ensure(here)
    yield here
    stop(here)


# Hooks ------------------------------------------------------------------------------------------------------------


def test_the_first_call_starts_the_broker_and_everyday_work_passes(fresh: Places) -> None:
    assert passed(hook(fresh, event("ls -la")))
    assert answers(fresh)
    assert broker(fresh, start=False).status().open_holds == 0


def test_what_destroys_somewhere_unknown_is_held_and_asking_again_joins_the_hold(running: Places) -> None:
    first = denied(hook(running, event(DESTRUCTIVE.format("a"))))
    again = denied(hook(running, event(DESTRUCTIVE.format("a"), "toolu_2")))
    held = [hold for hold in broker(running).pending() if "orders-a" in hold.call]
    assert len(held) == 1
    assert held[0].id in first
    assert held[0].id in again
    assert "nothing has run" in first.lower()


def test_a_tool_that_only_reads_passes(running: Places) -> None:
    assert passed(hook(running, event("", tool_name="Read", tool_input={"file_path": "/etc/passwd"})))


@pytest.mark.parametrize("given", [b"", b"{", b"[]", event("ls", tool_input="ls"), event("ls", tool_name=7)])
def test_an_event_that_cannot_be_read_is_denied(given: bytes, running: Places) -> None:
    assert "could not be read" in denied(hook(running, given))


def test_what_came_of_a_tool_is_taken_without_a_word(running: Places) -> None:
    assert passed(hook(running, event("ls", hook_event_name="PostToolUse")))
    assert passed(hook(running, event("ls", hook_event_name="PostToolUseFailure")))


def test_the_hooks_environment_decides_and_not_the_brokers(running: Places, tmp_path: Path) -> None:
    given = event("aws s3 rb s3://orders-env --force", "toolu_env")
    environ = {"HOME": str(tmp_path), "AWS_PROFILE": "prod-eu"}
    words = hook_words(running, "claude-code")
    ended = subprocess.run(words, input=given, env=environ, capture_output=True, timeout=40, check=False)
    assert denied(ended)
    held = next(hold for hold in broker(running).pending() if "orders-env" in hold.call)
    assert held.tier == "prod"


def raw(here: Places, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Message, bytes]:
    """Status, headers and body of the answer to a request as nobody's client would send it."""
    with closing(OverSocket(here.socket)) as connection:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read()


VERSION = {"Guard-Version": __version__}
BROKEN_REQUESTS = {
    "no lengths": {},
    "lengths that are none": {"Guard-Cwd": "x", "Guard-Environ": "0"},
    "lengths over the body": {"Guard-Cwd": "1", "Guard-Environ": "999"},
    "a negative length": {"Guard-Cwd": "1", "Guard-Environ": "-1"},
    "no directory": {"Guard-Cwd": "0", "Guard-Environ": "0"},
}


@pytest.mark.parametrize("headers", BROKEN_REQUESTS.values(), ids=BROKEN_REQUESTS.keys())
def test_a_request_that_is_not_whole_is_a_denial(headers: dict[str, str], running: Places) -> None:
    status, told, body = raw(running, "/hook/claude-code", b"/" + event("ls"), VERSION | headers)
    assert (status, told["guard-exit"]) == (200, "2")
    assert b'"deny"' in body


def test_a_request_that_is_far_too_large_is_a_denial(running: Places) -> None:
    _, told, _ = raw(running, "/hook/claude-code", b"/" * (19 << 20), {**VERSION, "Guard-Cwd": "1"})
    assert told["guard-exit"] == "2"


@pytest.mark.parametrize("version", [{}, {"Guard-Version": "0.0.1"}], ids=["none", "another"])
def test_a_client_of_another_version_is_denied_with_the_way_out(version: dict[str, str], running: Places) -> None:
    headers = {"Guard-Cwd": "1", "Guard-Environ": "0", **version}
    _, told, body = raw(running, "/hook/claude-code", b"/" + event("ls"), headers)
    assert told["guard-exit"] == "2"
    assert b"agentguard stop" in body
    _, told, body = raw(running, "/hook/claude-code", b"/" + event("ls"), headers | VERSION)
    assert (told["guard-exit"], body) == ("0", b"")


def test_a_call_whose_directory_is_gone_is_judged_where_the_hook_runs(running: Places, tmp_path: Path) -> None:
    (tmp_path / "keep").write_text("x")
    words, environ = hook_words(running, "claude-code"), {"HOME": str(running.state.parent)}
    given = event("rm -rf *", cwd=f"{tmp_path}/gone")
    ended = subprocess.run(words, input=given, env=environ, cwd=tmp_path, capture_output=True, check=False)
    assert b"keep" in ended.stdout


def test_an_agent_nobody_knows_gets_no_answer_that_lets_pass(running: Places) -> None:
    assert raw(running, "/hook/nobody", b"", {})[0] == 404


def test_two_hundred_calls_at_once_are_all_answered_as_they_should_be_and_logged(running: Places) -> None:
    def one(number: int) -> tuple[int, subprocess.CompletedProcess[bytes]]:
        text = DESTRUCTIVE.format(f"crowd-{number}") if number % 2 else f"ls -la # {number}"
        return number, hook(running, event(text, f"crowd-{number}", session_id=f"crowd-{number % 10}"))

    with ThreadPoolExecutor(40) as pool:
        for number, ended in pool.map(one, range(CROWD)):
            assert "HELD ag-" in denied(ended) if number % 2 else passed(ended)
    logged = "".join(path.read_text() for path in running.state.rglob("*.jsonl"))
    assert [number for number in range(CROWD) if f'"crowd-{number}"' not in logged] == []


def test_a_broker_killed_among_many_calls_lets_nothing_through_and_its_log_is_whole(fresh: Places) -> None:
    def one(number: int) -> tuple[int, subprocess.CompletedProcess[bytes]]:
        text = DESTRUCTIVE.format(number) if number % 2 else f"ls # {number}"
        return number, hook(fresh, event(text, f"use-{number}", session_id=f"s{number % 4}"))

    with brokers(fresh) as [first], ThreadPoolExecutor(16) as pool:
        answers_ = pool.map(one, range(60))
        until(lambda: fresh.log.exists() and fresh.log.read_bytes().count(b"\n") > 10)
        first.kill()
        ended = dict(answers_)
    assert all(denied(ended[number]) for number in range(1, 60, 2))
    log = fresh.log.read_text()
    assert [n for n in range(0, 60, 2) if passed(ended[n]) and f'"use-{n}"' not in log] == []
    assert broker(fresh).log_verify().finding is Finding.INTACT
    retold = rebuild([what for entry in Log(fresh.log).entries() if (what := told(entry)) is not None])
    assert all(broker(fresh).hold(hold.id).state is hold.state for hold in retold.values())


# A broken policy --------------------------------------------------------------------------------------------------


def test_a_broken_policy_denies_every_call_with_the_place_and_the_way_out(fresh: Places) -> None:
    (fresh.config / "policy.toml").write_text("oops = 1\n")
    assert "oops" in denied(hook(fresh, event("ls")))
    assert str(fresh.config / "policy.toml") in denied(hook(fresh, event("ls")))
    assert passed(hook(fresh, event("", tool_name="Read", tool_input={})))
    with pytest.raises(AgentguardError, match="oops"):
        broker(fresh).status()


# One broker -------------------------------------------------------------------------------------------------------


@contextmanager
def brokers(here: Places, count: int = 1, **environ: str) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Brokers in the foreground, the first of which answers; whatever comes of the test, none outlives it."""
    environ = {"PATH": os.environ["PATH"], **environ}
    started = [subprocess.Popen(command(here), env=environ, cwd=here.config, stderr=DEVNULL) for _ in range(count)]
    try:
        until(lambda: answers(here), 30)
        yield started
    finally:
        for one in started:
            one.kill()
            one.wait()


def test_of_several_brokers_started_at_once_one_serves(fresh: Places) -> None:
    with brokers(fresh, 3) as racing:
        until(lambda: sum(one.poll() == 0 for one in racing) == 2, 30)
        assert passed(hook(fresh, event("ls")))
        stop(fresh)
        assert [one.wait(10) for one in racing] == [0] * 3


def test_a_broker_keeps_nothing_of_its_starter(fresh: Places) -> None:
    with brokers(fresh, AWS_PROFILE="prod") as [one]:
        assert psutil.Process(one.pid).cwd() == "/"
        assert denied(hook(fresh, event(DESTRUCTIVE.format("x"))))
        assert [hold.tier for hold in broker(fresh).pending()] == ["unknown"]


def test_told_to_end_by_a_signal_it_leaves_no_socket_and_the_next_call_starts_another(fresh: Places) -> None:
    with brokers(fresh) as [one]:
        assert passed(hook(fresh, event("ls")))
        one.send_signal(signal.SIGTERM)
        one.wait(10)
    assert not fresh.socket.exists()
    assert passed(hook(fresh, event("ls")))


def test_after_a_crash_the_stale_socket_is_replaced(fresh: Places) -> None:
    with brokers(fresh):
        pass  # killed where it stands
    assert fresh.socket.exists()
    assert passed(hook(fresh, event("ls")))


# People's requests ------------------------------------------------------------------------------------------------


def test_a_hold_travels_whole(running: Places) -> None:
    reason = denied(hook(running, event(DESTRUCTIVE.format("whole"), "toolu_whole")))
    guard = broker(running)
    held = next(hold for hold in guard.pending() if "orders-whole" in hold.call)
    assert held.id in reason
    assert guard.hold(held.id) == held
    assert guard.card(held.id)
    assert guard.withdraw(held.id).state is State.WITHDRAWN
    assert held.id not in {hold.id for hold in guard.pending()}


def test_a_refusal_arrives_as_one(running: Places) -> None:
    guard = broker(running)
    with pytest.raises(Refused, match="ag-nobodykno"):
        guard.hold("ag-nobodykno")
    with pytest.raises(Refused):
        guard.ballot("ag-nobodykno", Decision.YES, "", "ada", "c")


@pytest.mark.parametrize("text", ["\ud800", "{}", "[" * 100_000], ids=["half a pair", "no ballot", "lists in lists"])
def test_a_vote_that_is_none_is_refused_in_the_brokers_words(text: str, running: Places) -> None:
    given = json.dumps({"body": text, "signature": ""}).encode()
    status, _, told = raw(running, "/v1/holds/ag-x/vote", given, {"Content-Type": "application/json"})
    assert (status, json.loads(told)["error"]) == (403, "refused")


def test_a_request_with_keys_nobody_reads_is_refused(running: Places) -> None:
    status, _, _ = raw(running, "/v1/holds/ag-x/confirm", b'{"person": "ada", "force": true}', {})
    assert status == 422


REFUSED = "a project's file was refused: this is not TOML"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with a policy file that is none."""
    (tmp_path / ".agentguard").mkdir()
    (tmp_path / ".agentguard" / "policy.toml").write_text("[[rule")
    return tmp_path


def test_status_tells_what_is_not_heard_in_this_directory(
    running: Places, project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert broker(running).status().warnings == ()
    (warning,) = broker(running).status(str(project)).warnings
    assert warning.startswith(REFUSED)
    monkeypatch.chdir(project)
    assert main.run(["status", "--state", str(running.state), "--config", str(running.config)]) == 0
    assert f"not heard   {REFUSED}" in capsys.readouterr().out


@pytest.mark.parametrize("told", [b'{"since": 1, "zeal": 2}', b"{}", b"[1]"])
def test_a_broker_that_spells_its_answers_otherwise_is_told_as_one_of_another_version(
    told: bytes, fresh: Places
) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(told)
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(fresh.socket))
        other.listen()

        def answer() -> None:
            with other.accept()[0] as connection:
                connection.recv(1 << 16)
                connection.sendall(head + told)

        threading.Thread(target=answer, daemon=True).start()
        with pytest.raises(Unreachable, match="agentguard stop"):
            broker(fresh, start=False).status()
    fresh.socket.unlink()


def test_without_a_broker_a_command_says_so(fresh: Places) -> None:
    with pytest.raises(Unreachable, match="no broker runs"):
        broker(fresh, start=False)


def test_the_commands_about_the_broker_speak_of_it(fresh: Places) -> None:
    def agentguard(*words: str) -> subprocess.CompletedProcess[str]:
        line = [
            sys.executable,
            "-I",
            "-m",
            "agentguard",
            *words,
            "--state",
            str(fresh.state),
            "--config",
            str(fresh.config),
        ]
        return subprocess.run(line, capture_output=True, text=True, check=False)

    assert "no broker runs" in agentguard("status").stdout
    reason = denied(hook(fresh, event(DESTRUCTIVE.format("b"))))
    told = agentguard("status").stdout
    assert "open holds  1" in told
    assert "advisory" in told
    hold_id = reason[reason.index("ag-") :][:13]
    waited = agentguard("wait", hold_id, "--timeout", "0")
    assert (waited.returncode, "still waits" in waited.stdout) == (75, True)
    assert agentguard("stop").returncode == 0
    assert not answers(fresh)
    assert "no broker runs" in agentguard("stop").stderr
