"""What a line moves away or links, and then deletes under its new name: it is judged as what it was before."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from agentguard.classify import files
from agentguard.model.command import Command, Reading
from agentguard.model.effect import Effect, Undo, Verb
from agentguard.surroundings import Surroundings

LOSING = frozenset({Verb.DELETE, Verb.OVERWRITE, Verb.RECREATE})
BECAUSE = "the line itself moved it there, or linked it, under another name"
STEPS = 5  # names that one thing is given after another on a line
GLOB = re.compile(r"/[^/]*[*?\[].*")


def followed(reading: Reading, effects: Sequence[Effect], surroundings: Surroundings) -> Iterator[Effect]:
    """Each loss of something under a name that the line itself gave it, once more under the name it had."""
    before = _names(reading.commands, surroundings)
    for effect in effects if before else ():
        command = effect.source
        if effect.at != "files" or effect.verb not in LOSING or not isinstance(command, Command):
            continue
        paths = (files.absolute(path, command, surroundings) for path in effect.objects)
        old = tuple(dict.fromkeys(name for path in paths for name in _earlier(path, before)))
        if old and command.landing is None and not _moves(command):
            lost = replace(effect, objects=old, kind="file", whole=False, undo=Undo.UNKNOWN, because=BECAUSE)
            yield from files.spread(lost, command, surroundings)


def _moves(command: Command) -> bool:
    linked = command.program == "ln" and command.has("-s")
    return command.program == "mv" or linked or (command.program == "git" and command.path == ("mv",))


def _names(commands: Sequence[Command], surroundings: Surroundings) -> dict[str, str]:
    """What the line calls something, and what it was called before."""
    found: dict[str, str] = {}
    for command in commands:
        if not _moves(command) or command.landing is not None:
            continue
        target = command.value("-t")
        words = [word.text for word in command.operands]
        sources, to = (words, target) if target else (words[:-1], words[-1] if len(words) > 1 else "")
        for source in sources if to else ():
            old, new = (files.absolute(path, command, surroundings) for path in (source, to))
            found[f"{new}/{os.path.basename(old)}"] = old
            found.setdefault(new, old)
    return found


def _earlier(path: str, before: Mapping[str, str]) -> Iterator[str]:
    """The names a path had; of a directory that is deleted, those of what was moved into it, too."""
    for new, old in before.items():
        if new.startswith(path + "/"):
            yield old
    for _ in range(STEPS):
        given = next((name for name in before if path == name or path.startswith(name + "/")), "")
        if not given:
            return
        path = GLOB.sub("", before[given] + path[len(given) :])
        yield path
