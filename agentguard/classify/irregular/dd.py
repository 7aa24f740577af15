"""dd: the file or disk named by `of=`."""

from __future__ import annotations

from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Undo, Verb
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """Overwrites what `of=` names; without it dd writes to standard output and destroys nothing."""
    if row is None:
        return None
    outputs = tuple(w.text.removeprefix("of=") for w in command.operands if w.text.startswith("of="))
    effect = replace(effect_of_row(tool, row, command), objects=outputs)
    if not outputs or outputs[-1].startswith(files.SINKS):
        return (replace(effect, verb=Verb.READ, undo=Undo.TRIVIAL),)
    return files.spread(effect, command, surroundings)
