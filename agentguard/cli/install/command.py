"""The command itself: which file, the diff, the question, and the writing."""

from __future__ import annotations

import difflib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.broker.seat import make_private
from agentguard.broker.start import hook_words
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.install.claude_code import caution_of_version, cautions, hook_command, settings_with_hook
from agentguard.cli.where import at_places
from agentguard.model.errors import AgentguardError, Exit

KEPT = ".before-agentguard"  # the old settings lie beside the new ones under this ending
NEW = 0o644  # the mode of settings that were not there: they hold nothing secret, and a team shares the project's
AFTERWARDS = (
    "Claude Code reads its settings again by itself. What no hook sees: lines that a skill runs by itself, and what\n"
    "happens once an agent has changed these settings."
)


@click.command()
@click.argument("agent", type=click.Choice(["claude-code"]))
@click.option("--project", "scope", flag_value="project", help="Into .claude/settings.json of this directory.")
@click.option("--user", "scope", flag_value="user", help="Into your own settings, for every project.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@at_places
def command(places: Places, agent: str, scope: str | None, *, yes: bool) -> int:
    """Put the hook into AGENT's settings. Shows the difference first, keeps everything that was there."""
    if scope is None:
        raise click.UsageError("say which settings: --project or --user")
    path = _settings(scope, os.environ)
    before = _read(path)
    after = settings_with_hook(before, hook_command(hook_words(places, agent)), str(path))
    for caution in (*cautions(after), *caution_of_version(_claude_version())):
        terminal.say(f"caution: {caution}")
    if after == before:
        terminal.say(f"{path} has the hook already; nothing changed")
        return Exit.DONE
    terminal.answer(_difference(path, before, after))
    if not yes and terminal.ask(f"Write this to {path}? [y/N]").strip().lower() not in ("y", "yes"):
        terminal.say("nothing written")
        return Exit.ERROR
    _write(path, before, after)
    make_private(places.state)  # the hook's client needs the directory to stand before the broker ever ran
    terminal.say(f"installed into {path}\n{AFTERWARDS}")
    return Exit.DONE


def _settings(scope: str, environ: Mapping[str, str]) -> Path:
    """The settings file, links followed: settings that are kept elsewhere stay a link."""
    own = environ.get("CLAUDE_CONFIG_DIR") or Path("~/.claude").expanduser()
    return (Path.cwd() / ".claude" if scope == "project" else Path(own)).joinpath("settings.json").resolve()


def _claude_version() -> str:
    """What the installed Claude Code calls itself; empty where there is none to be found."""
    words = [shutil.which("claude") or "claude", "--version"]
    try:
        return subprocess.run(words, capture_output=True, timeout=10, text=True, check=False).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _read(path: Path) -> str:
    """The text, line ends as they are; empty where there is no file."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise AgentguardError(
            f"the settings cannot be read ({error})", place=str(path), hint="mend it first"
        ) from error


def _difference(path: Path, before: str, after: str) -> str:
    """What would change. A project's settings come with a checkout: what could fool the eye is spelt out."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), str(path), f"{path} (new)", lineterm="")
    return "\n".join(display(line.expandtabs(4)) for line in lines)


def _write(path: Path, before: str, after: str) -> None:
    if _read(path) != before:
        raise AgentguardError("the settings have changed in the meantime", place=str(path), hint="install again")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mode = path.stat().st_mode & 0o777 if before else NEW
        if before:
            _replace(_free(path.with_name(path.name + KEPT)), before, mode)
        _replace(path, after, mode)
    except OSError as error:
        raise AgentguardError(f"the settings cannot be written ({error})", place=str(path)) from error


def _free(path: Path) -> Path:
    """The path itself, or the first of path.2, path.3 … that is not taken: an older copy is never overwritten."""
    number = 1
    candidate = path
    while candidate.exists():
        number += 1
        candidate = path.with_name(f"{path.name}.{number}")
    return candidate


def _replace(path: Path, text: str, mode: int) -> None:
    """Write a file whole: whoever reads it sees the old text or the new one."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(descriptor)
    Path(name).chmod(mode)
    Path(name).replace(path)
