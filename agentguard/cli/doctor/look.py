"""Look at everything the doctor judges: the edge. Reads only, but for the hooks that `canary.py` starts.

Which settings an agent has, and what keeps a hook in them from working, is known to `install`; it is asked here.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from agentguard.agents import AGENTS, HOOKS
from agentguard.audit.verify import Verification
from agentguard.broker.become import LAUNCHER
from agentguard.broker.context import os_user
from agentguard.broker.launchers import MARK, shims
from agentguard.broker.people import PEOPLE
from agentguard.broker.places import Places, of_everybody
from agentguard.broker.rulebook import layers_of, people_here
from agentguard.broker.start import deadline
from agentguard.cli.doctor.canary import Subject, shell_tried, shim_tried, tried
from agentguard.cli.doctor.facts import Broken, Facts, Hook, Launcher, Persons
from agentguard.cli.install import claude_code
from agentguard.cli.install.additions import runs_ours
from agentguard.cli.install.agents import INSTALLERS, Where, changeable, program_cautions, version
from agentguard.cli.install.claude_code import MANAGED, SHELL, hook_command
from agentguard.cli.install.json_text import Json, parse
from agentguard.cli.install.settings_file import read
from agentguard.cli.log import verified
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker
from agentguard.policy import load

BEFORE = ("PreToolUse", "preToolUse", "hooks")  # the lists of what runs before tools; the last one is Kiro's hook file
PROGRAMS = {"claude-code": "claude", "kiro": "kiro-cli"}
OTHERS = 0o077  # what group and others may do
WRITERS = 0o022
RUNS = re.compile(rb"What it runs is (.+)/become\.py\.")


@dataclass(frozen=True, slots=True)
class Settings:
    """One settings file of an agent that parses, and the hooks of ours in it: entry and handler of each."""

    agent: str
    where: Where
    path: Path
    values: Mapping[str, Json]
    hooks: tuple[tuple[Mapping[str, Json], Mapping[str, Json]], ...]


def looked(places: Places, where: Where) -> Facts:
    """All facts of this machine, seen from the directory of `where`; its level is of no account."""
    found = list(_settings(where))
    settings = [one for one in found if isinstance(one, Settings)]
    hooks = tuple(hook for one in settings for hook in _hooks(one, places, settings))
    return Facts(
        hooks,
        tuple(one for one in found if isinstance(one, Broken)),
        _shell(_standing(places, settings), settings),
        _shims(_standing(places, settings), settings),
        str(places.state),
        tuple(_state(places)),
        _persons(places),
        _log(places),
    )


# Settings and hooks -----------------------------------------------------------------------------------------------


def _settings(where: Where) -> Iterator[Settings | Broken]:
    """The settings that an install could be in, each file once, and what is wrong with those that are there."""
    seen: set[Path] = set()
    for agent, installer in INSTALLERS.items():
        for level in installer.levels:
            at = replace(where, level=level)
            for part in installer.parts(at, ""):
                paths = [addition.path for addition in part.additions if addition.entry]
                if part.path not in seen:
                    seen.add(part.path)
                    yield from _file(agent, at, part.path, paths)


def _file(agent: str, where: Where, path: Path, lists: list[tuple[str, ...]]) -> Iterator[Settings | Broken]:
    try:
        text = read(path)
        if not text or not text.strip():
            return
        parsed = parse(text, str(path))
    except AgentguardError as error:
        yield Broken(agent, where.level, str(path), f"these settings cannot be read, so no hook in them runs: {error}")
        return
    root = parsed.value(parsed.root)
    values = root if isinstance(root, dict) else {}
    ours = {way[-1]: tuple(_ours(_at(values, way))) for way in lists}
    before = tuple(hook for key, hooks in ours.items() if key in BEFORE for hook in hooks)
    yield Settings(agent, where, path, values, before)
    if any(ours.values()) and not before:
        yield Broken(agent, where.level, str(path), "the hook that runs before tools is gone from these settings")


def _at(values: Mapping[str, Json], way: tuple[str, ...]) -> Json:
    """What stands at the end of a way of keys; None where it leads nowhere."""
    found: Json = dict(values)
    for key in way:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _ours(entries: Json) -> Iterator[tuple[Mapping[str, Json], Mapping[str, Json]]]:
    """Entries of ours with their handlers, in any of the three forms that agents have."""
    for one in entries if isinstance(entries, list) else []:
        if isinstance(one, dict):
            inner = one.get("hooks")
            handlers = (one, one.get("action"), *(inner if isinstance(inner, list) else []))
            yield from ((one, handler) for handler in handlers if isinstance(handler, dict) and runs_ours(handler))


def _hooks(one: Settings, places: Places, settings: list[Settings]) -> Iterator[Hook]:
    told = (version(PROGRAMS[one.agent], one.where) if one.hooks else "").strip().partition("\n")[0]
    prefix = next((path for _, path in _prefixes(settings)), "") if one.agent == "claude-code" else ""
    for entry, handler in one.hooks:
        patience = deadline(one.agent)
        command = str(handler["command"])
        question = next((asks for asks in _questions(places, one.agent, patience) if command.count(asks) == 1), "")
        subject = Subject(one.agent, command, str(one.path), str(places.log), question, patience, prefix)
        yield Hook(
            one.agent,
            one.where.level,
            str(one.path),
            command,
            entry,
            handler,
            patience,
            bool(question),
            tried(subject),
            _cautions(one),
            told,
            one.where.level != MANAGED or (_only_roots(one.path) and not changeable()),
            bool(prefix) or any(one.values.get("disableSkillShellExecution") is True for one in _managed(settings)),
            os.geteuid() == 0,
        )


def _managed(settings: list[Settings]) -> Iterator[Settings]:
    """Those settings that no others take back."""
    return (one for one in settings if one.where.level == MANAGED)


def _questions(places: Places, agent: str, patience: int) -> Iterator[str]:
    """How a hook asks the broker of these places: by its socket's path, or as everybody's whose places these are."""
    names = (name for name, dialect in HOOKS.items() if dialect is AGENTS[agent])
    for name, theirs in itertools.product(names, (places, of_everybody())):
        if located(theirs) == str(places.socket):
            yield hook_command((str(theirs.socket), name, str(patience)))


def located(places: Places) -> str:
    """The path of the socket; of everybody's, that of whoever runs this."""
    if not places.everybodys:
        return str(places.socket)
    return os.path.expanduser(f"~{os_user()}") + str(places.socket).removeprefix("~")


def _cautions(one: Settings) -> tuple[str, ...]:
    """What install says of these settings, without what it says of launchers and version: those have checks here."""
    said = INSTALLERS[one.agent].cautions(one.where)
    apart = claude_code.cautions_of_launchers(one.where.level, one.where.launchers)
    known = {
        *apart,
        *program_cautions(one.where),
        *claude_code.caution_of_version(version(PROGRAMS[one.agent], one.where)),
    }
    return tuple(dict.fromkeys(caution for caution in said if caution not in known))


def _only_roots(path: Path) -> bool:
    facts = [place.stat() for place in (path, path.parent)]
    return all(fact.st_uid == 0 and not fact.st_mode & WRITERS for fact in facts)


# Launchers --------------------------------------------------------------------------------------------------------


def _prefixes(settings: list[Settings]) -> list[tuple[str, str]]:
    """The settings that name a program before the shell, and the program; the strongest settings first."""
    found = ((str(one.path), _at(one.values, ("env", "CLAUDE_CODE_SHELL_PREFIX"))) for one in reversed(settings))
    return [(place, path) for place, path in found if isinstance(path, str) and path]


def _standing(places: Places, settings: list[Settings]) -> Places:
    """Whose launchers count: everybody's, where the settings name those."""
    theirs = of_everybody()
    paths = (str(_at(one.values, ("env", "PATH"))).split(os.pathsep)[0] for one in settings)
    named = {*(path for _, path in _prefixes(settings)), *paths}
    return theirs if named & {str(theirs.shell / SHELL), str(theirs.shims)} else places


def _shell(places: Places, settings: list[Settings]) -> Launcher:
    path = places.shell / SHELL
    named = tuple(place for place, prefix in _prefixes(settings) if prefix == str(path))
    faults = tuple(_faults(path)) if path.exists() or named else ()
    answer = shell_tried(path, places.system) if path.exists() and not faults else None
    return Launcher(str(path), path.exists(), named, faults, 1, answer)


def _shims(places: Places, settings: list[Settings]) -> Launcher:
    first = ((str(one.path), _at(one.values, ("env", "PATH"))) for one in settings)
    named = tuple(place for place, path in first if str(path).split(os.pathsep)[0] == str(places.shims))
    count = len(shims(places.shims))
    faults = tuple(_faults(places.shims / LAUNCHER)) if count or named else ()
    answer = shim_tried(places.shims / "rm", places.system) if count and not faults else None
    return Launcher(str(places.shims), count > 0, named, faults, count, answer)


def _faults(path: Path) -> Iterator[str]:
    """What keeps a launcher from working."""
    try:
        text = path.read_bytes()
    except OSError as error:
        yield f"{path} cannot be read ({error.strerror})"
        return
    runs = RUNS.search(text)
    if MARK not in text[:400] or not runs:
        yield f"{path} is not a launcher that agentguard wrote"
        return
    if not os.access(path, os.X_OK):
        yield f"{path} cannot be executed"
    python = os.fsdecode(text[2:].partition(b" ")[0])
    if not os.access(python, os.X_OK):
        yield f"the Python it starts, {python}, is not there any more"
    if not os.path.exists(os.fsdecode(runs[1]) + "/become.py"):
        yield f"the agentguard it runs, in {os.fsdecode(runs[1])}, is not there any more"


# State, persons, log ----------------------------------------------------------------------------------------------


def _state(places: Places) -> Iterator[str]:
    for path in dict.fromkeys((places.state, places.socket.parent, places.socket)):
        try:
            facts = path.lstat() if path == places.socket else path.stat()
        except OSError as error:
            yield f"{path}: {error.strerror}"
            continue
        if facts.st_uid != os.geteuid():
            yield f"{path} is somebody else's"
        if facts.st_mode & OTHERS:
            yield f"{path} is open to others (mode {facts.st_mode & 0o777:o})"


def _persons(places: Places) -> Persons:
    try:
        layers = layers_of(places)
        people = people_here(places, load(layers.base, further=layers.further))
    except AgentguardError as error:
        return Persons(fault=str(error))
    me = os_user()
    mine = people.of_user(me)
    approvers = people.approvers(Asker(me, mine.name if mine else ""))
    roots = people.place == str(places.system / PEOPLE)  # read only where nobody but root can write it
    return Persons(people.place, len(approvers), roots)


def _log(places: Places) -> Verification | None:
    return verified(places) if places.log.exists() else None
