"""GNU sed: the programs its `e` runs and the files its `w` writes, found in its script as sed reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

ADDRESS = re.compile(
    r"(?:\s|;|(?:\d+|\$)(?:~\d+)?|/(?:[^/\\\n]|\\.){0,500}/[IM]*"
    r"|\\(?P<mark>[^\n\\])(?:(?!(?P=mark))[^\\\n]|\\.){0,500}(?P=mark)[IM]*"
    r"|,\s*[+~]?|!)*",
    re.DOTALL,
)
LINE = frozenset("aicrRwWeb:tTqQlLv")  # commands whose argument goes to the end of the line
WRITES = frozenset("wW")
SINKS = ("/dev/stdout", "/dev/stderr")


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """What every script given by -e, -f or the first operand runs or writes; nothing with --sandbox."""
    del row
    if command.has("--sandbox"):
        return
    for text in _scripts(command, invocation, surroundings):
        yield from script(text, invocation)


def _scripts(command: Command, invocation: Invocation, surroundings: Surroundings) -> Iterator[str]:
    given = False
    for option in command.options:
        if option.name == "-e" and option.value is not None:
            given = True
            yield option.value.text
        elif option.name == "-f" and option.value is not None:
            given = True
            path = f"{invocation.cwd}/{option.value.text}" if option.value.text[:1] != "/" else option.value.text
            yield (surroundings.script(path) if option.value.known and path.startswith("/") else None) or ""
    if not given and command.operands:
        yield command.operands[0].text


def script(text: str, invocation: Invocation) -> Iterator[Payload]:
    """The payloads of one sed script."""
    place = 0
    while place < len(text):
        address = ADDRESS.match(text, place)
        place = address.end() if address else place
        letter = text[place : place + 1]
        place += 1
        if letter in ("s", "y"):
            found, place = _substitution(text, place, letter)
            yield from found
        elif letter == "#" or letter in LINE:
            line = text[place:].partition("\n")[0]
            place += len(line)
            yield from _argument(letter, line.strip(), invocation)


def _argument(letter: str, argument: str, invocation: Invocation) -> Iterator[Payload]:
    if letter == "e" and argument.rstrip("}; "):
        yield Payload("shell", text=Word(argument), how="sed")
    elif letter == "e":  # every line of the input is run
        yield Payload("shell", text=invocation.stdin, missing="sed runs each line of its input", how="sed")
    elif letter in WRITES:
        yield from _written(argument)


def _written(path: str) -> Iterator[Payload]:
    if path and not path.startswith(SINKS):
        yield Payload("argv", words=(Word("tee"), Word(path)), how="sed")


def _substitution(text: str, place: int, letter: str) -> tuple[list[Payload], int]:
    """`s/pattern/replacement/flags`: with the flag e the line that comes of it is run, with w it is written."""
    mark = text[place : place + 1]
    pattern, place = _until(text, place + 1, mark)
    replacement, place = _until(text, place, mark)
    flags = re.match(r"[gpiImMe\d]*", text[place:]) if letter == "s" else None
    found: list[Payload] = []
    if flags is None:
        return found, place
    place += flags.end()
    if "e" in flags[0]:
        whole = pattern in (".*", "^.*$", "^.*", ".*$")
        line = re.sub(r"(?<!\\)&|\\\d", UNKNOWN_PART, replacement) + ("" if whole else UNKNOWN_PART)
        found.append(Payload("shell", text=Word(line, UNKNOWN_PART not in line), how="sed"))
    if text[place : place + 1] == "w":
        line = text[place + 1 :].partition("\n")[0]
        place += 1 + len(line)
        found += _written(line.strip())
    return found, place


def _until(text: str, start: int, mark: str) -> tuple[str, int]:
    """The text up to the next mark that is not escaped, and the place behind the mark."""
    place = start
    while place < len(text) and text[place] != mark:
        place += 2 if text[place] == "\\" else 1
    return text[start:place].replace("\\" + mark, mark), place + 1
