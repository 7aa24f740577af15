"""What a resolver is given, and the few questions every resolver asks."""

from __future__ import annotations

import os.path
from dataclasses import dataclass, replace

from agentguard.model.command import UNKNOWN_PART, Command, Via, Word
from agentguard.model.effect import Effect
from agentguard.model.environment import Evidence, Names
from agentguard.surroundings import Surroundings

NO_DIRECTORY = "/nonexistent"  # where relative paths lie once the working directory is not known: nothing is read there

INJECTORS = frozenset({"chamber", "doppler", "dotenv", "op"})  # and all that go by their tables: infisical, envchain, …


@dataclass(frozen=True, slots=True)
class Subject:
    """One effect on its way to a target: the command that causes it (None for SQL by itself), and where to look."""

    effect: Effect
    command: Command | None
    surroundings: Surroundings
    names: Names

    @property
    def program(self) -> str:
        return self.command.program if self.command else ""

    @property
    def called(self) -> str:
        """The name the program was called by, where its table goes by another (podman, docker)."""
        return os.path.basename(self.command.argv[0].text) if self.command and self.command.argv else self.program

    @property
    def operands(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.command.operands) if self.command else ()

    @property
    def directory(self) -> str:
        """The directory the command works in."""
        return (self.command.cwd or NO_DIRECTORY) if self.command else self.surroundings.cwd

    def variable(self, name: str) -> str | None:
        """A variable as the command would see it: set on the line, else from the surroundings. None where unset.

        A value made at run time, also one that a wrapper may set, comes back with UNKNOWN_PART in it.
        """
        if self.command is not None:
            told = dict(self.command.variables)
            if name in told:
                word = told[name]
                return word.text if isinstance(word, Word) else None
            if self.command.bare_environment:
                return None
            if name != "HOME" and self.injector is not None:
                return UNKNOWN_PART
        return self.surroundings.variable(name)

    @property
    def injector(self) -> Via | None:
        """The wrapper around the command that sets variables from a store of secrets: no variable is known then."""
        around = self.command.via if self.command else ()
        return next((via for via in reversed(around) if via.program in INJECTORS), None)

    def option(self, *names: str) -> Evidence | None:
        """The last of these options that has a value, as evidence; None where there is none."""
        found = self.command.option(*names) if self.command else None
        return Evidence(found.name, found.value.text) if found and found.value else None

    def variables(self, *names: str) -> tuple[Evidence, ...]:
        """Those of these variables that are set to something, as evidence, in the given order."""
        return tuple(Evidence(name, value) for name in names if (value := self.variable(name)))

    def told(self, options: tuple[str, ...], variables: tuple[str, ...] = ()) -> Evidence | None:
        """What decides where a flag beats its variables: the flag unless it is empty, else the first variable set."""
        flag = self.option(*options)
        return flag if flag and flag.says else next(iter(self.variables(*variables)), None)

    def home(self) -> str:
        return self.variable("HOME") or self.surroundings.home

    def path(self, text: str) -> str:
        """A path as the command would read it: `~` and relative to its own directory; absolute and normal."""
        if text == "~" or text.startswith("~/"):
            text = self.home() + text[1:]
        return os.path.normpath(os.path.join(self.directory, text))

    def shown(self, path: str) -> str:
        """A path as a person reads it: `~` for the home, relative below the working directory."""
        for place, short in ((self.directory, ""), (self.home(), "~/")):
            if path.startswith(place.rstrip("/") + "/"):
                return short + path[len(place.rstrip("/")) + 1 :]
        return path

    def of(self, command: Command | None) -> Subject:
        """The same question about another command: where it would reach by itself, whatever it acts on."""
        return replace(
            self, effect=replace(self.effect, kind="place", objects=(), whole=False, source=command), command=command
        )
