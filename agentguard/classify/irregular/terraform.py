"""terraform: TF_CLI_ARGS and TF_CLI_ARGS_<command>, which put options before those on the line."""

from __future__ import annotations

from dataclasses import replace

from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command, Option, Word
from agentguard.model.effect import Effect
from agentguard.parse.argv import read_arguments
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """The row's effect with the options that the variables add."""
    if row is None or not command.path:
        return None
    added = _added(command, tool, surroundings)
    return (effect_of_row(tool, row, replace(command, options=(*added, *command.options))),) if added else None


def _added(command: Command, tool: Tool, surroundings: Surroundings) -> tuple[Option, ...]:
    told = dict(command.variables)
    words: list[Word] = []
    for name in ("TF_CLI_ARGS", f"TF_CLI_ARGS_{command.path[0]}"):
        word = told[name] if name in told else surroundings.variable(name)
        text = word.text if isinstance(word, Word) else word
        words += [Word(part) for part in (text or "").split()]
    return tuple(read_arguments(tool, (*map(Word, command.path), *words)).options)
