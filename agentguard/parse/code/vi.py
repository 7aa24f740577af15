"""Commands of vim, ex and ed: what they hand to a shell, the files they write or remove, the code they carry.

One command a line, several between bars; a range before it is skipped. A file is written anew where all its lines were
deleted before it is written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Unknown, Word
from agentguard.parse.code import scripts
from agentguard.parse.code.spellings import SCRIPTS
from agentguard.parse.code.tokens import unescaped
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

RANGE = re.compile(r"(?:[%.$,;\d+\-\s:]|'[a-z<>]|/(?:[^/\\]|\\.)*/(?=[,;!\w\s])|\\/)*")
MODIFIER = re.compile(r"(?:sil(?:e(?:n(?:t)?)?)?|keepj\w*|noa\w*|verb\w*)!?\s+|norm\w*!?\s+:")
SHELLED = re.compile(
    r"(?:!|(?:r|re|read|w|wr|write)\s+!|(?:te|term|terminal)\s+|(?:mak|make|grep)!?\s+(?=\|))\s*(.*)", re.DOTALL
)
WRITES = re.compile(r"(?:w|wr|write|wq|x|xit|wqa|wa|xa|up|update|sav|saveas)(!?)(?:\s+([^\s|!].*))?")
SOURCES = re.compile(r"(?:so|source|ru|runtime)!?\s+(\S+)")
CODE = re.compile(r"(py|py3|python|python3|pyx|lua|perl|ruby|rub)\s+(.*)", re.DOTALL)
EXECUTES = re.compile(r"(?:exe|exec|execute)\s+(.*)", re.DOTALL)
LANGUAGES = {"l": "lua", "pe": "perl", "ru": "ruby"}
ALL = re.compile(r"^\s*:?\s*(?:%|,|1,\$|g/(?:\.\*|\.|\^)?/)\s*d(?:el\w*)?\b")
COMMAND_LIMIT = 1000  # commands of one text that are read
DEPTH = 10  # bars and `execute` inside each other


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """What the commands would run or destroy; `carrier` names the file that is edited."""
    del inner, surroundings
    files = [word for word in carrier.operands if not word.text.startswith("+")]
    emptied, count = False, 0
    for line in text.split("\n"):
        for command in _parts(line):
            count += 1
            if count > COMMAND_LIMIT:
                yield Unknown(f"more than {COMMAND_LIMIT} commands of an editor", text[:200], anywhere=True)
                return
            emptied = emptied or bool(ALL.match(command))
            yield from _command(command, files[:1] if emptied else [])


def _parts(line: str) -> Iterator[str]:
    """The commands between bars; what a shell is handed goes to the end of the line."""
    while line:
        command = MODIFIER.sub("", line.strip().lstrip(":").lstrip(), count=1)
        plain = RANGE.sub("", command, count=1)
        if SHELLED.match(plain) or "|" not in command or EXECUTES.match(plain) or CODE.match(plain):
            yield command
            return
        first, _, line = command.partition("|")
        yield first


def _command(command: str, emptied: list[Word], depth: int = 0) -> Iterator[Payload | Command | Unknown]:
    command = RANGE.sub("", command, count=1)
    if shelled := SHELLED.match(command):
        yield Payload("shell", text=Word(shelled[1]), how="escape")
    elif executed := EXECUTES.match(command):
        constant = executed[1].strip()
        text = unescaped(constant[1:-1]) if constant[:1] in "\"'" and constant[-1:] == constant[:1] else ""
        for part in _parts(text) if depth < DEPTH else ():
            yield from _command(part, emptied, depth + 1)
        if not text:
            yield from scripts.calls_of(SCRIPTS["vim"], "vim", constant)
    elif code := CODE.match(command):
        language = next((to for start, to in LANGUAGES.items() if code[1].startswith(start)), "python")
        yield Payload(language, text=Word(code[2]), how="vim")
    elif sourced := SOURCES.match(command):
        yield Payload("vi", file=Word(sourced[1]), how="script")
    elif written := WRITES.fullmatch(command.strip()):
        words = [Word(written[2].strip())] if written[2] else emptied
        yield from (Payload("argv", words=(Word("tee"), word), how="vim") for word in words)
    else:
        yield from scripts.calls_of(SCRIPTS["vim"], "vim", command)
