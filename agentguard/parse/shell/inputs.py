"""Builtins that set variables from text: read, mapfile and printf -v."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.shell import arithmetic, expand, makers, reentry
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.values import UNKNOWN, Variable

TAKES = frozenset("dinNptu")  # options of `read` that take an argument

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell


def printf(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`printf`; with -v the text goes into a variable."""
    shell.emit(argv, io)
    shell.status = True
    if len(argv) < 3 or argv[1].text != "-v":
        return makers.output(shell, [word.text for word in argv], io)
    output = makers.output(shell, ["printf", *(word.text for word in argv[3:])], io)
    _store(shell, argv[2].text, output)
    return ""


def _store(shell: Shell, name: str, text: str) -> None:
    """Set the variable that a builtin names; a subscript in the name is read, and may run something."""
    plain, bracket, _ = arithmetic.embedded(shell, name).partition("[")
    if bracket:
        shell.scope.variables[plain] = UNKNOWN
    elif plain.isidentifier():
        shell.scope.set(plain, text)


def read(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`read names`: the next line of a known input, else values nobody knows."""
    shell.emit(argv, io)
    names, options = _read_names([word.text for word in argv[1:]])
    line = _line(shell, io) if not set(options) & set("dnNu") else None
    if line is None:
        for name in names or ["REPLY"]:
            _store(shell, name, UNKNOWN_PART)
        return ""
    if "a" in options:
        ifs = shell.scope.variable("IFS").text
        fields = expand.split_at(line, " \t\n" if ifs is None else ifs)[1]
        shell.scope.variables[names[-1] if names else "REPLY"] = Variable(
            None, tuple((str(place), text) for place, text in enumerate(fields))
        )
        return ""
    _distribute(shell, names or ["REPLY"], line)
    return ""


def _read_names(words: list[str]) -> tuple[list[str], str]:
    """The names that `read` sets, and the letters of its options."""
    options = ""
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        letters = word[1:]
        attached = letters[0] in TAKES and len(letters) > 1
        options += letters[0] if attached else letters
        if letters[-1] in TAKES and not attached:
            words = words[1:]
    return words, options


def _line(shell: Shell, io: Streams) -> str | None:
    """The next line of what is read; None where it is not known. Lines that were read are gone."""
    own = io.stdin is not None and io.stdin is shell.scope.stdin
    if io.stdin is None:
        return None
    if UNKNOWN_PART in io.stdin.partition("\n")[0]:
        return None
    line, _, rest = io.stdin.partition("\n")
    if own:
        shell.scope.stdin = rest
    shell.status = None
    return line


def _distribute(shell: Shell, names: list[str], line: str) -> None:
    """One field to each name, the rest of the line to the last."""
    ifs = shell.scope.variable("IFS").text
    ifs = " \t\n" if ifs is None else ifs
    blank = "".join(letter for letter in ifs if letter in " \t\n")
    for name in names[:-1]:
        fields = expand.split_at(line, ifs)[1]
        first = fields[0] if fields else ""
        line = line.lstrip(blank)[len(first) :].lstrip(blank) if fields else ""
        line = line[1:] if line[:1] and line[0] in ifs and line[0] not in blank else line
        _store(shell, name, UNKNOWN_PART if UNKNOWN_PART in first else first)
    _store(shell, names[-1], line.strip(blank) if blank else line)


def mapfile(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`mapfile name`: the lines of a known input; the text behind -C is code."""
    shell.emit(argv, io)
    words = [word.text for word in argv[1:]]
    if "-C" in words[:-1]:
        reentry.callback(shell, words[words.index("-C") + 1], (UNKNOWN_PART, UNKNOWN_PART))
    name = words[-1] if words and words[-1].isidentifier() else "MAPFILE"
    text = io.stdin
    if text is None or UNKNOWN_PART in text:
        shell.scope.variables[name] = UNKNOWN
        return ""
    lines = text.splitlines() if "-t" in words else text.splitlines(keepends=True)
    shell.scope.variables[name] = Variable(None, tuple((str(place), line) for place, line in enumerate(lines)))
    return ""
