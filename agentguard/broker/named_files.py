"""The files that a waiting call names: what it is about to read, and an approval must be bound to.

A manifest (`kubectl delete -f m.yaml`), a saved plan, a list (`--delete file://keys.json`, one for xargs):
whoever says yes says it to what is in there now. No table of tools is asked: every word that names a file counts, and
a directory where it is a word of a command that changes something. What is in one, and a file too large to read, is
bound by size and time of change. What is not there yet is new once it is. Variables of a family go with those that the
engine asked for: it knows an environment by PGHOST, and psql goes by PGUSER and PGOPTIONS as well.
"""

from __future__ import annotations

import hashlib
import os.path
import re
from collections.abc import Iterator, Mapping
from itertools import islice

from agentguard.model.call import Body, ShellLine
from agentguard.model.command import Command, Word
from agentguard.model.effect import Class, Effect
from agentguard.model.verdict import Look, Plan
from agentguard.surroundings import Backend, TooMuch

NAMED_FILE = "named file"  # the kind of these looks
MOST = 200  # files that are told by name; what is beyond is told as one
BEYOND = "the further files it names"
DEEP = 2_000  # entries below the directories that a call names
PLACES = frozenset({"cd", "git", "make", "npm", "pnpm", "yarn"})  # to these, a directory is a place to work in
UNWRITTEN = frozenset({".git", "node_modules"})  # nobody names a directory for what is in these
CODE = frozenset({"facts:terraform", "facts:tfvars"})  # files that a tool reads whole unnamed, and the engine in part
FAMILIES = ("AWS_", "PG", "TF_")  # read by programs that nobody could judge variable by variable
_INPUT = re.compile(
    r"(?<![<&])<(?![<(&])[ \t]*([^\s<>|;&()]+)"
)  # what the shell opens itself: no command has it as a word
_MARK = re.compile(r"(?:--?[\w.-]+=|-[A-Za-z]|[\w.-]+=)?@?(?:fileb?://)?")  # what may stand before a file's name


def named_files(plan: Plan, backend: Backend) -> tuple[Look, ...]:
    """A look at each file, directory and variable that the call goes by, without those that the plan has seen."""
    seen = {look.subject for look in plan.looks if look.kind == "script"}
    read = (look.subject for look in plan.looks if look.kind in CODE and look.answer is not None)
    paths = dict.fromkeys((*((path, False) for path in read), *_paths(plan)))
    found = ((path, _content(path, backend, whole=whole)) for path, whole in paths if path not in seen)
    looks = {path: Look(NAMED_FILE, path, content) for path, content in found if content}.values()
    beyond = "\n".join(f"{look.subject} {look.answer}" for look in islice(looks, MOST, None))
    rest = [Look(NAMED_FILE, BEYOND, _digest(_bytes(beyond)))] if beyond else []
    return (*islice(looks, MOST), *rest, *_relatives(plan, backend.environ))


def _relatives(plan: Plan, environ: Mapping[str, str]) -> Iterator[Look]:
    """The variables of each family of which the engine asked for one, beside those it asked for."""
    asked = {look.subject for look in plan.looks if look.kind == "variable"}
    families = tuple(family for family in FAMILIES if any(name.startswith(family) for name in asked))
    for name in sorted(environ.keys() - asked) if families else ():
        if name.startswith(families):
            yield Look("variable", name, environ[name])


def _paths(plan: Plan) -> Iterator[tuple[str, bool]]:
    """Every path that a word of a command that runs here could be, and whether a directory there counts as a whole."""
    changing = [_command(finding.effect) for finding in plan.findings if finding.class_ is not Class.READ]
    inputs = _inputs(plan.call.body)
    for command in plan.reading.commands:
        whole = command in changing and command.program not in PLACES
        for text in (*_words(command), *inputs) if command.landing is None else ():
            yield from ((path, whole) for path in _candidates(text, command.cwd or plan.call.cwd))


def _command(effect: Effect) -> Command | None:
    source = effect.source
    return source if source is None or isinstance(source, Command) else source.carrier


def _inputs(body: Body) -> tuple[str, ...]:
    """The names that a shell line feeds from, as they are written; quotes are not part of a name."""
    text = body.text if isinstance(body, ShellLine) else ""
    return tuple(name.strip("\"'") for name in _INPUT.findall(text))


def _words(command: Command) -> Iterator[str]:
    program, *others = command.argv or (Word(""),)
    if "/" in program.text:
        yield program.text
    yield from (word.text for word in others if word.known)


def _candidates(text: str, cwd: str) -> Iterator[str]:
    """A word as a path, and what is left of it without an option's name or a mark in front."""
    for name in dict.fromkeys((text, text[_before_name(text) :])):
        if name and "\0" not in name:
            yield os.path.normpath(os.path.join(cwd, name))


def _before_name(text: str) -> int:
    mark = _MARK.match(text)
    return mark.end() if mark else 0


def _content(path: str, backend: Backend, *, whole: bool) -> str:
    """A digest of what stands at a path; empty where nothing does that counts."""
    facts = backend.stat(path)
    if facts is not None and facts.kind == "directory" and whole:
        return _digest(_bytes("\n".join(_below(path, backend))))
    if facts is None or facts.kind != "file":
        return ""
    try:
        data = backend.read(path)
    except (OSError, TooMuch):
        data = None
    return _digest(data) if data is not None else f"{facts.size} bytes of {facts.modified}"


def _below(top: str, backend: Backend) -> Iterator[str]:
    """What a directory holds, a line an entry, breadth first; links to directories are not followed."""
    waiting, left = [top], DEEP
    for place in waiting:
        for name in _names(place, backend)[:left]:
            left -= 1
            path = f"{place}/{name}"
            facts = backend.stat(path)
            if facts and facts.kind == "directory" and not facts.link and name not in UNWRITTEN:
                waiting.append(path)
            yield path if facts is None or facts.kind == "directory" else f"{path} {facts.size} {facts.modified}"


def _names(place: str, backend: Backend) -> tuple[str, ...]:
    try:
        return backend.listdir(place) or ()
    except TooMuch:
        return ()


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
