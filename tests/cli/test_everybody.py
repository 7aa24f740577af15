"""Managed settings guard every user of a machine: each is led to a broker of their own, and by no variable."""

from __future__ import annotations

import json
import os
import shlex
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentguard.broker.places import of_everybody
from tests.everybody import own_machine

GUARD = (sys.executable, "-I", "-m", "agentguard")
STATE = ".local/state/agentguard"


@dataclass(frozen=True)
class Machine:
    """A machine whose only user lives in `home`, and what an agent has made of their variables."""

    folder: Path
    home: Path

    def run(self, *words: str, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        elsewhere = str(self.folder / "elsewhere")
        led = {
            "HOME": elsewhere,
            "XDG_STATE_HOME": elsewhere,
            "XDG_CONFIG_HOME": elsewhere,
            "AGENTGUARD_STATE": elsewhere,
        }
        line = own_machine(self.folder / "machine", self.home, *words)
        return subprocess.run(
            line,
            input=given,
            env={"PATH": "/usr/bin:/bin", **led, **environ},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def shell(self, line: str, given: str = "", **environ: str) -> subprocess.CompletedProcess[str]:
        return self.run("/bin/sh", "-c", line, given=given, **environ)

    def broker(self) -> int:
        return int((self.home / STATE / "broker.lock").read_text())


@pytest.fixture
def machine(tmp_path: Path) -> Iterator[Machine]:
    made = Machine(tmp_path, tmp_path / "h")
    made.home.mkdir()
    if not own_machine(tmp_path / "machine", made.home, "true"):
        pytest.skip("this system gives no namespaces")
    yield made
    if (made.home / STATE / "broker.lock").exists():
        os.kill(made.broker(), signal.SIGTERM)


def event(command: str) -> str:
    told = {"session_id": "s", "hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t"}
    return json.dumps({**told, "cwd": "/", "tool_input": {"command": command}})


def installed(machine: Machine, *more: str) -> dict[str, object]:
    ended = machine.run(*GUARD, "install", "claude-code", "--managed", "--yes", *more)
    assert ended.returncode == 0, ended.stderr
    settings: dict[str, object] = json.loads(
        (machine.folder / "machine/upper/etc/claude-code/managed-settings.json").read_text()
    )
    return settings


def hook(settings: dict[str, object]) -> str:
    return str(settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"])  # type: ignore[index]  # it is JSON


def test_the_hook_leads_each_user_to_their_own_broker(machine: Machine) -> None:
    command = hook(installed(machine))
    assert str(machine.home) not in command
    assert machine.shell(command, event("pwd")).returncode == 0
    denied = machine.shell(command, event("rm -rf /"))
    assert (denied.returncode, "BLOCKED" in denied.stderr) == (2, True)
    assert stat.S_IMODE((machine.home / STATE).stat().st_mode) == 0o700
    assert (machine.home / STATE / "audit.jsonl").exists()
    assert not (machine.folder / "elsewhere").exists()


def test_a_user_without_a_home_is_denied(machine: Machine) -> None:
    command = hook(installed(machine))
    machine.home.rmdir()
    ended = machine.shell(command, event("pwd"))
    assert ended.returncode == 2
    assert f"{machine.home}/.local cannot be made" in ended.stderr


def test_the_launchers_of_everybody_ask_the_same_broker(machine: Machine) -> None:
    for words in (("shell", "install", "--managed"), ("shims", "install", "--managed", "--all")):
        ended = machine.run(*GUARD, *words)
        assert ended.returncode == 0, ended.stderr
    everybodys, above = of_everybody(), machine.folder / "machine/upper"
    for launcher in (everybodys.shell / "agentguard-shell", everybodys.shims / "agentguard-shim"):
        own = above / launcher.relative_to("/")
        assert [stat.S_IMODE(path.stat().st_mode) for path in (own, own.parent)] == [0o755, 0o755]
    settings = installed(machine, "--path", "/usr/bin:/bin")
    assert settings["env"] == {
        "CLAUDE_CODE_SHELL_PREFIX": str(everybodys.shell / "agentguard-shell"),
        "PATH": f"{everybodys.shims}:/usr/bin:/bin",
    }
    prefix = str(everybodys.shell / "agentguard-shell")
    assert machine.run(prefix, "echo hi").stdout == "hi\n"
    assert machine.run(prefix, "rm -rf /").returncode == 77
    path = f"{everybodys.shims}:/usr/bin:/bin"
    assert machine.shell("dropdb -h db.prod.example.com shop", PATH=path).returncode in (77, 127)
    assert machine.shell(f"find {machine.home}/{STATE} -name audit.jsonl -delete", PATH=path).returncode == 77
    assert (machine.home / STATE / "audit.jsonl").exists()
    own = machine.run("/bin/bash", "-c", f"{prefix} {shlex.quote(hook(settings))}", given=event("rm -rf /"))
    assert own.returncode == 2  # the hook's own line passes the prefix, and denies


def test_the_doctor_knows_everybodys_hook_for_its_own(machine: Machine) -> None:
    for words in (("shell", "install", "--managed"), ("shims", "install", "--managed", "--all")):
        machine.run(*GUARD, *words)
    installed(machine, "--path", "/usr/bin:/bin")
    home = {"HOME": str(machine.home), "XDG_STATE_HOME": "", "XDG_CONFIG_HOME": ""}
    line = f"unset XDG_STATE_HOME XDG_CONFIG_HOME AGENTGUARD_STATE; exec {shlex.join(GUARD)} doctor --json"
    ended = machine.run("/bin/sh", "-c", line, **home)
    told = json.loads(ended.stdout)
    good = {one["check"] for one in told["checks"] if one["result"] == "good"}
    assert good >= {"settings", "denies", "no broker", "deadline", "itself", "record", "shell", "shims", "state", "log"}
    assert {one["check"] for one in told["checks"] if one["result"] == "bad"} <= {"reach"}  # whose this checkout is
