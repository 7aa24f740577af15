"""The command line's frame: quick to say what there is, one exit code for each way to end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import click
import pytest

from agentguard.cli import main, terminal
from agentguard.model.errors import AgentguardError, Exit, Refused

FOLDER = Path(main.__file__).parent
HEAVY = {"pydantic", "sqlglot", "fastapi", "sqlalchemy", "rich", "agentguard.policy", "agentguard.engine"}


def test_the_commands_are_sorted_and_each_is_a_file_of_its_name():
    names = [entry.name for entry in main.COMMANDS]
    assert names == sorted(names)
    assert all((FOLDER / f"{name}.py").exists() or (FOLDER / name / "__init__.py").exists() for name in names)


@pytest.mark.parametrize("name", [entry.name for entry in main.COMMANDS])
def test_every_command_loads_and_has_help(name: str, capsys: pytest.CaptureFixture[str]):
    assert main.run([name, "--help"]) == Exit.DONE
    assert f"agentguard {name}" in capsys.readouterr().out


def test_help_tells_every_command_and_every_exit_code(capsys: pytest.CaptureFixture[str]):
    assert main.run(["--help"]) == Exit.DONE
    told = capsys.readouterr().out
    assert all(entry.name in told for entry in main.COMMANDS)
    assert all(f"{int(code)} " in told for code in Exit)
    assert set(main.EXIT_CODES) == set(Exit)


def test_help_imports_no_command():
    heavy = "import sys; from agentguard.cli.main import run; run(['--help']); print(*sys.modules, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    loaded = set(done.stderr.split())
    assert "agentguard.cli.main" in loaded
    assert not loaded & HEAVY


@pytest.mark.parametrize("name", ["pending", "show", "status", "stop", "wait", "withdraw"])
def test_what_only_asks_the_broker_starts_without_what_the_broker_is_made_of(name: str):
    told = f"import sys, agentguard.cli.{name}; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert not set(done.stdout.split()) & HEAVY


@pytest.mark.parametrize(
    ("line", "code", "said"),
    [
        ([], Exit.USAGE, "Usage"),
        (["frobnicate"], Exit.USAGE, "No such command"),
        (["check"], Exit.USAGE, "COMMAND"),
        (["--version"], Exit.DONE, "agentguard 0."),
    ],
)
def test_usage(line: list[str], code: Exit, said: str, capsys: pytest.CaptureFixture[str]):
    assert main.run(line) == code
    assert said in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AgentguardError("it broke", place="here", hint="mend it"), Exit.ERROR),
        (Refused("no", place="here", hint="ask Ada"), Exit.BLOCKED),
        (KeyboardInterrupt(), Exit.ERROR),
        (BrokenPipeError(), Exit.ERROR),
        (FileNotFoundError(2, "No such file or directory", "/gone"), Exit.ERROR),
        (click.Abort(), Exit.ERROR),
    ],
)
def test_however_a_command_ends_there_is_a_code(error: BaseException, code: Exit, monkeypatch: pytest.MonkeyPatch):
    def ends(**_: object) -> None:
        raise error

    monkeypatch.setattr(main.agentguard, "main", ends)
    monkeypatch.setattr(terminal, "leave", lambda: None)
    assert main.run([]) == code


def test_an_error_cannot_move_the_cursor(capsys: pytest.CaptureFixture[str]):
    terminal.fail(AgentguardError("odd \x1b[2J\nthing"))
    assert capsys.readouterr().err == "agentguard: odd \\u{1b}[2J\nthing\n"


def test_an_error_names_place_and_way_out(capsys: pytest.CaptureFixture[str]):
    assert (
        terminal.fail(AgentguardError("unknown tier `prodution`", place="team.toml", hint="did you mean `prod`?")) == 1
    )
    assert capsys.readouterr().err == "agentguard: unknown tier `prodution` in team.toml: did you mean `prod`?\n"
