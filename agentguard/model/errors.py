"""Errors a person can act on: each names the place, the problem and a way out."""

from __future__ import annotations

from difflib import get_close_matches
from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every agentguard command (a hook answers in its agent's own codes)."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    HELD = 3
    BLOCKED = 4
    TAMPERED = 5
    UNWITNESSED = 6
    CANNOT_TELL = 7
    STILL_HELD = 75


class AgentguardError(Exception):
    """Something the user can mend: `place` says where, `problem` what, `hint` the way out."""

    exit = Exit.ERROR

    def __init__(self, problem: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.place = place
        self.hint = hint

    def __str__(self) -> str:
        where = f" in {self.place}" if self.place else ""
        return f"{self.problem}{where}" + (f": {self.hint}" if self.hint else "")


class ToolTableError(AgentguardError):
    """A tool's table does not load or fails its own example."""


class PolicyError(AgentguardError):
    """A policy file does not load, or one of its rules fails its own example."""


class Unreachable(AgentguardError):
    """The broker cannot be started or does not answer."""


class Refused(AgentguardError):
    """The broker answered, and the answer is no."""

    exit = Exit.BLOCKED


def did_you_mean(word: str, known: list[str] | tuple[str, ...]) -> str:
    """A hint for a misspelt word: the nearest of `known`, else the whole list."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"did you mean `{near[0]}`?" if near else f"known are {', '.join(sorted(known))}"
