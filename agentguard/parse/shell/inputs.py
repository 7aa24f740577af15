"""Builtins that set variables from text: read, mapfile and printf -v."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.shell import arithmetic, expand, makers, reentry
from agentguard.parse.shell.line_filters import parted, rows
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.values import DIGITS_LIMIT, UNKNOWN, Variable

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
        for name, text in zip(names or ["REPLY"], _later(shell, io, len(names) or 1, options), strict=True):
            _store(shell, name, text)
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


def _later(shell: Shell, io: Streams, count: int, options: str) -> list[str]:
    """The fields of a file's first line, each looked up only where it would run; of other inputs nothing is known."""
    path, ifs = io.stdin_file, _separators(shell)
    if not path or path == shell.scope.stdin_file or set(options) - {"r"}:
        return [UNKNOWN_PART] * count

    def field(place: int) -> str:
        return _fields((shell.text_of(path) or "").partition("\n")[0], count, ifs)[place]

    return [shell.scope.promise(partial(field, place)) for place in range(count)]


def _separators(shell: Shell) -> str:
    ifs = shell.scope.variable("IFS").text
    return " \t\n" if ifs is None else ifs


def _distribute(shell: Shell, names: list[str], line: str) -> None:
    """One field to each name, the rest of the line to the last."""
    for name, text in zip(names, _fields(line, len(names), _separators(shell)), strict=True):
        _store(shell, name, UNKNOWN_PART if UNKNOWN_PART in text else text)


def _fields(line: str, count: int, ifs: str) -> list[str]:
    found = []
    blank = "".join(letter for letter in ifs if letter in " \t\n")
    for _ in range(count - 1):
        fields = expand.split_at(line, ifs)[1]
        first = fields[0] if fields else ""
        line = line.lstrip(blank)[len(first) :].lstrip(blank) if fields else ""
        line = line[1:] if line[:1] and line[0] in ifs and line[0] not in blank else line
        found.append(first)
    return [*found, line.strip(blank) if blank else line]


def mapfile(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`mapfile name`: the lines of a known input; the text behind -C is code."""
    shell.emit(argv, io)
    words = [word.text for word in argv[1:]]
    if "-C" in words[:-1]:
        reentry.callback(shell, words[words.index("-C") + 1], (UNKNOWN_PART, UNKNOWN_PART))
    found = parted(words, "dnOsuCc")
    options, names = found or ({"?": ""}, [])
    name = names[0] if names and names[0].isidentifier() else "MAPFILE"
    text = io.stdin
    if text is None or UNKNOWN_PART in text or set(options) - set("tnsCc"):
        shell.scope.variables[name] = UNKNOWN
        return ""
    skipped, count = (
        int(options[letter][:DIGITS_LIMIT]) if options.get(letter, "").isdigit() else 0 for letter in "sn"
    )
    lines = rows(text, ended="t" not in options)[skipped : skipped + count if count else None]
    shell.scope.variables[name] = Variable(None, tuple((str(place), line) for place, line in enumerate(lines)))
    return ""
