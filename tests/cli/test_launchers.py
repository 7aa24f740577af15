"""`agentguard shell` and `agentguard shims`: what is written, where it is to be named, and what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentguard.broker.shimmed import shimmed
from agentguard.cli import main
from agentguard.model.errors import Exit
from agentguard.tools import shipped

WORTH = ("aws", "curl", "docker", "find", "git", "kubectl", "mv", "psql", "rm", "ssh", "sudo", "terraform")
NOT_WORTH = (
    "[",
    "agentguard",
    "awk",
    "bash",
    "cat",
    "cd",
    "env",
    "ls",
    "make",
    "mcp",
    "mkdir",
    "python",
    "sort",
    "xargs",
)


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state, and a PATH with two dangerous programs and a harmless one."""
    (tmp_path / "bin").mkdir()
    for name in ("aws", "psql", "ls"):
        (tmp_path / "bin" / name).write_text("#!/bin/sh\n")
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/s/shims:{tmp_path}/bin")
    (tmp_path / "s").mkdir(mode=0o700)
    return tmp_path / "s"


def run(state: Path, *words: str) -> int:
    return main.run([*words, "--state", str(state), "--config", str(state.parent / "c")])


@pytest.mark.parametrize("name", WORTH)
def test_what_can_destroy_something_by_itself_is_worth_a_shim(name: str) -> None:
    assert name in shimmed(shipped())


@pytest.mark.parametrize("name", NOT_WORTH)
def test_what_only_reads_or_starts_others_is_not(name: str) -> None:
    assert name not in shimmed(shipped())


def test_shims_stand_before_what_is_installed(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(state, "shims", "install") == Exit.DONE
    told = capsys.readouterr()
    assert told.out.split() == ["aws", "psql"]
    assert f"2 shims in {state}/shims" in told.err
    assert os.stat(state / "shims" / "aws").st_mode & 0o777 == 0o700
    assert run(state, "shims", "install") == Exit.DONE  # its own shims are not taken for the programs
    assert run(state, "shims", "list") == Exit.DONE
    assert capsys.readouterr().out.split() == ["aws", "psql"] * 2


def test_shims_for_everything_and_elsewhere(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    elsewhere = state.parent / "elsewhere"
    assert run(state, "shims", "install", "--all", "--dir", str(elsewhere)) == Exit.DONE
    assert capsys.readouterr().out.split() == list(shimmed(shipped()))
    assert run(state, "shims", "remove", "--dir", str(elsewhere)) == Exit.DONE
    assert not elsewhere.exists()
    assert run(state, "shims", "list", "--dir", str(elsewhere)) == Exit.DONE


def test_a_program_that_is_gone_loses_its_shim_at_the_next_install(state: Path) -> None:
    run(state, "shims", "install")
    (state.parent / "bin" / "psql").unlink()
    run(state, "shims", "install")
    assert sorted(os.listdir(state / "shims")) == ["agentguard-shim", "aws"]


def test_the_shell_is_told_where_to_be_named_and_holds_what_it_needs(
    state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(state, "shell", "install") == Exit.DONE
    told = capsys.readouterr()
    prefix = Path(told.out.strip())
    assert f'"CLAUDE_CODE_SHELL_PREFIX": "{prefix}"' in told.err
    assert os.readlink(prefix.parent / "bash") == prefix.name
    assert str(state / "broker.sock") in prefix.read_text()
    assert "claude-code 30" in prefix.read_text()  # the hook's own line, which passes unasked
    assert run(state, "shell", "remove") == Exit.DONE
    assert not prefix.parent.exists()


@pytest.mark.parametrize("kind", ["shell", "shims"])
def test_launchers_that_come_before_the_broker_make_it_a_state_that_it_takes(state: Path, kind: str) -> None:
    state.rmdir()
    assert run(state, kind, "install") == Exit.DONE
    assert os.stat(state).st_mode & 0o777 == 0o700
