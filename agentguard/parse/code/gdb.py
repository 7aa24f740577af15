"""Commands of gdb and lldb: what they hand to a shell, and the code they carry."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

SHELL = re.compile(r"\s*(?:shell\s+|!|pipe\s+|\|\s*|platform shell\s+|make\s+)(.*)")
CODE = re.compile(r"\s*(?:python|py|pi|script)\s+(.*)")
SYSTEM = re.compile(r'\b(?:system|popen)\s*\(\s*"((?:[^"\\]|\\.)*)"')


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """The shell text of every line, of a `system` that is called in the program too; Python as Python."""
    del carrier, inner, surroundings
    for line in text.splitlines():
        if found := SHELL.match(line):
            yield Payload("shell", text=Word(found[1]), how="escape")
        elif found := CODE.match(line):
            yield Payload("python", text=Word(found[1]), how="gdb")
        else:
            yield from (Payload("shell", text=Word(text), how="gdb") for text in SYSTEM.findall(line))
