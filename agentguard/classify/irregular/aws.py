"""aws: a command that is an alias does what its alias does, which is read beside it."""

from __future__ import annotations

from agentguard.model.command import Command
from agentguard.model.effect import Effect, Undo, Verb
from agentguard.parse.irregular.aws import alias
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """A read for an alias outside its own expansion; None for everything else."""
    text = alias(command, surroundings)
    if row is not None or not text or any(via.how.startswith("aws alias") for via in command.via):
        return None
    return (Effect(Verb.READ, "aws.alias", at=tool.at, undo=Undo.TRIVIAL, row="aws alias", source=command),)
