"""python: the modules of the project that -m starts, and those that Python imports before anything else."""

from __future__ import annotations

import os.path
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.code.modules import STARTS, find, search_path
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """A module that is not installed but lies in the current directory, a package by its `__main__`."""
    del row
    path = search_path(invocation)
    name = command.value("-m")
    for operand in () if command.has("-c", "-m") else command.operands[:1]:
        file = os.path.join(invocation.cwd, operand.text, "__main__.py")
        if os.path.isabs(file) and not operand.text.endswith(".py") and surroundings.exists(file):
            yield Payload("python", file=Word(file), rest=command.operands[1:], how="module")
    if name:
        folders = (invocation.cwd, *path)
        file = find(f"{name}.__main__", folders, surroundings) or find(name, folders, surroundings)
        if file:
            yield Payload("python", file=Word(file), rest=command.operands, how="module")
    if not command.has("-I", "-S", "-E"):
        for start in STARTS:
            file = find(start, path, surroundings)
            if file and os.path.isabs(file):
                yield Payload("python", file=Word(file), how="PYTHONPATH")
