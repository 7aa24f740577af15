"""awk programs: what they hand to a shell (system, pipes, getline) and the files they write."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

TEXT = r'"((?:[^"\\]|\\.)*)"'
SYSTEM = re.compile(r"\bsystem\s*\(\s*(?:" + TEXT + r"\s*\))?")
FROM = re.compile(TEXT + r"\s*\|\s*getline")
INTO = re.compile(r"\bprintf?\b([^;}\n]*?)\|&?\s*" + TEXT)
DYNAMIC = re.compile(r"\bprintf?\b[^;}\n\"|]*?[^>]>\s*[A-Za-z_$(]")  # into a file that the input names
WRITES = re.compile(r"\bprintf?\b[^;}\n|]*?(>>?)\s*" + TEXT)


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """The shell text and files in an awk program; a `system` of something else than one constant is Unknown."""
    del carrier, inner, surroundings
    for found in SYSTEM.finditer(text):
        if found[1] is None:
            yield Unknown("awk hands text made at run time to a shell", text[:200])
        else:
            yield Payload("shell", text=Word(_plain(found[1])), how="awk")
    for found in FROM.finditer(text):
        yield Payload("shell", text=Word(_plain(found[1])), how="awk")
    for found in INTO.finditer(text):
        yield from _piped(found[1].strip(), _plain(found[2]))
    for found in WRITES.finditer(text):
        if found[1] == ">":
            yield Payload("argv", words=(Word("tee"), Word(_plain(found[2]))), how="awk")
    if DYNAMIC.search(text):
        yield Payload("argv", words=(Word("tee"), Word(UNKNOWN_PART, known=False)), how="awk")


def _piped(printed: str, program: str) -> Iterator[Payload | Unknown]:
    """`print "rm x" | "sh"`: the program, and where it is a shell the text it is fed."""
    yield Payload("shell", text=Word(program), how="awk")
    if program.split()[:1] and program.split(maxsplit=1)[0].rsplit("/", 1)[-1] in ("sh", "bash", "zsh", "dash"):
        constant = re.fullmatch(TEXT, printed)
        if constant:
            yield Payload("shell", text=Word(_plain(constant[1])), how="awk")
        else:
            yield Unknown("awk pipes text made at run time into a shell", printed)


def _plain(text: str) -> str:
    return text.replace('\\"', '"').replace("\\\\", "\\").replace("\\n", "\n").replace("\\t", "\t")
