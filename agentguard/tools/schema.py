"""The grammar of a tool's table: one TOML file tells how a program's arguments are read and what each form does.

Closed models: an unknown key, a verb nobody knows or an example without its answer stops the load and names the place.
`tools/README.md` shows every key with an example.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cached_property, lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from agentguard.model.effect import Reach, Undo, Verb

Strings = tuple[str, ...]


PIECES = re.compile(r"_|(?<=[a-z])(?=[A-Z])")  # what joins words as `-` does: `purge_queue`, `deleteBucket`


class Closed(BaseModel):
    """Frozen, and closed against keys nobody reads."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Arities = dict[str, tuple[str, str]]


def arities(kinds: tuple[tuple[str, Strings], ...]) -> Arities:
    """Every spelling of the options of some kinds: its first spelling, and its kind. Later ones win."""
    spelt = ((entry.split(), kind) for kind, entries in kinds for entry in entries)
    return {name: (names[0], kind) for names, kind in spelt for name in names}


class Options(Closed):
    """How options are read. A name is spelt with its dashes; names in one string separated by blanks are one option.

    The first name is the one that Command.options, `when` and `harmless` use: `"-n --namespace"` is `-n`.
    """

    value: Strings = ()  # take a value
    flag: Strings = ()  # take none
    switch: Strings = ()  # take none, and have a contrary: `--wait` stands for `--wait` and `--no-wait`
    optional: Strings = ()  # take a value only in the form --name=value
    many: Strings = ()  # take every word up to the next option, be it none
    pair: Strings = ()  # take two values, of which the second is kept (`bwrap --bind FROM TO`)
    style: Literal["gnu", "single-dash", "bsd", "words"] = "gnu"  # single-dash: `-auto-approve` is one long option
    plus: bool = False  # `+x` is an option as `-x` is (shells)
    abbreviate: bool = False  # an unambiguous prefix of a long option is that option
    anywhere: bool = True  # options may stand behind operands; false: an operand ends them
    stop: int = 1  # which operand ends them, counted from one: `ssh host -p 22 ls` ends at the second
    ends: Strings = ()  # behind one of these and its value, every word is an operand (`python -m pytest -k x`)
    others: Literal["flag", "value"] = "flag"  # long options not named here; `value`: every word up to the next option
    files: Strings = ()  # a value that begins so is the text of the file behind it (`file://`, `@`)
    request: Strings = ()  # the value is JSON or YAML, and its keys are further options (`--cli-input-json`)

    @cached_property
    def arity(self) -> Arities:
        """Every spelling of every option: its first one, and what it takes: a value, an optional one, two, or none."""
        contrary = tuple(f"--no-{name.removeprefix('--')}" for name in self.switch)
        return self.beginnings | arities((("flag", (*self.switch, *contrary)),))

    @cached_property
    def beginnings(self) -> Arities:
        """Those that may be abbreviated: all but switches, of which no command has as many as a part lists."""
        kinds = (("value", self.value), ("flag", self.flag), ("optional", self.optional), ("many", self.many))
        return arities((*kinds, ("pair", self.pair)))


class Carries(Closed):
    """Something the program runs for its caller, and where it finds it.

    `from_` is a place: `operands`, `operands 1` (from the second on), `operand 0`, `operand -1` (the
    last), `option -c`, `stdin`; with `file `
    before it, the place names a file to be read. `as_` says how it is read: argv (a command and its arguments),
    shell (text for a shell; several operands are joined by blanks), or a language: sql, python, javascript, perl, ruby,
    php, awk, make, npm, …
    """

    as_: str = Field(alias="as")
    from_: str = Field(alias="from")
    lands: Literal["here", "ssh", "container", "pod", "cloud"] = "here"
    place: str = ""  # where it lands, as a place: `operand 0`
    dialect: str = ""  # of a shell or of SQL
    assignments: bool = False  # NAME=value words before the command set its variables
    appended: bool = False  # more arguments come at run time (xargs)
    assigns: str = ""  # a place whose words are NAME=value for the payload (`option -e` of docker exec)
    unsets: str = ""  # a place whose words are variables the payload does not get (`option -u` of env)
    bare: Strings = ()  # with one of these options the payload gets none of the caller's variables (`-i` of env)
    replaces: str = ""  # with `appended`: the option that names the mark which arguments replace (`-I` of xargs)
    sets: dict[str, str] = Field(default_factory=dict)  # variables the payload gets, each from a place
    rest: str = ""  # a place whose words are the payload's own arguments, $0 first; of argv, words behind the others
    otherwise: bool = False  # only where nothing before it in the list was found
    unless: Strings = ()  # not when one of these options is there
    only: Strings = ()  # only when one of these options is there
    after: str = ""  # only what stands behind this beginning of the word, in any case (`ProxyCommand=` of ssh -o)
    program: str = ""  # the words are arguments of this program, which the line does not name (docker compose)
    directory: str = ""  # a place that names the directory the payload starts in (`option -C` of env)


class Change(Closed):
    """What a row says once one of its conditions holds. Conditions of one `when` are joined by and.

    `option` holds when any of its entries is there: `--force`, or with a value as a glob: `--replicas=0`.
    `operand` holds when any operand matches any of the globs, `last` when the last one does, `least` when there are at
    least so many; `variable` when a variable of the command matches its glob.
    `missing` holds when none of its options is there.
    """

    option: Strings = ()
    missing: Strings = ()
    operand: Strings = ()
    last: Strings = ()
    least: int = 0
    variable: dict[str, str] = Field(default_factory=dict)
    verb: Verb | None = None
    kind: str | None = None
    objects: str | None = None
    reach: Reach | None = None
    undo: Undo | None = None
    whole: bool | None = None
    at: str | None = None
    because: str | None = None
    safer: Strings | None = None


class Row(Closed):
    """One form of the program. `path` lists the sub-command spellings; `""` is the program without one.

    `objects` is a place (`operands`, `operands 1`, `operand 0`, `option --name`, or `names`: the operands and
    the values of options that name things, `--bucket`, `--…-id`, `--…-name`); words made at run time show as `…`.
    `kind` may use a place in braces (`kubernetes.{operand 0}`), in lower case.
    `harmless`: with one of these options (or option=glob) the row is a read.
    """

    path: Annotated[Strings, Field(min_length=1)]
    verb: Verb = Verb.READ
    kind: str = ""
    objects: str = "operands"
    reach: Reach = Reach.ONE
    undo: Undo = Undo.NONE
    whole: bool = False
    at: str = ""
    because: str = ""
    safer: Strings = ()
    harmless: Strings = ()
    options: Options | None = None  # options this sub-command has beside the program's own
    carries: tuple[Carries, ...] = ()
    when: tuple[Change, ...] = ()

    @model_validator(mode="after")
    def says_why(self) -> Row:
        if self.verb in (Verb.DELETE, Verb.DROP, Verb.UNPROTECT, Verb.RECREATE, Verb.OVERWRITE) and not self.because:
            raise ValueError(f"row {self.path[0]!r} destroys and does not say why that matters: give it `because`")
        return self


WORD_VERBS = (
    Verb.READ, Verb.CREATE, Verb.MODIFY, Verb.OVERWRITE, Verb.RECREATE,
    Verb.DELETE, Verb.DISRUPT, Verb.UNPROTECT, Verb.EXPOSE, Verb.EXECUTE,
)  # fmt: skip


class Verbs(Closed):
    """Words of sub-commands, each under the verb that it stands for."""

    read: Strings = ()
    create: Strings = ()
    modify: Strings = ()
    overwrite: Strings = ()
    recreate: Strings = ()
    delete: Strings = ()
    disrupt: Strings = ()
    unprotect: Strings = ()
    expose: Strings = ()
    execute: Strings = ()

    @cached_property
    def verbs(self) -> dict[str, Verb]:
        """Each listed word and its verb."""
        return {word: verb for verb in WORD_VERBS for word in getattr(self, verb.value)}


class Words(Verbs):
    """Verbs by the words of a sub-command that no row names: the first of its pieces found in a list decides."""

    kind: str = ""  # as in a row; `{path}` is the sub-command but its last word, `{noun}` that word without its verb
    objects: str = "operands"
    harmless: Strings = ()
    groups: Strings = ()  # what begins like a verb and is a group: words (`ssh-keys`), paths (`/storage blob copy`)
    because: dict[Verb, str] = Field(default_factory=dict)  # what a row would say, for each verb
    safer: dict[Verb, Strings] = Field(default_factory=dict)

    @cached_property
    def group(self) -> frozenset[str]:
        """The groups, to be asked for one."""
        return frozenset(self.groups)


@lru_cache(maxsize=4096)
def pieces_of(word: str) -> tuple[str, ...]:
    """The pieces of a sub-command in which its verb is looked for: those behind its last `:`.

    >>> pieces_of("spaces:trusted-ips:bulk-add"), pieces_of("deleteBucket"), pieces_of("purge_queue")
    (('bulk', 'add'), ('delete', 'bucket'), ('purge', 'queue'))
    """
    return tuple(PIECES.sub("-", word.rpartition(":")[2]).lower().split("-"))


class Within(Verbs):
    """What is different within one group of sub-commands, or in one of them: the words under their verbs, whole
    (`schedule-key-deletion`) or first pieces; how options are read; and which of them `Words.harmless` is real for.
    """

    has: Strings | None = None  # sub-commands that have the options of `harmless` (globs); all of them unless given
    lacks: Strings = ()  # sub-commands that do not, though a glob of `has` fits
    value: Strings = ()
    flag: Strings = ()
    many: Strings = ()

    @cached_property
    def arity(self) -> Arities:
        """As that of Options."""
        return arities((("flag", self.flag), ("value", self.value), ("many", self.many)))


class Risk(Closed):
    """Members of a request that make a modification something worse, in whichever sub-command they stand.

    A member is an option (`--desired-count 0` is `desiredcount=0`, `--no-multi-az` is `multiaz=false`) or a key within
    its value, written as JSON or as `a=b,c=d`: `scalingconfig.desiredsize=0`. Dashes and capitals do not count.
    """

    member: Annotated[Strings, Field(min_length=1)]
    of: tuple[Verb, ...] = (Verb.MODIFY,)  # what the sub-command does without the member
    verb: Verb | None = None
    reach: Reach | None = None
    undo: Undo | None = None
    whole: bool = False
    because: str = ""
    safer: Strings = ()

    @cached_property
    def members(self) -> tuple[tuple[tuple[str, ...], str], ...]:
        """Each member as its keys from the outside in, and the glob of its value."""
        split = (entry.rpartition("=") for entry in self.member)
        return tuple((tuple(path.split(".")), glob) for path, _, glob in split)


class Example(Closed):
    """A command line and its worst effect: `delete all aws.s3.bucket`, `read`, `execute one program`."""

    run: str
    is_: str = Field(alias="is")
    why: str = ""


class Part(Closed):
    """What a vendor's own models say of a program: it extends the program's table, which goes first everywhere."""

    program: str
    options: Options = Options()
    words: Words | None = None
    within: dict[str, Within] = Field(default_factory=dict)  # by the beginning of a path, `""` everywhere
    risk: tuple[Risk, ...] = ()
    row: tuple[Row, ...] = ()

    @model_validator(mode="after")
    def says_each_path_once(self) -> Self:
        paths = Counter(path for row in self.row for path in row.path)
        twice = next((path for path, times in paths.items() if times > 1), None)
        if twice is not None:
            raise ValueError(f"`{twice}` has two rows")
        return self

    @cached_property
    def by_path(self) -> dict[tuple[str, ...], Row]:
        """The rows by sub-command path, as words."""
        return {tuple(path.split()): row for row in self.row for path in row.path}

    @cached_property
    def within_path(self) -> dict[tuple[str, ...], Within]:
        """What is different, by the beginning of a path, as words."""
        return {tuple(path.split()): within for path, within in self.within.items()}


class Tool(Part):
    """One program's table."""

    also: Strings = ()  # other names that behave the same
    about: str
    at: str = "local"  # the resolver that finds its target
    path: Literal["none", "rows", "verb"] | int = "rows"
    skip: Strings = ()  # first words that only choose a release (`gcloud beta`): paths are spelt without them
    unlisted: Verb = Verb.UNKNOWN  # a sub-command that neither row nor word names
    fold: bool = False  # sub-commands may be written in any case; rows spell them in lower case
    globs: bool = False  # the program itself matches the `*` and `?` that reach it (rimraf, git)
    help: Strings = ("--help", "--version")  # with one of these, or such a word as the path's last, nothing happens
    example: Annotated[tuple[Example, ...], Field(min_length=1)]

    @cached_property
    def path_starts(self) -> frozenset[tuple[str, ...]]:
        """Every beginning of every row's path: what a sub-command may still grow into."""
        return frozenset(path[:n] for path in self.by_path for n in range(1, len(path) + 1))

    @cached_property
    def risks(self) -> dict[str, list[tuple[tuple[str, ...], str, int]]]:
        """The members of every risk by their first key: all the keys, the glob of the value, and which risk it is."""
        found: dict[str, list[tuple[tuple[str, ...], str, int]]] = {}
        for place, risk in enumerate(self.risk):
            for keys, glob in risk.members:
                found.setdefault(keys[0], []).append((keys, glob, place))
        return found

    def withins(self, path: tuple[str, ...]) -> tuple[Within, ...]:
        """What is different at a path, the closest first."""
        if not self.within:
            return ()
        found = (self.within_path.get(path[:length]) for length in range(len(path), -1, -1))
        return tuple(within for within in found if within is not None)

    def spells(self, option: str, path: tuple[str, ...]) -> bool:
        """Whether an option is listed for a sub-command, in this spelling."""
        return option in self.options.arity or any(option in within.arity for within in self.withins(path))
