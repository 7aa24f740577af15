"""What reading a statement collects, and the reader's view of where it stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from agentguard.model.command import Deed
from agentguard.parse.sql.lex import Tokens, Unreadable, lex
from agentguard.tools.sql import Dialect, Lexing

TEMPORARY = "temporary"  # the detail of a deed on tables that end with their session
SCRATCH = ("#", "pg_temp.", "tempdb..#")  # what the names of such tables begin with
FILLERS = ("select", "with", "fetch", "get", "for", "foreach", "update", "merge", "open", "values")
CODE_DEPTH = 8  # SQL inside a string inside a body …: as for every text that becomes code
STATEMENT_LIMIT = 5_000  # statements of one text: dumps of more are not read by a person either


@dataclass
class Session:
    """What one text builds up as it runs. `left` counts the fragments that may still be read."""

    constants: dict[str, str] = field(default_factory=dict)  # variables whose value is known, by lower-cased name
    prepared: set[str] = field(default_factory=set)  # statements prepared in this text; they counted when prepared
    temporary: set[str] = field(default_factory=set)  # tables that this text made and that end with its session
    remembers: bool = True  # a statement that fails ends the whole text: what it made earlier is there
    declaring: bool = False  # between DECLARE and BEGIN of a block
    left: int = STATEMENT_LIMIT

    def remember(self, deed: Deed) -> None:
        """Keep account of the temporary tables that are there."""
        names = {name.lower() for name in deed.objects}
        if deed.phrase.startswith(("create table", "select into")) and TEMPORARY in deed.details and self.remembers:
            self.temporary |= names
        elif deed.phrase.startswith(("drop", "alter table rename")):
            self.temporary -= names

    def ends_with_it(self, name: str) -> bool:
        """Whether a table ends with the session."""
        low = name.lower()
        return low.startswith(SCRATCH) or low in self.temporary

    def forget(self, tokens: Tokens) -> None:
        """Forget the value of every variable that a statement could fill (`SELECT … INTO x`, `FETCH`, OUTPUT)."""
        fills = tokens[0].is_word(*FILLERS) or any(t.is_word("output", "out", "into") for t in tokens)
        if self.constants and fills:
            for token in tokens:
                self.constants.pop(token.low, None)

    def step(self) -> None:
        """Count one fragment. Raises Unreadable over the limit."""
        self.left -= 1
        if self.left < 0:
            raise Unreadable(f"more than {STATEMENT_LIMIT} statements")


@dataclass
class Found:
    """Deeds and unknowns of one statement, each once, in order."""

    deeds: list[Deed] = field(default_factory=list)
    unknowns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reading stands: the dialect, the lexing in force, how deep in strings of code, and where to collect.

    `body` tells that the text is the inside of a function or block: assignments and PERFORM are statements there.
    `reader` is what reads a string that is run as code.
    """

    dialect: Dialect
    lexing: Lexing
    session: Session
    found: Found
    reader: Callable[[str, Place], None]
    depth: int = 0
    body: bool = False

    def deed(self, deed: Deed) -> None:
        """Collect a deed; one on nothing but temporary tables says so."""
        if deed.objects and TEMPORARY not in deed.details and all(map(self.session.ends_with_it, deed.objects)):
            deed = replace(deed, details=(*deed.details, TEMPORARY))
        self.session.remember(deed)
        if deed not in self.found.deeds:
            self.found.deeds.append(deed)

    def unknown(self, why: str) -> None:
        if why not in self.found.unknowns:
            self.found.unknowns.append(why)

    def lex(self, text: str) -> Tokens:
        return lex(text, self.lexing)

    def read(self, code: str, *, body: bool = False) -> None:
        """Read a string that is run as code, one level deeper. Raises Unreadable where that is too deep."""
        if self.depth >= CODE_DEPTH:
            raise Unreadable(f"code inside code more than {CODE_DEPTH} levels deep")
        self.reader(code, replace(self, depth=self.depth + 1, body=body))

    def apart(self) -> Place:
        """The same place with a collection of its own."""
        return replace(self, found=Found())
