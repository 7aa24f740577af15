"""`agentguard hook`: the slow way to the same answer, and a denial for whatever keeps it from one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from agentguard.cli.hook import command as hook_command
from agentguard.cli.serve import command as serve_command
from agentguard.cli.status import command as status
from agentguard.cli.where import STATE_VARIABLE

EVENT = b'{"hook_event_name": "PreToolUse", "tool_name": "Read", "tool_input": {}}'


def hook(*words: str, **environ: str) -> subprocess.CompletedProcess[bytes]:
    line = [sys.executable, "-I", "-m", "agentguard", "hook", "claude-code", *words]
    environ = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", **environ}
    return subprocess.run(line, env=environ, input=EVENT, capture_output=True, timeout=60, check=False)


def denied(ended: subprocess.CompletedProcess[bytes]) -> str:
    assert ended.returncode == 2
    told = json.loads(ended.stdout)["hookSpecificOutput"]
    assert told["permissionDecision"] == "deny"
    return str(told["permissionDecisionReason"])


def test_a_state_that_cannot_be_used_is_a_denial(tmp_path: Path) -> None:
    assert "over 103 bytes" in denied(hook("--state", str(tmp_path / ("x" * 100))))
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o755)
    assert "open to others" in denied(hook("--state", str(tmp_path / "open")))


def test_wrong_usage_is_no_yes_either() -> None:
    assert hook("--nonsense").returncode == 2


@pytest.mark.parametrize(
    ("command", "variable"), [(hook_command, None), (serve_command, None), (status, STATE_VARIABLE)]
)
def test_only_a_persons_command_takes_its_state_from_a_variable(command: click.Command, variable: str | None) -> None:
    assert [option.envvar for option in command.params if option.name == "state"] == [variable]
