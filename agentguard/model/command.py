"""What was found inside a call: programs, SQL statements, and what could not be read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

UNKNOWN_PART = "\N{OBJECT REPLACEMENT CHARACTER}"  # stands in a Word's text for a part made at run time


@dataclass(frozen=True, slots=True)
class Word:
    """One argument after every expansion. Where `known` is false, `text` holds UNKNOWN_PART for what is not known.

    `glob` is the pattern that the shell matched to get it: `/tmp/*` says more than the names it happened to find.
    """

    text: str
    known: bool = True
    glob: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.text.replace(UNKNOWN_PART, "…")


class Landing(StrEnum):
    """The place a wrapper makes the inner command run at."""

    HERE = "here"
    SSH = "ssh"
    CONTAINER = "container"
    POD = "pod"
    CLOUD = "cloud"


@dataclass(frozen=True, slots=True)
class Via:
    """One wrapper on the way to a command: `how` is wrapper, shell, script, function, alias, substitution and so on.

    Where `lands` is not HERE, `carrier` is the command that moves it (`ssh host`, `kubectl exec pod`) and decides
    the environment.
    """

    how: str
    program: str
    lands: Landing = Landing.HERE
    place: str = ""
    carrier: Command | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option as the tool reads it: `name` as its table spells it first, `value` where it takes one.

    `contents` is what the file holds that the value names (`file://x.json`), where what it holds counts.
    """

    name: str
    value: Word | None = None
    contents: Word | None = None


@dataclass(frozen=True, slots=True)
class Redirect:
    """A redirect to or from a file: operator (`>`, `>>`, `>|`, `&>`, `&>>`, `<`, `<>`) and its target."""

    operator: str
    target: Word


@dataclass(frozen=True, slots=True)
class Command:
    """One program invocation.

    `program` is the name its table has (or the base name of the word), `path` the sub-command path, `variables` what
    the line set or unset (None) before it, over the surroundings' own; `cwd` is absolute, or "" where it is not known.
    `stdin` is the text it is fed, None where that is not known or nothing.
    """

    program: str
    argv: tuple[Word, ...]
    path: tuple[str, ...] = ()
    options: tuple[Option, ...] = ()
    operands: tuple[Word, ...] = ()
    redirects: tuple[Redirect, ...] = ()
    via: tuple[Via, ...] = ()
    cwd: str = ""
    variables: tuple[tuple[str, Word | None], ...] = ()
    bare_environment: bool = False  # `env -i`: the surroundings' variables do not reach it
    stdin: Word | None = None

    def option(self, *names: str) -> Option | None:
        """The last of the options called one of `names`, as every tool read here lets the last one win."""
        return next((o for o in reversed(self.options) if o.name in names), None)

    def has(self, *names: str) -> bool:
        return self.option(*names) is not None

    def value(self, *names: str) -> str | None:
        """The text of the last such option's value; None where it is absent or takes none."""
        found = self.option(*names)
        return found.value.text if found and found.value else None

    @property
    def landing(self) -> Via | None:
        """The innermost wrapper that moves this command to another place, if any."""
        return next((v for v in reversed(self.via) if v.lands is not Landing.HERE), None)


class Where(StrEnum):
    """What a statement's WHERE restricts: pinned to rows by a key, some rows, every row, or cannot be told."""

    KEY = "key"
    SOME = "some"
    ALWAYS = "always"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing a SQL statement does: `phrase` names a row of `tools/data/sql` (`drop table`), `objects` its names."""

    phrase: str
    objects: tuple[str, ...] = ()
    where: Where = Where.ALWAYS
    details: tuple[str, ...] = ()  # cascade, restart identity, …


@dataclass(frozen=True, slots=True)
class Statement:
    """One SQL statement with all it does. `carrier` is the client command that sends it, None for SQL by itself."""

    text: str
    dialect: str
    deeds: tuple[Deed, ...]
    carrier: Command | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that would run and could not be read: why, and the text. It never counts as harmless.

    `anywhere` marks a budget that ran out: what was not read could land in any environment.
    """

    why: str
    text: str = ""
    carrier: Command | None = None
    anywhere: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """All that was found in a call, in the order it would run."""

    commands: tuple[Command, ...] = ()
    statements: tuple[Statement, ...] = ()
    unknowns: tuple[Unknown, ...] = ()
    edits: tuple[str, ...] = field(default=())  # absolute paths that the agent writes itself
    running: tuple[str, ...] = field(default=())  # those of them that make an agent run something by itself

    def __add__(self, other: Reading) -> Reading:
        return Reading(
            self.commands + other.commands,
            self.statements + other.statements,
            self.unknowns + other.unknowns,
            self.edits + other.edits,
            self.running + other.running,
        )
