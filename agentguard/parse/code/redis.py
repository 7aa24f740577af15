"""Redis commands as redis-cli reads them from its input: one a line, each as if it stood on the command line."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.model.command import Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """Each line that is not empty, as arguments of the client that was started."""
    del inner, surroundings
    for line in text.splitlines():
        words = tuple(Word(word) for word in line.split())
        if words and not words[0].text.startswith("#"):
            yield Payload("argv", words=(*carrier.argv, *words), how="stdin")
