"""Read a payload in its language, where it lands: the way back from `payloads` into the reader."""

from __future__ import annotations

import os.path
from dataclasses import replace
from typing import Protocol

from agentguard.model.command import Command, Landing, Reading, Unknown, Via, Word
from agentguard.parse.budget import Budget
from agentguard.parse.code import CODE
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.parse.shell import Scope
from agentguard.surroundings import Surroundings

DESCRIPTORS = ("/dev/fd/", "/proc/self/fd/")  # what the line opened: not a file that is simply not there
START_FILES = frozenset({"BASH_ENV", "ENV"})
SHELLS = frozenset({"bash", "sh", "zsh"})


class Reads(Protocol):
    """The part of the reader that payloads come back to."""

    @property
    def surroundings(self) -> Surroundings: ...
    @property
    def depth(self) -> int: ...
    @property
    def budget(self) -> Budget: ...
    def deeper(self, surroundings: Surroundings | None = None, *, code: bool = True) -> Reads: ...
    def shell(self, text: str, scope: Scope) -> Reading: ...
    def sql(self, text: str, dialect: str, channel: str, carrier: Command | None) -> Reading: ...
    def invocation(self, invocation: Invocation) -> Reading: ...
    def payload(self, payload: Payload, command: Command, invocation: Invocation) -> Reading: ...


def read_payload(reader: Reads, payload: Payload, command: Command, invocation: Invocation) -> Reading:
    """All that a payload holds.

    Args:
        reader: reads what is found, one level deeper.
        payload: what `command` carries.
        command: the carrier.
        invocation: how the carrier was started: its directory, variables and input are those of the payload, unless
            the payload lands elsewhere.
    """
    return _preloaded(reader, payload, command, invocation) + _read(reader, payload, command, invocation)


def _preloaded(reader: Reads, payload: Payload, command: Command, invocation: Invocation) -> Reading:
    """What a shell runs because of a variable that the wrapper sets (`env BASH_ENV=./x bash …`)."""
    found = Reading()
    for name, word in payload.variables:
        if word is not None and name in START_FILES:
            found += reader.payload(Payload("shell", file=word, how="script"), command, invocation)
        elif word is not None and name == "PROMPT_COMMAND":
            found += reader.payload(Payload("shell", text=word, how="escape"), command, invocation)
    return found


def _read(reader: Reads, payload: Payload, command: Command, invocation: Invocation) -> Reading:
    here = payload.lands is Landing.HERE
    there = None if here else reader.surroundings.elsewhere()
    inside = reader.deeper(there, code=payload.language != "argv")
    inner = _inner(reader, payload, command, invocation, here=here)
    if payload.language == "argv":
        return _with_words(inside, payload, inner)
    text = _text(reader, payload, replace(command, via=inner.via), invocation, here=here)
    if isinstance(text, Reading):
        return text
    if payload.language == "sql":
        channel = "wire" if payload.how == "wire" else "psql" if payload.dialect == "postgres" else "client"
        return inside.sql(text.text, payload.dialect, channel, replace(command, via=invocation.via))
    if not text.known and payload.language == "shell":
        return _partly(inside, payload, text, inner, command)
    return _code(inside, payload, text, inner, command)


def _fed(reader: Reads, invocation: Invocation) -> Word | None:
    """What is fed to something elsewhere: of a file of this machine its text, which is not there."""
    if invocation.stdin is not None or not invocation.stdin_file:
        return invocation.stdin
    text = reader.surroundings.script(invocation.stdin_file)
    return None if text is None else Word(text)


def _inner(reader: Reads, payload: Payload, command: Command, invocation: Invocation, *, here: bool) -> Invocation:
    """The invocation that what is carried starts from."""
    via = Via(payload.how, command.program, payload.lands, payload.place, None if here else command)
    if not here:
        is_input = payload.text is not None and payload.text == invocation.stdin  # it is the code, not fed to the code
        fed, piped = (None, False) if is_input else (_fed(reader, invocation), invocation.piped)
        there = (*invocation.via, via)
        return Invocation((), via=there, variables=payload.variables, bare_environment=True, stdin=fed, piped=piped)
    cwd = invocation.cwd
    if payload.directory is not None:
        cwd = os.path.normpath(os.path.join(cwd, payload.directory.text))
    variables = dict(() if payload.bare_environment else invocation.variables) | dict(payload.variables)
    return replace(
        invocation,
        argv=(),
        redirects=(),
        via=(*invocation.via, via),
        cwd=cwd,
        variables=tuple(variables.items()),
        bare_environment=invocation.bare_environment or payload.bare_environment,
    )


def _with_words(inside: Reads, payload: Payload, inner: Invocation) -> Reading:
    if not payload.words:
        return Reading()
    return inside.invocation(replace(inner, argv=payload.words))


def _text(reader: Reads, payload: Payload, command: Command, invocation: Invocation, *, here: bool) -> Word | Reading:
    """The payload's text, or the Reading that says why it is not at hand."""
    if payload.text is not None:
        return payload.text
    if payload.file is None:
        return Reading(unknowns=(Unknown(payload.missing, " ".join(map(str, command.argv)), command),))
    path = os.path.normpath(os.path.join(invocation.cwd, payload.file.text))
    ours = here or path == invocation.stdin_file  # what is fed comes from this machine, wherever it is read
    known = ours and payload.file.known and os.path.isabs(path)
    if ours and path in dict(invocation.written):
        return dict(invocation.written)[path]
    if known:
        reader.budget.script()
    script = reader.surroundings.script(path) if known else None
    if script is not None:
        return Word(script)
    if payload.language == "sql" or not payload.file.known or path.startswith(DESCRIPTORS):
        return Reading(unknowns=(Unknown(f"{payload.file} is not at hand to be read", str(payload.file), command),))
    return Reading(commands=(Command(path, (payload.file,), via=command.via, cwd=invocation.cwd),))


def _partly(inside: Reads, payload: Payload, text: Word, inner: Invocation, command: Command) -> Reading:
    """Shell text of which a part is made at run time: what can be seen counts, and the rest is Unknown."""
    unknown = Unknown("part of this code is made at run time", str(text), replace(command, via=inner.via))
    return _code(inside, payload, text, inner, command) + Reading(unknowns=(unknown,))


def _code(inside: Reads, payload: Payload, text: Word, inner: Invocation, command: Command) -> Reading:
    if payload.language == "shell":
        dialect = payload.dialect if payload.dialect in SHELLS else "bash"
        zero = payload.rest[0].text if payload.rest else dialect
        scope = Scope.of(inner, inside.surroundings, dialect, payload.rest[1:], inside.depth, zero=zero)
        return inside.shell(text.text, scope)
    reads = CODE.get(payload.language)
    if reads is None:
        unknown = Unknown(f"{payload.language} is not read yet", text.text[:200], replace(command, via=inner.via))
        return Reading(unknowns=(unknown,))
    found = Reading()
    for item in reads(text.text, command, inner, inside.surroundings):
        if isinstance(item, Payload):
            found += inside.payload(item, command, inner)
            if inside.budget.spent:
                break
        elif isinstance(item, Unknown):
            found += Reading(unknowns=(replace(item, carrier=replace(command, via=inner.via)),))
        else:
            found += Reading(commands=(item,))
    return found
