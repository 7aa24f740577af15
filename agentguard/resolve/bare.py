"""Where a program would go by itself: from its settings and variables alone, with no argument that leads it elsewhere.

Promises: the same resolvers that judge a call answer here. A program whose place is told only by its arguments, or that
acts on this machine, is left out of the list of those that reach somewhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from agentguard.model.command import Command, Word
from agentguard.model.effect import Effect, Verb
from agentguard.model.environment import Environment
from agentguard.resolve.target import resolve
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox

BY_ARGUMENT = frozenset({"files", "git", "local", "nowhere", "sqlite", "ssh", "tool"})  # no place without an argument


@dataclass(frozen=True, slots=True)
class Reach:
    """One place, by one way of finding it, and the programs that would go there."""

    at: str
    environment: Environment
    programs: tuple[str, ...]


def reaches(programs: Iterable[str], surroundings: Surroundings, toolbox: Toolbox) -> tuple[Reach, ...]:
    """Where programs would go from here, those together that go to one place for the same reasons.

    A program that no table knows, or whose place its arguments tell, is in none of them.
    """
    found: dict[tuple[str, Environment], list[str]] = {}
    for name in programs:
        tool = toolbox.tool(name)
        if tool is not None and tool.at not in BY_ARGUMENT:
            command = Command(tool.program, (Word(name),), cwd=surroundings.cwd)
            found.setdefault((tool.at, reach_of(command, surroundings, toolbox)), []).append(name)
    return tuple(Reach(at, environment, tuple(names)) for (at, environment), names in found.items())


def reach_of(command: Command, surroundings: Surroundings, toolbox: Toolbox) -> Environment:
    """The environment that a command's connection leads to, whatever it does there."""
    tool = toolbox.tool(command.program)
    effect = Effect(Verb.READ, "place", at=tool.at if tool else "local", source=command)
    return resolve(effect, surroundings, toolbox)[0].environment
