"""mv, cp, install, ln: what stands already where the new thing lands."""

from __future__ import annotations

import os.path
from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command, Word
from agentguard.model.effect import Effect, Verb
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """The row's effect on each place where a source lands; a directory takes each source under its own name."""
    if row is None:
        return None
    effect = effect_of_row(tool, row, command)
    if effect.verb is not Verb.OVERWRITE:
        return None
    if command.program == "mv" and command.operands[-1:] == (Word("/dev/null"),):
        gone = tuple(word.text for word in command.operands[:-1])
        return files.spread(replace(effect, verb=Verb.DELETE, objects=gone), command, surroundings)
    landing = _landings(command, surroundings)
    return files.spread(replace(effect, objects=landing), command, surroundings) if landing else None


def _landings(command: Command, surroundings: Surroundings) -> tuple[str, ...]:
    given = command.value("-t")
    sources = [word.text for word in (command.operands if given else command.operands[:-1])]
    if not sources:
        return ()
    target = files.absolute(given or command.operands[-1].text, command, surroundings)
    facts = surroundings.stat(target) if target.startswith("/") and command.landing is None else None
    if facts is None or facts.kind != "directory" or command.has("-T"):
        return (target,)
    return tuple(os.path.join(target, os.path.basename(source.rstrip("/"))) for source in sources)
