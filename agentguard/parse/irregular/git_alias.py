"""git's aliases: a word of one's own for a sub-command or, behind `!`, for a line of the shell.

Looked for in the settings of the call itself, then in the repository's configuration and the user's. Asked only for
names that git does not have itself; an alias inside its own expansion is the plain command.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from io import BytesIO

from dulwich.config import ConfigFile

from agentguard.model.command import Command, Word
from agentguard.parse.payload import Payload
from agentguard.surroundings import Json, Surroundings

FILES = (".config/git/config", ".gitconfig")  # of the user, in the order git reads them
LEVELS = 64  # directories upward: no path people work in is deeper


def payloads(command: Command, surroundings: Surroundings) -> Iterator[Payload]:
    """What the alias stands for, with the rest of the line behind it as git puts it there."""
    text = alias(command, surroundings)
    if text:
        line = text[1:] if text.startswith("!") else f"git {text}"
        yield Payload("shell", text=Word(f'{line} "$@"'), rest=(Word("git"), *_behind(command)), how=_how(command))


def alias(command: Command, surroundings: Surroundings) -> str:
    """The text of the alias that a command's first word is; empty where it is none."""
    inside = any(command.path and via.how == _how(command) for via in command.via)
    if not command.path or inside or command.landing is not None:
        return ""
    name = command.path[0].lower()
    found = ""
    for path in (*(f"{surroundings.home}/{file}" for file in FILES), _own(command.cwd, surroundings)):
        aliases = surroundings.facts(path, "git_alias", aliases_of) if path else None
        text = aliases.get(name) if isinstance(aliases, dict) else None
        found = text if isinstance(text, str) else found
    return dict(settings(command)).get(f"alias.{name}", found)


def settings(command: Command) -> Iterator[tuple[str, str]]:
    """Settings of this call alone: `-c key=value`, and GIT_CONFIG_KEY_n with GIT_CONFIG_VALUE_n."""
    for option in command.options:
        if option.name == "-c" and option.value is not None:
            key, _, value = option.value.text.partition("=")
            yield key.lower(), value
    told = dict(command.variables)
    for name, word in told.items():
        if name.startswith("GIT_CONFIG_KEY_") and isinstance(word, Word):
            value_word = told.get(name.replace("_KEY_", "_VALUE_"))
            yield word.text.lower(), value_word.text if isinstance(value_word, Word) else ""


def _how(command: Command) -> str:
    return f"git alias {command.path[0]}"


def _own(folder: str, surroundings: Surroundings) -> str:
    """The configuration of the repository that a directory lies in; "" where it lies in none."""
    for _ in range(LEVELS):
        if not folder.strip("/"):
            break
        if surroundings.exists(f"{folder}/.git"):
            return f"{folder}/.git/config"
        folder = os.path.dirname(folder)
    return ""


def _behind(command: Command) -> tuple[Word, ...]:
    """The words behind the alias, options too, as they were written."""
    place = next(n for n, word in enumerate(command.argv) if n and word.text == command.path[0])
    return command.argv[place + 1 :]


def aliases_of(data: bytes) -> Json:
    """The aliases of a configuration file, by name in lower case. Raises ValueError where it does not parse."""
    section = ConfigFile.from_file(BytesIO(data))
    found: dict[str, Json] = {}
    for name, value in section.items((b"alias",)) if section.has_section((b"alias",)) else ():
        found[name.decode("utf-8", "replace").lower()] = value.decode("utf-8", "replace")
    return found
