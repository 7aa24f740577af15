"""What a resolver is given, and the few questions every resolver asks."""

from __future__ import annotations

import os.path
from dataclasses import dataclass

from agentguard.model.command import Command, Word
from agentguard.model.effect import Effect
from agentguard.model.environment import Names
from agentguard.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Subject:
    """One effect on its way to a target: the command that causes it (None for SQL by itself), and where to look."""

    effect: Effect
    command: Command | None
    surroundings: Surroundings
    names: Names

    def variable(self, name: str) -> str | None:
        """A variable as the command would see it: set on the line, else from the surroundings. None where unset.

        A value made at run time comes back with UNKNOWN_PART in it; it never matches a name, and is no evidence.
        """
        if self.command is not None:
            told = dict(self.command.variables)
            if name in told:
                word = told[name]
                return word.text if isinstance(word, Word) else None
            if self.command.bare_environment:
                return None
        return self.surroundings.variable(name)

    def home(self) -> str:
        return self.variable("HOME") or self.surroundings.home

    def path(self, text: str) -> str:
        """A path as the command would read it: `~` and relative to its own directory; absolute and normal."""
        if text == "~" or text.startswith("~/"):
            text = self.home() + text[1:]
        base = (self.command.cwd if self.command else "") or self.surroundings.cwd
        return os.path.normpath(os.path.join(base, text))
