"""Where each agent keeps its settings on this machine, what belongs into them, and what to tell the person. Reads only.

INSTALLERS is the list, no discovery. Refuses a level that an agent does not have.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agentguard.agents.kiro import AGENTS_OWN, AGENTS_PROJECT, HOOKS_OWN, HOOKS_PROJECT, NAME
from agentguard.broker.own import PROGRAM
from agentguard.broker.places import Places
from agentguard.broker.start import deadline
from agentguard.cli.install import claude_code, kiro
from agentguard.cli.install.claude_code import MANAGED, SHELL, Launchers
from agentguard.cli.install.settings_file import Part, read
from agentguard.model.errors import AgentguardError

WRITERS, READERS, STICKY = 0o022, 0o005, 0o1000  # of a file's mode
STARTED = (Path(sys.executable).resolve(), Path(PROGRAM))  # what every hook and launcher starts
PATIENCE = 10  # seconds for an agent to tell its version
SCRIPT_LIMIT = 1 << 20  # bytes of a hook's script that are looked through
MANAGED_SETTINGS = (
    "/Library/Application Support/ClaudeCode/managed-settings.json"
    if sys.platform == "darwin"
    else "/etc/claude-code/managed-settings.json"
)
NO_LAUNCHERS = Launchers()
OF_CLAUDE_CODE = (
    "Claude Code reads its settings again by itself. What no hook sees: lines that a skill runs by itself, and what\n"
    "happens once an agent has changed these settings."
)
OF_CLAUDE_CODE_AND_SHELL = (
    "Claude Code reads its settings again by itself; start it again for what stands before its shell. What neither\n"
    "sees: what happens once an agent has changed these settings."
)
OF_MANAGED = (
    "Claude Code reads its settings again by itself. No other settings switch this off, and no agent can write them\n"
    "unless it runs as root. The hook leads every user of this machine to a broker of their own, in the home that the\n"
    "system's list of users gives them."
)
OF_KIRO = (
    "Start Kiro again. What no hook of Kiro sees: the tools of a subagent, and in CLI 2 an agent without a file, such\n"
    "as the built-in one (make one, set it as chat.defaultAgent, install again). Agents that come later, and a CLI\n"
    "that went from 2 to 3, need another install. Kiro runs the tool if its hook crashes, and there is a report of\n"
    "CLI 2.19.2 writing a file although its hook had denied it: keep credentials of production away from it."
)


@dataclass(frozen=True, slots=True)
class Where:
    """Whose settings: the level, the person's environment and directory, where managed ones lie, and what stands."""

    level: str
    environ: Mapping[str, str]
    cwd: Path
    managed: Path = Path(MANAGED_SETTINGS)
    launchers: Launchers = NO_LAUNCHERS

    @property
    def home(self) -> Path:
        return Path(self.environ.get("HOME") or os.path.expanduser("~"))


@dataclass(frozen=True, slots=True)
class Installer:
    """How one agent is installed. `parts` takes the hook's command line, or none to find what is there."""

    levels: tuple[str, ...]
    parts: Callable[[Where, str], tuple[Part, ...]]
    cautions: Callable[[Where], Iterator[str]]
    afterwards: Callable[[Where], str]


# Launchers --------------------------------------------------------------------------------------------------------


def named(places: Places) -> Launchers:
    """The launchers of these places, whether they stand or not."""
    return Launchers(str(places.shell / SHELL), str(places.shims), str(places.shims))


def standing(places: Places, path: str) -> Launchers:
    """The launchers that stand, with `path` behind the shims; without a path nobody can tell what goes there."""
    prefix = places.shell / SHELL
    others = os.pathsep.join(part for part in path.split(os.pathsep) if part and part != str(places.shims))
    shims = os.pathsep.join((str(places.shims), others)) if others and places.shims.is_dir() else ""
    return Launchers(str(prefix) if prefix.is_file() else "", str(places.shims), shims)


# Claude Code ------------------------------------------------------------------------------------------------------


def _claude_code(where: Where, command: str) -> tuple[Part, ...]:
    return (
        Part(_claude_files(where)[where.level].resolve(), claude_code.additions(where.level, command, where.launchers)),
    )


def _claude_files(where: Where) -> dict[str, Path]:
    """The files that Claude Code takes settings from, by their level; `local` is a project's second one."""
    own = Path(where.environ.get("CLAUDE_CONFIG_DIR") or where.home / ".claude")
    project = where.cwd / ".claude"
    return {
        MANAGED: where.managed,
        "user": own / "settings.json",
        "project": project / "settings.json",
        "local": project / "settings.local.json",
    }


def _claude_cautions(where: Where) -> Iterator[str]:
    for level, path in _claude_files(where).items():
        yield from _of_claude_file(path, where, required=level == where.level)
    for path in sorted((where.managed.parent / "managed-settings.d").glob("*.json")):
        yield from _of_claude_file(path, where, required=False)
    yield from claude_code.caution_of_version(version("claude", where))
    yield from claude_code.cautions_of_launchers(where.level, where.launchers)
    yield from program_cautions(where)


def _of_claude_file(path: Path, where: Where, *, required: bool) -> Iterator[str]:
    """What one file does to the hook. The one that is to be changed is refused elsewhere where it cannot be read."""
    try:
        text = read(path)
        if text and text.strip():
            scripts = _scripts(claude_code.other_commands(text, str(path)), where)
            yield from claude_code.cautions(text, str(path), where.level, scripts)
    except AgentguardError as error:
        if not required:
            yield f"Claude Code drops all of a file that it cannot read: {error}"


def _scripts(commands: tuple[str, ...], where: Where) -> dict[str, str]:
    """What the scripts hold that hooks name, by the word that names them. A checkout may name anything."""
    found: dict[str, str] = {}
    for word in (word for command in commands for word in claude_code.words_of(command)):
        script = word.replace("${CLAUDE_PROJECT_DIR}", str(where.cwd)).replace("$CLAUDE_PROJECT_DIR", str(where.cwd))
        path = os.path.join(where.cwd, str(where.home) + script[1:] if script.startswith("~/") else script)
        with contextlib.suppress(OSError):
            if os.path.isfile(path):  # False for what no file can be called, and for pipes, which would wait
                with open(path, "rb") as file:
                    found[word] = file.read(SCRIPT_LIMIT).decode("utf-8", "replace")
    return found


# Kiro -------------------------------------------------------------------------------------------------------------


KIRO_ASKS = {"user": (AGENTS_OWN, HOOKS_OWN), "project": (AGENTS_PROJECT, HOOKS_PROJECT)}


def _kiro(where: Where, command: str) -> tuple[Part, ...]:
    needed = kiro.hooks_agents(version("kiro-cli", where))
    in_agents, in_hooks = (_asking(command, name) for name in KIRO_ASKS[where.level])
    agents = (Part(path.resolve(), kiro.in_agent(in_agents), wanted=needed) for path in _kiro_agents(where))
    return (*agents, Part((_kiro_folder(where) / "hooks" / kiro.HOOKS_FILE).resolve(), kiro.in_hooks(in_hooks)))


def _asking(command: str, name: str) -> str:
    """The hook's command under another name of the agent: the word before its deadline."""
    return command.replace(f" {NAME} {deadline(NAME)} ", f" {name} {deadline(name)} ", 1)


def _kiro_folder(where: Where) -> Path:
    return (where.home if where.level == "user" else where.cwd) / ".kiro"


def _kiro_agents(where: Where) -> list[Path]:
    return sorted((_kiro_folder(where) / "agents").glob("*.json"))


def _kiro_cautions(where: Where) -> Iterator[str]:
    for path in _kiro_agents(where):
        text = read(path)
        if text and text.strip():
            yield from kiro.cautions(text, str(path))


def program_cautions(where: Where) -> Iterator[str]:
    """What keeps managed settings from guarding everybody: they start a program that others cannot, or could change."""
    if where.level != MANAGED:
        return
    for path in changeable():
        yield f"others than root can change {path}, which these settings start: install agentguard as root."
    for path in STARTED:
        if not all(place.stat().st_mode & READERS == READERS for place in (path, *path.parents)):
            yield f"not everybody can read {path}, which these settings start: install agentguard where they can."


def changeable() -> tuple[Path, ...]:
    """What of the program others than root can change, by its file or a directory on the way to it."""

    def open_to_others(place: Path) -> bool:
        facts = place.stat()
        return bool(facts.st_uid or (facts.st_mode & WRITERS and not facts.st_mode & STICKY))

    return tuple(path for path in STARTED if any(map(open_to_others, (path, *path.parents))))


def version(program: str, where: Where) -> str:
    """What an agent's program says of its version; empty where there is none to be found."""
    found = shutil.which(program, path=where.environ.get("PATH", os.defpath))
    if found is None:
        return ""
    try:
        ended = subprocess.run([found, "--version"], capture_output=True, timeout=PATIENCE, text=True, check=False)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return ended.stdout


def _claude_afterwards(where: Where) -> str:
    if where.level == MANAGED:
        return OF_MANAGED
    return OF_CLAUDE_CODE_AND_SHELL if where.level == "user" and where.launchers.prefix else OF_CLAUDE_CODE


INSTALLERS: Mapping[str, Installer] = {
    "claude-code": Installer(("user", "project", MANAGED), _claude_code, _claude_cautions, _claude_afterwards),
    "kiro": Installer(("user", "project"), _kiro, _kiro_cautions, lambda _where: OF_KIRO),
}

__all__ = ["INSTALLERS", "Installer", "Launchers", "Where", "named", "program_cautions", "standing", "version"]
