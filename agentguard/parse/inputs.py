"""What stands in files that options name, where it counts: a whole request, a member that is a risk, code that is run.

A request (`--cli-input-json`, `--flags-file`) becomes further options of the command, before those on the line, which
win. A file that is not there, cannot be read or is no document has contents made at run time. Nothing else is read: a
file may hold a secret, and what is looked at is kept.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator
from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART, Command, Option, Word
from agentguard.parse.documents import DEPTH_LIMIT, document, plain
from agentguard.parse.invocation import Invocation
from agentguard.surroundings import Json, Surroundings
from agentguard.tools.schema import Row, Tool

HIDDEN = Word(UNKNOWN_PART, known=False)
FED = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
SECRET = re.compile(r"(?i)passw|secret(?!.?(?:id|name|arn))|token|credential|private.?key|api.?key|passphrase|pin$")
HUMP = re.compile(r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
PLAIN = (str, int)  # booleans are integers, too


def with_inputs(
    tool: Tool, row: Row | None, command: Command, invocation: Invocation, surroundings: Surroundings
) -> Command:
    """The command with what its files hold.

    Args:
        tool: says which values are files, and which options hold a request.
        row: of the command; what it carries is read as code.
        command: as its words say.
        invocation: what the line itself wrote before, and what it is fed.
        surroundings: where files are read.
    """
    if not (tool.options.files or tool.options.request):
        return command
    reads = _Files(tool, command, invocation, surroundings)
    code = {name for carries in (row.carries if row else ()) for name in carries.from_.split() if name[0] == "-"}
    return replace(command, options=tuple(_read(tool, command, reads, code)))


def _read(tool: Tool, command: Command, reads: _Files, code: set[str]) -> Iterator[Option]:
    """The options of the requests, then those of the line with their contents."""
    for option in command.options:
        if option.name in tool.options.request:
            yield from reads.requested(option)
    for option in command.options:
        path = reads.path(option)
        if not path:
            yield option
        elif option.name in tool.options.request:
            yield option if reads.document(path) is not None else replace(option, contents=HIDDEN)
        elif option.name in code:
            yield replace(option, contents=reads.code(path))
        elif plain(option.name) in tool.risks:
            yield replace(option, contents=_word(reads.document(path)))
        else:
            yield option


class _Files:
    """The files of one command."""

    def __init__(self, tool: Tool, command: Command, invocation: Invocation, surroundings: Surroundings) -> None:
        self.options = tool.options
        self.cwd = command.cwd
        self.written = dict(invocation.written)
        self.fed = invocation.stdin
        self.surroundings = surroundings

    def path(self, option: Option) -> str:
        """The absolute path that a value names; empty where it names none."""
        if option.value is None:
            return ""
        text = option.value.text
        mark = next((mark for mark in self.options.files if text.startswith(mark)), None)
        if mark is None and (self.options.files or option.name not in self.options.request):
            return ""
        name = text[len(mark or "") :]
        if name.startswith("~/"):
            name = self.surroundings.home + name[1:]
        return os.path.normpath(os.path.join(self.cwd or UNKNOWN_PART, name))

    def requested(self, option: Option) -> Iterator[Option]:
        """The options that a request holds."""
        path = self.path(option)
        found = self.document(path) if path else _inline(option.value)
        for each in found if isinstance(found, list) else [found]:
            for key, value in each.items() if isinstance(each, dict) else ():
                yield from self._options(str(key), value)

    def _options(self, key: str, value: Json) -> Iterator[Option]:
        name = key if key.startswith("-") else "--" + HUMP.sub("-", key).lower()
        name = self.options.arity.get(name, (name, ""))[0]
        if value is None or value is True:
            yield Option(name)
        elif value is False:
            yield Option(f"--no-{name.removeprefix('--')}")
        elif isinstance(value, list) and all(isinstance(item, PLAIN) for item in value):
            yield from (Option(name, Word(str(item))) for item in value)
        else:
            yield Option(name, _word(value))

    def document(self, path: str) -> Json:
        """The document at a path, without its secrets; None where there is none to be read."""
        told = self._told(path)
        if told is not None:
            return _parsed(told.text.encode()) if told.known else None
        return self.surroundings.facts(path, "request", _parsed) if path.startswith("/") else None

    def code(self, path: str) -> Word:
        """The text at a path, whole."""
        told = self._told(path)
        if told is not None:
            return told
        try:
            text = self.surroundings.script(path) if path.startswith("/") else None
        except OSError:
            text = None
        return HIDDEN if text is None else Word(text)

    def _told(self, path: str) -> Word | None:
        """What the line itself put there."""
        return (self.fed or HIDDEN) if path in FED else self.written.get(path)


def _inline(word: Word | None) -> Json:
    return _parsed(word.text.encode("utf-8", "surrogateescape")) if word is not None and word.known else None


def _parsed(data: bytes) -> Json:
    """A document without its secrets; None for what is none."""
    try:
        return _kept(document(data))
    except ValueError:
        return None


def _kept(value: object, depth: int = 0) -> Json:
    if depth > DEPTH_LIMIT:
        raise ValueError(f"more than {DEPTH_LIMIT} levels")
    if isinstance(value, dict):
        return {str(key): _kept(inner, depth + 1) for key, inner in value.items() if not SECRET.search(str(key))}
    if isinstance(value, list):
        return [_kept(inner, depth + 1) for inner in value]
    return value if value is None or isinstance(value, PLAIN) else str(value)


def _word(value: Json) -> Word:
    """A value as it would be written on the line."""
    if value is None:
        return HIDDEN
    return Word(json.dumps(value) if isinstance(value, (dict, list)) else str(value))
