"""A text of tmux commands, as `if-shell` and `bind-key` take it: each is a command line of tmux itself."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.model.command import Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """The text as the command line that does the same; tmux separates commands as a shell does, by `;`."""
    del carrier, inner, surroundings
    for command in text.split(" ; "):
        yield Payload("shell", text=Word(f"tmux {command}"), how="tmux")
