"""The state of a shell while its text is read: variables, functions, directory, what is fed to it.

What the line did is an overlay; the environment it starts with is looked up through `Surroundings` only when it is
asked for. Where two ways through the text leave different values, both are kept (`Variable.others`): a command that
reads such a variable is read once for each of them.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from operator import attrgetter

from agentguard.model.command import UNKNOWN_PART, Via, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell.tree import Function
from agentguard.parse.shell.values import (
    LATER,
    MARK,
    TEXT_LIMIT,
    UNKNOWN,
    UNSET,
    Alias,
    Files,
    Later,
    Variable,
    cased,
    ordered,
    shown,
    word_of,
)
from agentguard.surroundings import Surroundings

LOOKING_LIMIT = 24  # texts made of texts that are looked up inside each other
WAYS_LIMIT = 4  # values of one variable that are kept beside each other; one more makes it unknown
DEFAULTS = {"IFS": " \t\n", "OPTIND": "1", "PS4": "+ "}
RUNTIME = frozenset(
    {
        "BASH", "BASHOPTS", "BASHPID", "BASH_ARGC", "BASH_ARGV", "BASH_ARGV0", "BASH_COMMAND", "BASH_LINENO",
        "BASH_REMATCH", "BASH_SOURCE", "BASH_SUBSHELL", "BASH_VERSINFO", "BASH_VERSION", "COLUMNS", "COPROC",
        "DIRSTACK", "EPOCHREALTIME", "EPOCHSECONDS", "EUID", "FUNCNAME", "GROUPS", "HOSTNAME", "HOSTTYPE", "LINENO",
        "LINES", "MACHTYPE", "OPTARG", "OSTYPE", "PIPESTATUS", "PPID", "RANDOM", "REPLY", "SECONDS", "SHELLOPTS",
        "SHLVL", "SRANDOM", "UID", "status",
    }
)  # fmt: skip
CWD = "\0cwd"  # stands among the picks for the directory
EXPORTS = "\0exports"  # and for the set of exported variables
CLOSING = frozenset({"noglob"})  # options that find less: in doubt they do not hold
QUIET = frozenset({"PATH", "OLDPWD", "PWD", "PS1", "PS2", "PS4", "IFS", "LANG", "LC_ALL", "TERM"})  # decide no target


@dataclass(slots=True)
class Scope:
    """One shell's state. Made by `start` for a line, by `of` for a shell inside a command; forked for subshells."""

    surroundings: Surroundings
    dialect: str = "bash"
    depth: int = 0  # how many times text became code on the way here
    via: tuple[Via, ...] = ()
    bare_environment: bool = False
    zero: str = "bash"
    positional: tuple[str, ...] = ()
    stdin: str | None = None
    piped: bool = False
    stdin_file: str = ""
    cwds: tuple[str, ...] = ("/",)
    variables: dict[str, Variable] = field(default_factory=dict)
    functions: dict[str, tuple[Function | None, ...]] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    stack: tuple[str, ...] = ()
    traps: tuple[str, ...] = ()
    previous: str = UNKNOWN_PART  # $_
    jumped: bool = False  # a break, return or exit may have left this stretch: what follows may not run
    ambiguous: bool = False
    blurred: bool = False  # an `export` of names made at run time: any variable may be set now
    picks: dict[str, int] | None = None  # which of several values a command is being read with
    asked: dict[str, int] = field(default_factory=dict)
    saved: dict[str, Variable | None] | None = None  # what `local` hid, inside a function
    files: Files = field(default_factory=Files)  # what the line wrote so far; shared by all its shells
    made: set[str] = field(default_factory=set)  # directories that it made; shared too
    later: list[Later] = field(default_factory=list)  # shared too
    looked: dict[int, str] = field(default_factory=dict)  # texts that were looked up; shared too
    looking: list[int] = field(default_factory=list)  # those being looked up; shared too
    outside: dict[str, bool] = field(default_factory=dict)  # which variables the environment has; shared too

    @classmethod
    def start(  # noqa: PLR0913 - the facts a shell starts with, by keyword
        cls,
        surroundings: Surroundings,
        cwd: str,
        *,
        dialect: str = "bash",
        positional: Iterable[str] = (),
        zero: str = "bash",
        via: tuple[Via, ...] = (),
        variables: Iterable[tuple[str, Word | None]] = (),
        stdin: str | None = None,
        bare_environment: bool = False,
        depth: int = 0,
    ) -> Scope:
        """The state a shell begins with.

        Args:
            surroundings: where variables, files and scripts are looked up.
            cwd: the absolute directory, "" where it is not known.
            dialect: bash, sh or zsh.
            positional: $1 and on.
            zero: $0.
            via: the wrappers on the way here.
            variables: what was exported or unset (None) before, over the surroundings' own.
            stdin: the text it is fed, None where that is not known or nothing.
            bare_environment: the surroundings' variables do not reach it.
            depth: how many times text became code on the way here.
        """
        scope = cls(surroundings, dialect, depth, via, bare_environment, zero, tuple(positional), stdin)
        scope.piped = stdin is not None
        scope.cwds = (cwd or UNKNOWN_PART,)
        for name, word in variables:
            scope.variables[name] = UNSET if word is None else Variable(word.text, flags="x")
        return scope

    @classmethod
    def of(  # noqa: PLR0913 - as `start`
        cls,
        invocation: Invocation,
        surroundings: Surroundings,
        dialect: str = "bash",
        rest: Iterable[Word] = (),
        depth: int = 0,
        *,
        zero: str = "bash",
    ) -> Scope:
        """The state of a shell that `invocation` starts: its directory, variables and input. `rest` is $1 and on."""
        scope = cls.start(
            surroundings,
            invocation.cwd,
            dialect=dialect,
            positional=[word.text for word in rest],
            zero=zero,
            via=invocation.via,
            variables=invocation.variables,
            stdin=invocation.stdin.text if invocation.stdin else None,
            bare_environment=invocation.bare_environment,
            depth=depth,
        )
        scope.piped, scope.stdin_file = invocation.piped, invocation.stdin_file
        return scope

    # What is read ---------------------------------------------------------------------------------------------------

    @property
    def cwd(self) -> str:
        """The directory, with UNKNOWN_PART where it is not known."""
        if len(self.cwds) == 1:
            return self.cwds[0]
        place = self._pick(CWD, len(self.cwds))
        return UNKNOWN_PART if place is None else self.cwds[place]

    def _pick(self, name: str, count: int) -> int | None:
        """Which of several values counts in this reading; None outside a command, where all of them may."""
        if self.picks is None:
            return None
        self.asked[name] = count
        return min(self.picks.get(name, 0), count - 1)

    def variable(self, name: str) -> Variable:
        """The value of a variable in this reading."""
        found = self.variables.get(name)
        if found is None:
            return self.inherited(name)
        if not found.others:
            return found
        place = self._pick(name, len(found.others) + 1)
        return replace(UNKNOWN, flags=found.flags) if place is None else found.ways()[place]

    def inherited(self, name: str) -> Variable:
        """A variable that the line has not touched."""
        if name == "PWD":
            return Variable(self.cwd, flags="x")
        text = None if self.bare_environment else self.surroundings.variable(name)
        if text is not None:
            return Variable(text, flags="x")
        return UNKNOWN if name in RUNTIME or self.blurred else Variable(DEFAULTS.get(name))

    def text(self, name: str) -> str:
        """A variable's text; empty where it is unset."""
        return self.variable(name).text or ""

    def exported(self) -> tuple[tuple[str, Word | None], ...]:
        """What the line set or unset of the variables that a program gets.

        Where several of them have several values, the first ones belong together, the second ones too: each branch of
        the text left its own set. Not every combination is read, every value is.
        """
        values = {name: value for name, value in self.variables.items() if self._reaches(name, value)}
        counts = [len(value.others) + 1 for name, value in values.items() if name not in QUIET]
        place = self._pick(EXPORTS, max(counts)) if counts and max(counts) > 1 else 0
        found = ((name, self._exported(name, value, place)) for name, value in values.items())
        return tuple((name, word) for name, word in found if word or self._outside(name))

    def exports_differ(self) -> bool:
        """Whether a variable that a program gets has several values."""
        return any(value.others and self._reaches(name, value) for name, value in self.variables.items())

    def _outside(self, name: str) -> bool:
        """Whether the environment has the variable."""
        found = self.outside.get(name)
        if found is None:
            found = not self.bare_environment and self.surroundings.variable(name) is not None
            self.outside[name] = found
        return found

    def _reaches(self, name: str, value: Variable) -> bool:
        exported = "x" in value.flags or (value.others and any("x" in way.flags for way in value.others))
        return bool(exported) or self._outside(name)

    def _exported(self, name: str, value: Variable, place: int | None) -> Word | None:
        """The value as a program gets it; None where it does not, unset or no longer exported."""
        if value.others and (name in QUIET or place is None):
            return word_of(UNKNOWN_PART)
        ways = value.ways()
        way = ways[min((self.picks or {}).get(name, place or 0), len(ways) - 1)]
        return None if way.text is None or "x" not in way.flags else word_of(way.text)

    def path(self, text: str) -> str:
        """A path as the shell would read it, absolute and normal; with UNKNOWN_PART where it is not known."""
        return os.path.normpath(os.path.join(self.cwd, text))

    def file(self, path: str) -> str | None:
        """The text of a file that is run or read as code: as the line wrote it, else as it is. None where absent."""
        if path in self.files:
            return self.files[path]
        return None if UNKNOWN_PART in path else self.surroundings.script(path)

    def names_in(self, folder: str) -> tuple[str, ...] | None:
        """The names in a directory, with those the line made itself; None where it cannot be listed."""
        names = self.surroundings.listdir(folder)
        below = folder.rstrip("/") + "/"
        made = {path[len(below) :].split("/")[0] for path in (*self.files, *self.made) if path.startswith(below)}
        return tuple(sorted({*(names or ()), *made})) if made else names

    def stands(self, path: str) -> bool:
        """Whether something is at a path, on disk or made by the line."""
        return path in self.files or path in self.made or self.surroundings.exists(path)

    def is_directory(self, path: str, *, linked: bool = True) -> bool | None:
        """Whether a directory (or a link to one) is at a path; None where that is not known, as on another host."""
        if UNKNOWN_PART in path:
            return None
        found = self.surroundings.stat(path)
        if path in self.made or (found is not None and found.kind == "directory" and (linked or not found.link)):
            return True
        return False if self.surroundings.here is None else None

    def promise(self, text: Callable[[], str | None], path: str = "", *, splits: bool = False) -> str:
        """A mark for a text that is looked up later, if at all."""
        if len(self.later) > 0xFFF0:
            return UNKNOWN_PART
        self.later.append(Later(text, path, splits))
        return UNKNOWN_PART + chr(LATER + len(self.later) - 1)

    def promised(self, text: str) -> Later | None:
        """The Later that the whole text is."""
        found = MARK.fullmatch(text)
        return self.later[ord(found.group(1)) - LATER] if found else None

    def forced(self, text: str) -> str:
        """The text with every Later in it looked up, because it would run."""
        if not self.later or UNKNOWN_PART not in text:
            return text
        found = MARK.sub(lambda found: self._looked_up(ord(found.group(1)) - LATER), text)
        return found if len(found) <= TEXT_LIMIT else UNKNOWN_PART

    def _looked_up(self, place: int) -> str:
        """The text of a Later, looked up once: texts made of texts would double with each."""
        if place not in self.looked:
            if len(self.looking) >= LOOKING_LIMIT:
                return UNKNOWN_PART
            self.looking.append(place)
            try:
                text = self.later[place].text()
            finally:
                self.looking.pop()
            self.looked[place] = UNKNOWN_PART if text is None else shown(text)
        return self.looked[place]

    # What is changed ------------------------------------------------------------------------------------------------

    def set(self, name: str, text: str | None, flags: str = "") -> None:
        """Give a variable a value, or unset it (None); its flags stay."""
        if text is None:
            self.variables[name] = UNSET
            return
        if len(text) > TEXT_LIMIT:
            text = UNKNOWN_PART
        old = self.variables.get(name) or self.inherited(name)
        kept = old.flags + flags + "x" * ("a" in self.options)
        if old.items is not None:  # the first element of an array
            items = dict(old.items) | {"0": text}
            self.variables[name] = Variable(None, ordered(tuple(items.items()), named="A" in kept), kept)
            return
        self.variables[name] = Variable(cased(text, kept), flags=kept)

    def wrote(self, path: str, text: str, *, appends: bool) -> None:
        """Note what a file holds now. What it held before stays in front: the new text may not have been written."""
        old = self.files.get(path, "")
        if appends and path not in self.files and self.surroundings.exists(path):
            old = self.promise(lambda: self.surroundings.script(path), path)
        both = old if old and text in old and not appends else old + text
        self.files[path] = both if len(both) <= TEXT_LIMIT else UNKNOWN_PART

    def mark(self, name: str, flags: str) -> None:
        """Add flags to a variable, or take them away (`-x`)."""
        value = self.variable(name)
        kept = value.flags.replace(flags[1:], "") if flags.startswith("-") else value.flags + flags
        self.variables[name] = replace(value, flags=kept, text=cased(value.text, kept))

    def fork(self) -> Scope:
        """A copy whose changes stay its own."""
        forked = Scope(*VALUES(self))  # a quarter of what `replace` takes: many readings of a command begin with a copy
        forked.variables, forked.functions = dict(self.variables), dict(self.functions)
        forked.aliases = dict(self.aliases)
        forked.picks, forked.asked = None, {}
        forked.saved = None if self.saved is None else dict(self.saved)
        return forked

    def become(self, *ways: Scope) -> None:
        """Take on the state of `ways`, any of which may be how the text really went."""
        first, *rest = ways
        self.variables, self.functions, self.aliases = first.variables, first.functions, first.aliases
        self.options, self.cwds, self.stack = first.options, first.cwds, first.stack
        self.positional, self.traps, self.previous = first.positional, first.traps, first.previous
        self.stdin, self.saved = first.stdin, first.saved
        self.jumped, self.ambiguous, self.blurred = first.jumped, first.ambiguous, first.blurred
        for way in rest:
            self._join(way)

    def _join(self, way: Scope) -> None:
        """Keep what `way` would have left beside what stands here."""
        if self.variables != way.variables:
            mine, theirs = self.variables, way.variables
            differ = [name for name, value in theirs.items() if mine.get(name) is not value]
            differ += [name for name in mine if name not in theirs]
            self.variables = mine | {name: self._both(name, way) for name in differ}
        if self.functions != way.functions:
            old, new = self.functions, way.functions
            names = [name for name in {**old, **new} if old.get(name) is not new.get(name)]
            self.functions = old | {name: _each(old.get(name, (None,)), new.get(name, (None,))) for name in names}
        self.aliases = {**way.aliases, **self.aliases}
        self.cwds = _few(tuple(dict.fromkeys((*self.cwds, *way.cwds))))
        self.traps = tuple(dict.fromkeys((*self.traps, *way.traps)))
        if self.positional != way.positional:
            self.positional = (UNKNOWN_PART,) * max(len(self.positional), len(way.positional))
        self.stdin = self.stdin if self.stdin == way.stdin else None
        self.options = (self.options | way.options) - (CLOSING - (self.options & way.options))
        self.jumped |= way.jumped
        self.ambiguous |= way.ambiguous or len(self.cwds) > 1
        self.blurred |= way.blurred

    def _both(self, name: str, way: Scope) -> Variable:
        mine = self.variables.get(name) or self.inherited(name)
        theirs = way.variables.get(name) or way.inherited(name)
        if mine == theirs:
            return mine
        self.ambiguous = True
        first, *others = dict.fromkeys((*mine.ways(), *theirs.ways()))
        if len(others) >= WAYS_LIMIT:
            others = [*others[: WAYS_LIMIT - 1], replace(UNKNOWN, flags=mine.flags)]
        return replace(first, others=tuple(others))


def _each(*functions: tuple[Function | None, ...]) -> tuple[Function | None, ...]:
    """All of them once; the same is the same node, since to compare whole bodies takes long."""
    return tuple({id(function): function for every in functions for function in every}.values())


VALUES = attrgetter(*(each.name for each in fields(Scope)))


def _few(cwds: tuple[str, ...]) -> tuple[str, ...]:
    return cwds if len(cwds) <= WAYS_LIMIT else (UNKNOWN_PART,)
