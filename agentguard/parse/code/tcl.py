"""Tcl: every line is a command of words; those that start programs or change files are put as a program would be."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

BRACED = r"\{(?:[^{}]|\{[^{}]*\})*\}"
QUOTED = r'"(?:[^"\\]|\\.)*"'
COMMANDS = re.compile(rf'(?:^|[\n;\[{{])\s*(exec|spawn|system|file|open)\s+((?:{BRACED}|{QUOTED}|[^\n;\]}}{{"])*)')
WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|\{((?:[^{}]|\{[^{}]*\})*)\}|(\S+)')
FILES = {"delete": ("rm", "-rf"), "rename": ("mv",), "copy": ("cp",)}
SWITCHES = frozenset({"-force", "--", "-noecho", "-ignorestderr", "-keepnewline"})


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """What a Tcl script would run or destroy; what it does not name is opaque."""
    del carrier, surroundings
    for found in COMMANDS.finditer("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))):
        words = tuple(word for word in _words(found[2]) if word.text not in SWITCHES)
        if found[1] in ("exec", "spawn") and words:
            yield Payload("argv", words=words, how="tcl")
        elif found[1] == "system" and words:
            yield Payload("shell", text=Word(" ".join(w.text for w in words), all(w.known for w in words)), how="tcl")
        elif found[1] == "file" and words and words[0].text in FILES:
            yield Payload("argv", words=(*map(Word, FILES[words[0].text]), *words[1:]), how="tcl")
        elif found[1] == "open" and len(words) > 1 and words[1].text.startswith("w"):
            yield Payload("argv", words=(Word("tee"), words[0]), how="tcl")
        elif found[1] == "open" and words and words[0].text.startswith("|"):
            yield Payload("shell", text=Word(words[0].text[1:], words[0].known), how="tcl")
    yield Command("tcl code", (Word("tcl"),), via=inner.via, cwd=inner.cwd)


def _words(text: str) -> Iterator[Word]:
    for found in WORD.finditer(text):
        word = next(group for group in found.groups() if group is not None)
        put_in = re.sub(r"\$\{?[\w:]+\}?|\[[^\]]*\]?", UNKNOWN_PART, word) if found[2] is None else word
        yield Word(put_in, UNKNOWN_PART not in put_in)
