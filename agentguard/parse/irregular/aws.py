"""aws: the aliases of its own configuration (`~/.aws/cli/alias`), which it puts in place of its first word.

Top-level aliases only, those that start with `!` as shell text. An alias inside its own expansion is the plain command.
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
    if not text or any(via.how == _how(command) for via in invocation.via):
        return
    first = command.path[0]
    at = next(place for place, word in enumerate(command.argv) if place and word.text == first)
    rest = (*command.argv[1:at], *command.argv[at + 1 :])
    line = text[1:] if text.startswith("!") else f"{command.argv[0].text} {text}"
    arguments = " ".join(quoted(word.text) for word in rest)
    known = all(word.known for word in rest)
    yield Payload("shell", text=Word(f"{line} {arguments}".rstrip(), known), how=_how(command))


def alias(command: Command, surroundings: Surroundings) -> str:
    """The text of the alias that a command's first word is; empty where it is none."""
    if not command.path or command.landing is not None:
        return ""
    found = surroundings.facts(f"{surroundings.home}/{FILE}", "aws_alias", _aliases)
    text = found.get(command.path[0]) if isinstance(found, dict) else None
    return text if isinstance(text, str) else ""


def _how(command: Command) -> str:
    return f"aws alias {command.path[0]}"


def _aliases(data: bytes) -> Json:
    """The aliases of the section `[toplevel]`; indented lines go on."""
    found: dict[str, Json] = {}
    section = name = ""
    for line in data.decode("utf-8-sig").splitlines():
        key, equals, value = line.partition("=")
        if line.startswith("["):
            section = line.strip().strip("[]").strip()
        elif section == "toplevel" and name and line[:1] in (" ", "\t"):
            found[name] = f"{found[name]}\n{line.strip()}".strip()
        elif section == "toplevel" and equals and not line.lstrip().startswith("#"):
            name = key.strip()
            found[name] = value.strip()
    return found
