"""Kiro's hook as it is installed: the command from Kiro's own files, run as Kiro runs it, against a real broker."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentguard.broker.api import broker
from agentguard.broker.context import os_user
from agentguard.broker.places import places
from agentguard.broker.seat import answers
from agentguard.broker.start import ensure

AGENT = '{\n  "name": "dev",\n  "tools": ["*"]\n}\n'


@dataclass(frozen=True, slots=True)
class Home:
    """A home with Kiro in it, and the variables its programs are started with."""

    path: Path
    state: Path

    @property
    def environ(self) -> dict[str, str]:
        return {"HOME": str(self.path), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "SHELL": "/bin/bash"}

    def agentguard(self, *words: str) -> subprocess.CompletedProcess[str]:
        words = (sys.executable, "-I", "-m", "agentguard", *words)
        return subprocess.run(
            words,
            env=self.environ,
            cwd=self.path,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def hook(self, tool: str, given: object, **more: object) -> subprocess.CompletedProcess[str]:
        told = {"hook_event_name": "preToolUse", "cwd": str(self.path), "tool_name": tool, "tool_input": given, **more}
        return self.run(self.commands()[0], input=json.dumps(told))

    def run(self, command: str, **more: object) -> subprocess.CompletedProcess[str]:
        words = ["/bin/sh", "-c", command]
        return subprocess.run(  # type: ignore[call-overload,no-any-return]  # what it is fed is the caller's
            words, env=self.environ, cwd=self.path, capture_output=True, text=True, check=False, timeout=20, **more
        )

    def commands(self) -> list[str]:
        """The command in the agent's file, and the one in the file of hooks."""
        agent = json.loads((self.path / ".kiro/agents/dev.json").read_text())["hooks"]["preToolUse"][0]
        assert (agent["matcher"], agent["cache_ttl_seconds"]) == ("*", 0)
        found = json.loads((self.path / ".kiro/hooks/agentguard.json").read_text())
        (hook,) = found["hooks"]
        assert (found["version"], hook["trigger"], hook["matcher"], hook["enabled"]) == ("v1", "PreToolUse", ".*", True)
        return [agent["command"], hook["action"]["command"]]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    folder = tmp_path_factory.mktemp("k")
    made = Home(folder, folder / "s")
    agent = folder / ".kiro/agents/dev.json"
    agent.parent.mkdir(parents=True)
    agent.write_text(AGENT)
    ended = made.agentguard(
        "install", "kiro", "--user", "--yes", "--state", str(made.state), "--config", str(folder / "c")
    )
    assert ended.returncode == 0, ended.stderr
    assert "the tools of a subagent" in ended.stderr
    here = places(made.state, folder / "c")
    ensure(here)  # a cold start may take longer than Kiro waits
    yield made
    if answers(here):
        broker(here, start=False).stop()
    ended = made.agentguard("uninstall", "kiro", "--user", "--yes")
    assert ended.returncode == 0, ended.stderr
    assert agent.read_text() == AGENT
    assert [path.name for path in (folder / ".kiro").rglob("*") if path.is_file()] == ["dev.json"]


def test_both_files_start_the_same_client_with_a_deadline_under_five_seconds(home: Home) -> None:
    one, other = home.commands()
    assert one.replace(" kiro 4 ", " kiro-hooks 4 ") == other != one


def test_everyday_work_passes_without_a_word(home: Home) -> None:
    for tool, given in (
        ("execute_bash", {"command": "ls -la"}),
        ("fs_read", {"operations": []}),
        ("use_aws", {"service_name": "s3api", "operation_name": "list-buckets", "region": "eu-west-1"}),
        ("@postgres/query", {"sql": "SELECT 1"}),
    ):
        ended = home.hook(tool, given)
        assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", ""), tool


HELD = {
    "an AWS call": (
        "use_aws",
        {
            "service_name": "rds",
            "operation_name": "delete-db-instance",
            "parameters": {"DBInstanceIdentifier": "shop", "skip-final-snapshot": ""},
            "region": "eu-west-1",
        },
        "shop",
    ),
    "a shell line": ("execute_bash", {"command": "aws s3 rb s3://orders --force"}, "orders"),
    "an MCP tool that carries SQL": ("@prod-db/query", {"sql": "DROP TABLE orders"}, "orders"),
}


@pytest.mark.parametrize(("tool", "given", "what"), HELD.values(), ids=HELD.keys())
def test_what_others_would_lose_is_held_and_the_model_is_told(tool: str, given: object, what: str, home: Home) -> None:
    ended = home.hook(tool, given)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("HELD ag-")
    assert what in ended.stderr


def test_a_question_waits_for_a_terminal_of_the_developers_own(home: Home) -> None:
    lost = home.path / "own.txt"
    lost.write_text("mine")
    ended = home.hook("execute_bash", {"command": f"rm {lost}", "working_dir": "/tmp"})
    assert ended.returncode == 2
    assert "agentguard confirm ag-" in ended.stderr


@pytest.mark.parametrize(
    "name", [".kiro/hooks/agentguard.json", ".kiro/agents/dev.json", ".kiro/settings/permissions.yaml"]
)
def test_an_agent_cannot_take_its_own_hook_away(name: str, home: Home) -> None:
    for tool, given in (
        ("fs_write", {"command": "create", "path": f"~/{name}", "file_text": "{}"}),
        ("strReplace", {"path": name, "oldStr": "x", "newStr": "y"}),
        ("deleteFile", {"targetFile": name}),
        ("execute_bash", {"command": f"rm -f ~/{name}"}),
    ):
        ended = home.hook(tool, given)
        assert ended.returncode == 2, tool
        assert ended.stderr.startswith("BLOCKED"), tool


def test_an_event_that_cannot_be_read_is_denied(home: Home) -> None:
    ended = home.hook("fs_write", {"command": "frobnicate", "path": "/a"})
    assert ended.returncode == 2
    assert "could not be read" in ended.stderr


def test_a_standard_input_that_never_closes_is_denied_within_five_seconds(home: Home) -> None:
    reading, writing = os.pipe()
    begun = time.monotonic()
    ended = home.run(home.commands()[0].replace(" kiro 4 ", " kiro 1 "), stdin=reading)
    os.close(reading)
    os.close(writing)
    assert ended.returncode == 2
    assert "in time" in ended.stderr
    assert time.monotonic() - begun < 5


def approved(home: Home, hold_id: str) -> None:
    """The hold's own person says yes, past the terminal that `confirm` wants."""
    broker(places(home.state, home.path / "c"), start=False).confirm(hold_id, os_user())


def test_two_hooks_of_one_call_take_one_approval_and_a_second_call_takes_another(home: Home) -> None:
    lost = home.path / "twice.txt"
    lost.write_text("mine")
    told = {
        "hook_event_name": "preToolUse",
        "cwd": str(home.path),
        "session_id": "talk",
        "tool_name": "execute_bash",
        "tool_input": {"command": f"rm {lost}"},
    }
    one, other = home.commands()

    def asked(command: str) -> tuple[int, str]:
        ended = home.run(command, input=json.dumps(told))
        return ended.returncode, ended.stderr

    first = asked(one)[1].split()[1].rstrip(":")
    assert first in asked(other)[1]
    approved(home, first)
    assert (asked(other)[0], asked(one)[0]) == (0, 0)
    status, second = asked(one)
    assert (status, first in second) == (2, False)
    assert asked(other)[0] == 2


def test_a_broker_that_takes_its_time_to_start_is_not_waited_for_longer_than_kiro_waits(
    home: Home, tmp_path: Path
) -> None:
    state = tmp_path / "s"
    state.mkdir(mode=0o700)
    command = home.commands()[0].replace(str(home.state), str(state))
    before, word, _ = command.partition(" kiro 4 ")
    begun = time.monotonic()
    ended = home.run(f"{before}{word}/bin/sleep 6", input=json.dumps({"hook_event_name": "preToolUse"}))
    assert ended.returncode == 2
    assert "in time" in ended.stderr
    assert time.monotonic() - begun < 5
