"""What expansion asks of the shell that is being read: its state, its budget, and to run what stands in a word."""

from __future__ import annotations

from typing import Protocol

from agentguard.parse.budget import Budget
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.tree import Script, Substitution


class Host(Protocol):
    """The part of the evaluation that words come back to."""

    scope: Scope
    budget: Budget
    status: bool | None

    def captured(self, body: Script) -> str:
        """Read the commands of `$(…)`; their output, with UNKNOWN_PART for what is not known."""

    def piped(self, substitution: Substitution) -> str:
        """Read the commands of `<(…)` or `>(…)`; the path that stands for it."""

    def text_of(self, path: str) -> str | None:
        """The text of a file that decides what runs; None where it is absent or may not be read."""

    def unread(self, why: str, text: str, *, limit: bool = False) -> None:
        """Note something that could not be read; `limit`: for being too large."""
