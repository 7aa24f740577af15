"""crontab files: the command of each line, which runs later with nobody there to ask."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.parse.shell.parameters import quoted
from agentguard.surroundings import Surroundings

LINE = re.compile(rf"[\s{UNKNOWN_PART}]*(?:@\w+|(?:[\d*/,\-?A-Za-z]+\s+){{4}}[\d*/,\-?A-Za-z]+)\s+(.*)")


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """The shell text of every entry; what stands behind a `%` is its input."""
    del carrier, inner, surroundings
    for line in text.splitlines():
        entry = LINE.match(line)
        if entry and not line.lstrip().startswith("#"):
            command, *fed = (part.replace("\\%", "%") for part in re.split(r"(?<!\\)%", entry[1]))
            given = quoted("\n".join(fed))
            text = f"printf %s {given} | {{ {command}\n}}" if fed else command
            yield Payload("shell", text=Word(text), how="crontab")
