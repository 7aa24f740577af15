"""Ways round the guard that change no file of its own: starting without it, ending it, speaking in its place.

Each is an unprotect of the whole, like a change of the guard's files (`guard.py`). Promises: every command of a reading
is looked at, through whatever wrappers it came. What only skips the hooks of somebody else's (`git commit --no-verify`)
is no way round us, and refuses nothing. Which switches of an agent's own program lead round its hooks is told by that
program's table.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from agentguard.classify.guard import taken_off
from agentguard.model.command import UNKNOWN_PART, Command, Reading, Word
from agentguard.model.effect import Effect, Verb
from agentguard.parse.skills import is_among_skills, is_skill, runs_by_itself
from agentguard.surroundings import Surroundings

NAME = "agentguard"
SETTING = frozenset({"declare", "export", "local", "readonly", "set", "setenv", "typeset", "unset"})
WIRED = frozenset({  # variables that put the guard before an agent's shell, or agents' ways to start without settings
    "CLAUDE_CODE_SHELL", "CLAUDE_CODE_SHELL_PREFIX", "CLAUDE_CODE_SIMPLE", "GEMINI_CLI_SYSTEM_SETTINGS_PATH",
    "OPENCODE_PURE",
})  # fmt: skip
PROGRAMS = frozenset("/bin /sbin /usr/bin /usr/sbin /usr/local/bin /usr/local/sbin /opt/homebrew/bin".split())
ENDS = frozenset({"fuser", "kill", "launchctl", "pm2", "service", "supervisorctl", "systemctl"})
LOOKS = frozenset("-l blame cat info is-active is-enabled list list-units logs print show start status".split())
SPEAKS = frozenset({"curl", "nc", "ncat", "netcat", "socat", "websocat"})
READS_CODE = re.compile(r"(?:python|pypy|node|deno|bun|perl|ruby|php|lua|tclsh)[\d.]*")
MODULES = re.compile(rf"(?:\bimport\s+|\bfrom\s+){NAME}\b|\b{NAME}\.(?:broker|cli|store|audit)\b")
SOCKET = f"{NAME}/broker.sock"
REMOVES = frozenset({"erase", "remove", "rm", "uninstall"})
INSTALLERS = re.compile(r"(?:pip|pipx|uv|conda|mamba|poetry|brew|apt|apt-get|dnf|yum|apk|pacman)[\d.]*")
DECLARED = re.compile(r"(\w+)(?:=.*)?", re.DOTALL)
COPIES = frozenset({"cp", "install", "ln", "mv", "rsync", "tar", "unzip"})
WRITTEN = frozenset({"cat", "echo", "printf", "tee"})  # what these write stands in the line
SELF = "a skill runs lines of its own that no hook is asked about"
WRITES = frozenset({Verb.CREATE, Verb.MODIFY, Verb.OVERWRITE})
UNREAD = ("write it with your editor's tool, so that it can be read", "ask the person you work for to put it there")


@dataclass(frozen=True, slots=True)
class Seen:
    """One command, the reading it stands in, and where to look."""

    command: Command
    reading: Reading
    surroundings: Surroundings

    @property
    def words(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.command.argv[1:])

    @property
    def started(self) -> str:
        """The name it is started by; its table's may be another one."""
        return os.path.basename(self.command.argv[0].text) if self.command.argv else ""


def ways_round(reading: Reading, surroundings: Surroundings) -> tuple[Effect, ...]:
    """An unprotect for each command of a reading that leads round the guard; what runs on another host does not."""
    found = []
    for command in reading.commands:
        if command.landing is None:
            seen = Seen(command, reading, surroundings)
            because = next((why for way in WAYS if (why := way(seen))), "")
            found += [_round(str(Word(seen.started)), because, command)] if because else []
    found += [_round(path, "it makes an agent run what no hook is asked about", None) for path in reading.running]
    return tuple(found)


def _round(name: str, because: str, command: Command | None) -> Effect:
    return taken_off(Effect(Verb.UNPROTECT, "guard", row="way round", source=command), name, because)


# Variables --------------------------------------------------------------------------------------------------------


def _takes_variable(seen: Seen) -> str:
    """It unsets or sets anew what puts the guard before an agent's shell."""
    names = {name for name, value in seen.command.variables if _is_new(name, value, seen.surroundings)}
    if seen.started in SETTING:
        names |= {found[1] for word in seen.words if (found := DECLARED.fullmatch(word)) and found[1] in WIRED}
    return f"it changes {min(names)}, by which the guard stands before an agent's shell" if names else ""


def _is_new(name: str, value: Word | None, surroundings: Surroundings) -> bool:
    return name in WIRED and (value is None or value.text != surroundings.variable(name))


def _drops_shims(seen: Seen) -> str:
    """It looks for programs where ours do not stand first any more."""
    changed = dict(seen.command.variables)
    if "PATH" not in changed and not seen.command.bare_environment:
        return ""
    shims = seen.surroundings.own_shims()
    before = (seen.surroundings.variable("PATH") or "").split(os.pathsep)
    value = changed.get("PATH")
    after = value.text.split(os.pathsep) if value is not None else []
    dropped = next((place for place in shims if place in before and not _stands_first(place, before, after)), None)
    return "" if dropped is None else f"in its PATH {dropped} does not stand before the programs any more"


def _stands_first(place: str, before: list[str], after: list[str]) -> bool:
    """Whether no directory of programs has come before the shims that did not stand there."""
    ahead = set(before[: before.index(place)])
    return place in after and not (set(after[: after.index(place)]) - ahead) & PROGRAMS


# The broker -------------------------------------------------------------------------------------------------------


def _ends_broker(seen: Seen) -> str:
    if seen.command.program not in ENDS and seen.started not in ENDS:
        return ""
    pids = [int(word) for word in seen.words if word.isdigit() and len(word) < 20]
    if any(map(seen.surroundings.is_own_process, pids)):
        return "the process is the guard's broker"
    named = any(NAME in word for word in seen.words) and not LOOKS & set(seen.words)
    return "without its broker no call is judged, and every call is denied" if named or _found_by_name(seen) else ""


def _found_by_name(seen: Seen) -> bool:
    """Whether processes are ended that something else in the line has looked up by our name."""
    unknown = any(UNKNOWN_PART in word for word in seen.words)
    others = (word.text for command in seen.reading.commands for word in command.argv[1:])
    return unknown and seen.command.program == "kill" and any(NAME in text for text in others)


def _speaks_to_broker(seen: Seen) -> str:
    if seen.started not in SPEAKS and not READS_CODE.fullmatch(seen.started):
        return ""
    sockets = (SOCKET, *seen.surroundings.own_sockets())
    texts = (*seen.words, seen.command.stdin.text if seen.command.stdin else "")
    ours = any(socket in text for socket in sockets for text in texts) and not _is_client(seen)
    return "what speaks to the guard's broker by itself speaks in the place of a hook or of a person" if ours else ""


def _runs_its_code(seen: Seen) -> str:
    """The guard's own modules, started by an interpreter: its commands are known by its program's name alone."""
    if not READS_CODE.fullmatch(seen.started) or not any(MODULES.search(word) for word in seen.words):
        return ""
    return "the guard's own code does what a person decides, whoever starts it"


def _is_client(seen: Seen) -> bool:
    """A hook's own command: its client only asks."""
    return any(word.endswith(f"/{NAME}/client.py") for word in seen.words[:3])


def _removes_guard(seen: Seen) -> str:
    removes = INSTALLERS.fullmatch(seen.started) and REMOVES & set(seen.words) and NAME in seen.words
    return "it removes the guard" if removes else ""


WAYS: tuple[Callable[[Seen], str], ...] = (
    _takes_variable,
    _drops_shims,
    _ends_broker,
    _speaks_to_broker,
    _runs_its_code,
    _removes_guard,
)


# Skills -----------------------------------------------------------------------------------------------------------


def unread_skill(effect: Effect) -> Effect:
    """The effect, or where it puts a text where an agent runs lines of it, an unprotect: asked about while unread."""
    command = effect.source
    if not isinstance(command, Command) or effect.verb not in WRITES or effect.at != "files":
        return effect
    copies = command.program in COPIES
    skills = [name for name in effect.objects if is_skill(name) or (copies and is_among_skills(name))]
    text = _text(command) if skills else ""
    if text is not None and not runs_by_itself(text):
        return effect
    if text is not None:
        return taken_off(effect, skills[0], f"{SELF}, and this holds some")
    unread = taken_off(effect, skills[0], f"{SELF}, and what this puts there was not read", UNREAD)
    return replace(unread, kind="skill", whole=False, reach=effect.reach)


def _text(command: Command) -> str | None:
    """What a command writes, where that stands in the line."""
    name = os.path.basename(command.argv[0].text) if command.argv else ""
    words = (*command.argv[1:], *([command.stdin] if command.stdin else []))
    if name not in WRITTEN or not all(word.known for word in words) or (name in ("cat", "tee") and not command.stdin):
        return None
    return "\n".join(word.text for word in words)
