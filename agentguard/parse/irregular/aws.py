"""aws: the aliases of its own configuration (`~/.aws/cli/alias`), which it puts in place of a word.

Those of `[toplevel]` stand for the first word, those of `[command ec2]` for an operation of that service; what starts
with `!` is shell text. An alias inside its own expansion is the plain command.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.parse.shell.parameters import quoted
from agentguard.surroundings import Json, Surroundings
from agentguard.tools.schema import Row

FILE = ".aws/cli/alias"


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """What the alias stands for, with the rest of the line behind it."""
    del row
    text = alias(command, surroundings)
    depth = _depth(command, _found(surroundings)) if text else 0
    how = f"aws alias {' '.join(command.path[:depth])}"
    if not text or any(via.how == how for via in invocation.via):
        return
    at = _places(command)[depth - 1]
    rest = (*command.argv[1:at], *command.argv[at + 1 :]) if depth == 1 else command.argv[at + 1 :]
    before = command.argv[:1] if depth == 1 else command.argv[:at]
    line = text[1:] if text.startswith("!") else " ".join((*(quoted(word.text) for word in before), text))
    arguments = " ".join(quoted(word.text) for word in rest)
    known = all(word.known for word in (*before, *rest))
    yield Payload("shell", text=Word(f"{line} {arguments}".rstrip(), known), how=how)


def alias(command: Command, surroundings: Surroundings) -> str:
    """The text of the alias that a command's first word is, or its operation; empty where there is none."""
    if not command.path or command.landing is not None:
        return ""
    found = _found(surroundings)
    depth = _depth(command, found)
    return found[_section(command, depth)][command.path[depth - 1]] if depth else ""


def _found(surroundings: Surroundings) -> dict[str, dict[str, str]]:
    """The aliases by section, as far as the file can be read."""
    told = surroundings.facts(f"{surroundings.home}/{FILE}", "aws_alias", _aliases)
    sections = told.items() if isinstance(told, dict) else ()
    return {
        name: {key: text for key, text in section.items() if isinstance(text, str)}
        for name, section in sections
        if isinstance(section, dict)
    }


def _depth(command: Command, found: dict[str, dict[str, str]]) -> int:
    """Which word of the path is an alias, counted from one; 0 where none is."""
    for depth, word in enumerate(command.path[:2], start=1):
        if word in found.get(_section(command, depth), {}):
            return depth
    return 0


def _section(command: Command, depth: int) -> str:
    return "toplevel" if depth == 1 else f"command {command.path[0]}"


def _places(command: Command) -> list[int]:
    """Where the words of the path stand in the line."""
    places: list[int] = []
    for name in command.path:
        start = places[-1] + 1 if places else 1
        places.append(next(n for n in range(start, len(command.argv)) if command.argv[n].text == name))
    return places


def _aliases(data: bytes) -> Json:
    """The aliases of each section; indented lines go on."""
    found: dict[str, dict[str, str]] = {}
    section = name = ""
    for line in data.decode("utf-8-sig").splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            section, name = " ".join(line.strip().strip("[]").split()), ""
        elif name and line[:1] in (" ", "\t"):
            found[section][name] = f"{found[section][name]}\n{line.strip()}".strip()
        elif equals and not line.lstrip().startswith("#"):
            name = key.strip()
            found.setdefault(section, {})[name] = value.strip()
    return {name: {**aliases} for name, aliases in found.items()}
