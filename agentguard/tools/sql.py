"""The grammar of a SQL dialect's table: how its text is lexed, which forms its statements have, what each form does.

One TOML file a dialect under `data/sql`; what they share lies in `common.toml` and the files that one extends. Closed
models: an unknown key or a verb nobody knows stops the load and names the place. A row is found by its phrase; a
dialect's row replaces the row of the same phrase below it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, model_validator

from agentguard.model.command import Where
from agentguard.model.effect import Reach, Undo, Verb
from agentguard.model.errors import ToolTableError
from agentguard.tools import DATA, read_table
from agentguard.tools.schema import Closed, Strings

Both = Literal["yes", "no", "both"]  # both: servers differ or a setting decides; each reading counts


class Lexing(Closed):
    """How the text falls into tokens."""

    strings: Strings = ("'",)
    names: Strings = ('"',)  # the first one is used where a name is written for the parser
    backslash: Both = "no"  # a backslash escapes inside a string
    nested: Both = "no"  # comments nest
    dollar: Literal["no", "tagged", "plain"] = "no"  # $tag$ … $tag$, or only $$ … $$
    prefixes: str = "nx"  # letters that may stand before a string: r is BigQuery's raw string, w Spark's
    operators: bool = False  # operators may be made of any of PostgreSQL's characters
    lines: Strings = ("--",)  # what opens a comment to the end of the line; `-- ` wants a blank behind it
    returns: bool = True  # a carriage return ends such a comment
    binds: bool = True  # `:name` is a parameter, not a path
    at: bool = False  # `@name` is a variable, a parameter or a stage
    executable: bool = False  # /*! … */ may run


class Variation(Closed):
    """What a row says for one sort of WHERE."""

    verb: Verb | None = None
    kind: str | None = None
    reach: Reach | None = None
    undo: Undo | None = None
    because: str | None = None
    safer: Strings | None = None


class SqlExample(Closed):
    """A text and its worst effect: `drop one sql.table`. `dialect` is the table's own where it is not given."""

    sql: str
    is_: str = Field(alias="is")
    dialect: str = ""
    channel: Literal["wire", "client"] = "wire"
    why: str = ""


class SqlRow(Closed):
    """What one phrase does.

    `form` are the shapes a statement is recognised by (the language of `parse/sql/forms.py`); a row without any has the
    shape `<phrase> [if exists] {names}`, unless `made` says that a reader makes the phrase itself. `within` names
    the statement whose actions the forms are (`alter table`). `function` are functions whose call this row is.
    """

    phrase: Annotated[Strings, Field(min_length=1)]
    form: Strings = ()
    within: Strings = ()
    function: Strings = ()
    made: bool = False
    verb: Verb = Verb.READ
    kind: str = ""
    reach: Reach = Reach.ONE
    undo: Undo = Undo.NONE
    whole: bool = False
    because: str = ""
    safer: Strings = ()
    where: dict[Where, Variation] = Field(default_factory=dict)
    example: Annotated[tuple[SqlExample, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def says_why(self) -> SqlRow:
        if self.verb is not Verb.READ and not self.kind:
            raise ValueError(f"row {self.phrase[0]!r} does not say to what: give it `kind`")
        if self.verb in (Verb.DELETE, Verb.DROP, Verb.UNPROTECT, Verb.RECREATE, Verb.OVERWRITE) and not self.because:
            raise ValueError(f"row {self.phrase[0]!r} destroys and does not say why that matters: give it `because`")
        return self


class DialectTable(Closed):
    """One dialect's table as its file says it."""

    dialect: str
    also: Strings = ()
    extends: str = "common"  # the table below it; the lowest has none
    about: str
    parser: str = ""  # the parser's own name of the dialect, where it is another
    functions: Literal["listed", "pure"] | None = None  # pure: a function in a query cannot change data there
    lexing: Lexing | None = None
    harmless: Strings = ()  # functions that only read
    row: tuple[SqlRow, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Dialect:
    """A dialect with everything below it folded in. There is one of each, so that it is its own key in a cache."""

    name: str
    parser: str
    family: tuple[str, ...]  # its own name, then those it extends
    pure: bool
    lexing: Lexing
    harmless: frozenset[str]
    rows: Mapping[str, SqlRow]
    functions: Mapping[str, str]  # a function's name: the phrase of its row

    def row(self, phrase: str) -> SqlRow | None:
        """The row of a phrase; None where no table has it."""
        return self.rows.get(phrase)


@cache
def tables() -> Mapping[str, DialectTable]:
    """Every table that ships, by the names it goes by. Raises ToolTableError."""
    sources = (s for s in (DATA / "sql").iterdir() if s.name.endswith(".toml"))
    named: dict[str, DialectTable] = {}
    for table in (read_table(source, DialectTable) for source in sorted(sources, key=lambda s: s.name)):
        for name in (table.dialect, *table.also):
            if name in named:
                raise ToolTableError(f"`{name}` has two tables", place=f"sql/{table.dialect}.toml")
            named[name] = table
    return named


@cache
def dialect(name: str) -> Dialect | None:
    """The dialect of that name with all below it; None where no table has the name. Raises ToolTableError."""
    table = tables().get(name)
    return None if table is None else _folded(_chain(table))


def _chain(table: DialectTable) -> tuple[DialectTable, ...]:
    """The table, then those it extends, ending with the common one."""
    if not table.extends:
        return (table,)
    below = tables().get(table.extends)
    if below is None:
        raise ToolTableError(f"extends `{table.extends}`, which has no table", place=f"sql/{table.dialect}.toml")
    return (table, *_chain(below))


def _folded(chain: tuple[DialectTable, ...]) -> Dialect:
    rows: dict[str, SqlRow] = {}
    functions: dict[str, str] = {}
    for table in reversed(chain):
        for row in table.row:
            for phrase in row.phrase:
                rows.pop(phrase, None)  # what comes later is nearer to the dialect: forms are tried from the end
                rows[phrase] = row
            functions.update(dict.fromkeys(row.function, row.phrase[0]))
    return Dialect(
        name=chain[0].dialect,
        parser=next(t.parser or t.dialect for t in chain if t.parser or t is chain[0]),
        family=tuple(t.dialect for t in chain),
        pure=next((t.functions for t in chain if t.functions), "listed") == "pure",
        lexing=next((t.lexing for t in chain if t.lexing), Lexing()),
        harmless=frozenset(name for t in chain for name in t.harmless),
        rows=rows,
        functions=functions,
    )
