"""rsync: what --delete removes at the destination, and which destination that is."""

from __future__ import annotations

import os.path
from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Verb
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """The row's effect at the last operand: files here, or another host's (`host:path`)."""
    if row is None or not command.operands:
        return None
    effect = effect_of_row(tool, row, command)
    if effect.verb is Verb.READ:
        return (effect,)
    target = command.operands[-1].text
    host, colon, _ = target.partition(":")
    if colon and "/" not in host:
        return (replace(effect, objects=(target,), at="ssh"),)
    landing = _landings(command, target, surroundings) if tool.program == "scp" else (target,)
    return files.spread(replace(effect, objects=landing, at="files"), command, surroundings)


def _landings(command: Command, target: str, surroundings: Surroundings) -> tuple[str, ...]:
    """Where scp's sources land: in a directory each under its own name."""
    facts = surroundings.stat(files.absolute(target, command, surroundings)) if command.landing is None else None
    if facts is None or facts.kind != "directory":
        return (target,)
    names = (os.path.basename(word.text.rpartition(":")[2].rstrip("/")) for word in command.operands[:-1])
    return tuple(os.path.join(target, name) for name in names)
