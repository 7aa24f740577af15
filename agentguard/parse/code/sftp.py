"""Commands of sftp and lftp: what they do on the other host, and what `!` runs on this one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from agentguard.model.command import Command, Landing, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

THERE: Mapping[str, tuple[str, ...]] = {  # as the program of the other host that does the same
    "mrm": ("rm",),
    "mv": ("mv",),
    "rename": ("mv",),
    "rm": ("rm",),
    "rmdir": ("rmdir",),
}


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """Each line, or each part between semicolons, as a command line of the side that it happens on."""
    del inner, surroundings
    host = carrier.operands[0].text.partition(":")[0] if carrier.operands else ""
    for line in text.replace(";", "\n").splitlines():
        words = line.strip().lstrip("-@").split()
        if line.strip().startswith("!"):
            yield Payload("shell", text=Word(line.strip()[1:]), how="escape")
        elif words and words[0] in THERE and len(words) > 1:
            there = tuple(map(Word, (*THERE[words[0]], *words[1:])))
            yield Payload("argv", words=there, lands=Landing.SSH, place=host, how="ssh")
