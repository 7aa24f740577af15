"""What ran against what was read: nothing may have run that the reader neither listed nor marked as unknown."""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import groupby

from agentguard.model.call import Call, ShellLine
from agentguard.model.command import UNKNOWN_PART, Command, Reading, Word
from agentguard.parse.reader import read
from agentguard.parse.shell import patterns
from agentguard.tools import Toolbox, shipped
from tests.jail.cell import CWD, ENVIRON, TOLD, Ran, surroundings

BETWEEN = "\n"  # before each word, and no part of one: `.` stops at it, an unknown part may hold several words
ANY = "(?s:.*)"
SHELLS = frozenset({"sh", "bash", "env"})
TEMPORARY = re.compile(r"/tmp/tmp\\?\.\w+|/dev/fd/\d+")  # names that are others each time: of mktemp, of `<(…)`


@dataclass(frozen=True, slots=True)
class Compared:
    """One text: what ran that was not listed, and all that was read."""

    text: str
    missed: tuple[Ran, ...]
    reading: Reading

    @property
    def unknown(self) -> bool:
        return bool(self.reading.unknowns)


@cache
def toolbox() -> Toolbox:
    """The tables that ship."""
    return Toolbox(shipped())


def compared(shell: str, text: str, ran: Iterable[Ran]) -> Compared:
    """Read the text on a machine like the jail, and look up each program that it started there."""
    try:
        reading = read(Call(ShellLine(text, dialect=shell), CWD), surroundings(), toolbox())
    except Exception as error:  # noqa: BLE001 - a reader that fails must be told from one that misses
        return Compared(text, (Ran(("reader", repr(error)), CWD, (None,) * len(TOLD)),), Reading())
    listed = [(command, _pattern(command)) for command in reading.commands]
    missed = [each for each in dict.fromkeys(ran) if not _told(each) and not any(_same(each, *one) for one in listed)]
    return Compared(text, tuple(missed), reading)


def _told(ran: Ran) -> bool:
    """Whether others are compared in its place: what a shell's `-c` runs; or it is the `echo` xargs falls back on."""
    return (os.path.basename(ran.argv[0]) in SHELLS and ran.argv[1:2] == ("-c",)) or ran.argv[0] == "echo"


def _pattern(command: Command) -> re.Pattern[str]:
    """The words of a command: known text as it is, an unknown part any text, also that of no or several words."""
    found: list[str] = []
    argv = (_named(command.argv[0]), *command.argv[1:]) if command.argv else ()
    for glob, words in groupby(argv, key=lambda word: word.glob):
        if glob:
            found.append(_matched(glob, [word.text for word in words], unknown=not command.cwd))
        else:
            found.extend(_word(word.text) for word in words)
    return re.compile(TEMPORARY.sub("TEMPORARY", "".join(found)))


def _named(word: Word) -> Word:
    """The program's name: whether it is found in PATH or by its path is told elsewhere."""
    return Word(os.path.basename(word.text), word.known, word.glob)


def _word(text: str) -> str:
    if text.strip(UNKNOWN_PART):
        return BETWEEN + re.escape(_line((text,))[1:]).replace(UNKNOWN_PART, ANY)
    return f"(?:{BETWEEN}{ANY})?" if text else BETWEEN


def _matched(glob: str, names: list[str], *, unknown: bool) -> str:
    """The names that one pattern found: all of them, or with those the text itself made, or without what it moved."""
    known = "|".join(sorted((re.escape(name) for name in names), key=len, reverse=True))
    others = "" if unknown else "(?!(?:" + "|".join(map(re.escape, _standing())) + f")(?:{BETWEEN}|$))"
    return f"(?:{BETWEEN}(?:(?:{known})(?={BETWEEN}|$)|{others}{_expression(glob)}))*"


def _line(words: Iterable[str]) -> str:
    return "".join(BETWEEN + word.replace(BETWEEN, "\1") for word in words)


def _expression(glob: str) -> str:
    """The pattern as an expression; any text where it cannot be one."""
    found = patterns.regex(glob) or ANY
    try:
        re.compile(found)
    except re.error:
        return ANY
    return found


@cache
def _standing() -> tuple[str, ...]:
    return (*(surroundings().listdir(CWD) or ()), "link", "link/keep.txt")


def _same(ran: Ran, command: Command, pattern: re.Pattern[str]) -> bool:
    cwd = TEMPORARY.sub("TEMPORARY", command.cwd)
    if cwd not in ("", TEMPORARY.sub("TEMPORARY", ran.cwd)) or not _given(ran, command):
        return False
    if pattern.fullmatch(TEMPORARY.sub("TEMPORARY", _line((os.path.basename(ran.argv[0]), *ran.argv[1:])))):
        return True
    if any(via.program == "xargs" for via in command.via) and _portion(ran.argv, command.argv):
        return True
    name = os.path.basename(ran.argv[0])  # a script that was started by its path
    return name in SHELLS and len(ran.argv) > 1 and command.program == os.path.basename(ran.argv[1])


def _portion(ran: tuple[str, ...], listed: tuple[Word, ...]) -> bool:
    """Whether it is one of the times that xargs starts a command which is listed once with all words."""
    rest = iter(word.text for word in listed)
    return ran[0] == listed[0].text and all(word in rest for word in ran)


def _given(ran: Ran, command: Command) -> bool:
    """Whether the variables it got are those it was said to get."""
    told = dict(command.variables)
    for name, value in zip(TOLD, ran.variables, strict=True):
        word = told.get(name)
        if word is not None and not word.known:
            continue
        inherited = None if command.bare_environment else ENVIRON.get(name)
        if value != (inherited if name not in told else word and word.text):
            return False
    return True
