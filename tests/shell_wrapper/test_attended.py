"""What runs as our child: signals reach it once, it stops and goes on with us, and nobody waits for us longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agentguard.broker.api import broker
from agentguard.model.hold import State
from tests.shell_wrapper.stage import BASH, Stage, passed
from tests.shell_wrapper.test_doors import refused, told_by_the_hook
from tests.shell_wrapper.test_same_as_bare import AS_A_CHILD

COUNTS = """
for name in TERM HUP USR1 USR2 WINCH QUIT INT; do trap "echo $name" $name; done
trap 'exit 5' ALRM
echo ready $$
while :; do sleep 0.02; done
"""


def trappable() -> None:
    """No shell can trap what was ignored when it started, as all is below `nohup`."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def running(stage: Stage, line: str) -> Iterator[subprocess.Popen[str]]:
    """A line as our child in a group of its own; it has said that it is ready."""
    words = (str(stage.prefix), AS_A_CHILD.format(line))
    options: dict[str, object] = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    options |= {"preexec_fn": trappable, "start_new_session": True}
    with subprocess.Popen(words, cwd=stage.work, env=stage.environ(), **options) as ours:  # type: ignore[call-overload]
        try:
            yield ours
        finally:
            if ours.poll() is None:
                os.killpg(ours.pid, signal.SIGKILL)


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.01)


def state(process: int) -> str:
    """Its letter, as the kernel has it; "" where it is gone."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


SENT = ["TERM", "HUP", "USR1", "USR2", "WINCH", "QUIT", "INT"]


@pytest.mark.parametrize("whom", ["us alone", "the group"])
def test_a_signal_comes_once_whomever_it_was_sent_to(whom: str, stage: Stage) -> None:
    send = os.kill if whom == "us alone" else os.killpg
    with running(stage, COUNTS) as ours:
        assert ours.stdout
        assert ours.stdout.readline().startswith("ready")
        for name in SENT:
            send(ours.pid, getattr(signal, f"SIG{name}"))
            assert ours.stdout.readline() == f"{name}\n"
        time.sleep(0.2)  # in which one that comes twice would come again
        send(ours.pid, signal.SIGALRM)
        assert ours.wait(10) == 5
        assert ours.stdout.read() == ""


def test_it_stops_and_goes_on_with_us(stage: Stage) -> None:
    with running(stage, "echo ready $$; while :; do sleep 0.02; done") as ours:
        assert ours.stdout
        child = int(ours.stdout.readline().split()[1])
        os.kill(child, signal.SIGSTOP)
        _, status = os.waitpid(ours.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        assert os.WSTOPSIG(status) == signal.SIGSTOP
        os.kill(ours.pid, signal.SIGCONT)
        until(lambda: state(child) in ("S", "R"))
        os.killpg(ours.pid, signal.SIGSTOP)
        until(lambda: (state(child), state(ours.pid)) == ("T", "T"))
        os.killpg(ours.pid, signal.SIGCONT)
        until(lambda: state(child) in ("S", "R") and state(ours.pid) in ("S", "R"))
        os.kill(ours.pid, signal.SIGTERM)
        assert ours.wait(10) == -signal.SIGTERM


AT_A_TERMINAL = """
import os, pty, sys
child, terminal = pty.fork()
if not child:
    os.environ["PS1"] = "$ "
    os.execv("/bin/bash", ["bash", "--norc", "--noprofile"])
seen = b""
def until(word):
    global seen
    while word not in seen:
        seen += os.read(terminal, 1000)
    seen = seen.partition(word)[2]
os.write(terminal, sys.argv[1].encode() + b"\\n")
until(b"ready")
os.write(terminal, b"\\x1a")
until(b"Stopped")
os.write(terminal, b"fg\\n")
until(b"gone on")
os.write(terminal, b"\\x03")
until(b"$ ")
os.write(terminal, b"echo status $?\\n")
until(b"status 130")
print("as ever")
"""


@pytest.mark.parametrize("start", [f"{BASH} -c", "ours"])
def test_the_keys_of_a_terminal_stop_it_and_end_it(start: str, stage: Stage) -> None:
    line = AS_A_CHILD.format("trap 'echo gone on' CONT; echo re''ady; while :; do sleep 0.02; done")
    (stage.work / "line").write_text(line)
    started = f'{start.replace("ours", str(stage.prefix))} "$(cat line)"'
    ended = stage.run(sys.executable, "-I", "-c", AT_A_TERMINAL, started)
    assert ended.stdout == b"as ever\n", ended


def test_where_we_are_killed_it_is_killed(stage: Stage) -> None:
    with running(stage, "echo ready $$; while :; do sleep 0.02; done") as ours:
        assert ours.stdout
        child = int(ours.stdout.readline().split()[1])
        ours.kill()
        assert ours.wait(10) == -signal.SIGKILL
        until(lambda: state(child) in ("", "Z"))
    stage.run(str(stage.prefix), "mkdir -p made")  # the next call finds that it is gone
    lost = [entry["body"] for entry in stage.entries() if entry["kind"] == "ended" and entry["body"]["status"] is None]
    assert [body["message"] for body in lost] == ["nothing could see the outcome: what waited for it was killed"]


def test_who_waits_for_its_output_to_end_does_not_wait_for_us(stage: Stage) -> None:
    with running(stage, "echo on; exec >&- 2>&-; while :; do sleep 0.02; done") as ours:
        assert ours.stdout
        assert ours.stdout.read() == "on\n"
        assert ours.poll() is None


def test_it_leaves_no_process_behind(stage: Stage) -> None:
    with running(stage, "echo ready; while [ ! -e go ]; do sleep 0.02; done") as ours:
        assert ours.stdout
        assert ours.stdout.readline() == "ready\n"
        group = subprocess.run(["pgrep", "-g", str(ours.pid)], capture_output=True, check=True).stdout.split()
        (stage.work / "go").touch()
        assert ours.wait(10) == 0
    (stage.work / "go").unlink()
    assert len(group) >= 3
    assert [process for process in group if state(int(process))] == []


def test_a_broker_that_is_gone_changes_no_end(stage: Stage, tmp_path: Path) -> None:
    there = stage.here.socket
    with running(stage, "echo ready; while [ ! -e go ]; do sleep 0.02; done; exit 9") as ours:
        assert ours.stdout
        assert ours.stdout.readline() == "ready\n"
        there.rename(tmp_path / "away")
        (stage.work / "go").touch()
        status = ours.wait(10)
        (tmp_path / "away").rename(there)
    (stage.work / "go").unlink()
    assert status == 9


# What the record says ------------------------------------------------------------------------------------------------


def test_the_hold_of_a_call_has_its_exact_outcome(stage: Stage) -> None:
    line = "git reset --hard HEAD~51; exit 3"
    hold = told_by_the_hook(stage.hook(line, mode="dontAsk"))
    stage.confirm(hold)
    assert passed(stage.hook(line, mode="dontAsk", use="toolu_51"))
    assert stage.wrapped(line).returncode == 3
    stage.last("fail")
    kept = broker(stage.here).hold(hold[hold.index("ag-") :][:13])
    assert (kept.state, kept.exit_status, kept.message) == (State.FAILED, 3, "ended with status 3")
    again = told_by_the_hook(stage.hook(line, mode="dontAsk"))
    assert "Asked again after a failure (2 times now; the last: ended with status 3)." in again


def test_a_shim_tells_what_came_of_its_program(stage: Stage) -> None:
    held = refused(stage.run(str(stage.shims / "git"), "reset", "--hard", "HEAD~52"))
    stage.confirm(held)
    (stage.stubs / "git").rename(stage.stubs / "git-kept")
    (stage.stubs / "git").write_text("#!/bin/sh\nkill -USR1 $$\n")
    (stage.stubs / "git").chmod(0o755)
    ended = stage.run(str(stage.shims / "git"), "reset", "--hard", "HEAD~52")
    (stage.stubs / "git-kept").rename(stage.stubs / "git")
    assert ended.returncode == -signal.SIGUSR1
    stage.last("fail")
    kept = broker(stage.here).hold(held[held.index("ag-") :][:13])
    assert (kept.exit_status, kept.message) == (-signal.SIGUSR1, f"ended by signal {signal.SIGUSR1:d}")
