r"""The cursor over a shell text: blanks, comments, operators, newlines and the heredocs that wait behind them.

A cursor only moves forward, except where a caller tries one reading and takes it back. `\\0` marks the end, so that
every look ahead has a character. What cannot be read is raised as `Unreadable` with its place.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from agentguard.parse.budget import DEPTH_LIMIT
from agentguard.parse.shell.tree import Literal, Node, Quoted, Redirection, Script, Written

Found = TypeVar("Found")

END = "\0"
AHEAD = 4  # characters that are looked ahead at most
JOIN_LIMIT = 2_000  # line continuations inside operators and names of one text: people write none
NODE_LIMIT = 60_000  # words and commands of one text: bounds what one parse may cost

BLANKS = re.compile(r"(?:[ \t]|\\\n)*")
COMMENT = re.compile(r"[^\n\0]*")
OPERATOR = re.compile(r";;&|;;|;&|&&|\|\||\|&|&>>|&>|[;&|()<>\n]")
DESCRIPTOR = r"(\d+|\{[A-Za-z_][A-Za-z_0-9]*(?:\[[^\]\s]*\])?\})?"
REDIRECT = re.compile(DESCRIPTOR + r"(<<<|<<-|<<|<&|<>|<(?!\()|>>|>&|>\||>(?!\()|&>>|&>)")
ZSH_OPERATOR = re.compile(r";;&|;;|;&|;\||&&|&!|&\||\|\||\|&|&>>|&>|[;&|()<>\n]")
ZSH_REDIRECT = re.compile(
    DESCRIPTOR + r"(<<<|<<-|<<|<&|<>|<(?!\()|>>\||>>!|>>|>&!|>&\||>&|>\||>!|>(?!\()|&>>!|&>>\||&>>|&>!|&>\||&>)"
)
JOINED = re.compile(r"[;&|<>(){}\[\]!A-Za-z0-9_$-]*?((?:\\\n)+)")


class Unreadable(Exception):
    """The text cannot be read from `at` on: `why` says so in a few words.

    `limit`: a limit of ours was hit, so that a shell may well run what stands there; bash stops at everything else.
    """

    def __init__(self, why: str, at: int, *, limit: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.at = at
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Waiting:
    """A heredoc whose body is still to come, for `redirection`."""

    delimiter: str
    quoted: bool
    tabs: bool
    redirection: Redirection


@dataclass(frozen=True, slots=True)
class Grammar:
    """The entries of the grammar that call each other in a circle, handed down with the cursor.

    `script` reads commands up to one of the closers, `and_or` one list of pipelines, `command` one; `whole` a text of
    its own to its end, never raising; `body` a heredoc's text; `operand` a stretch inside `${…}`, a subscript or
    arithmetic.
    """

    script: Callable[[Cursor, frozenset[str]], Script]
    and_or: Callable[[Cursor], Node]
    command: Callable[[Cursor], Node]
    whole: Callable[[Cursor], Script]
    body: Callable[[Cursor, str], Written]
    operand: Callable[[Cursor, str, str, bool], Written]
    double: Callable[[Cursor], Quoted]
    ansi: Callable[[Cursor], Literal]


@dataclass(slots=True)
class Cursor:
    """Where the reading of one text stands."""

    text: str
    dialect: str
    grammar: Grammar
    at: int = 0
    depth: int = 0
    nodes: int = 0
    joins: int = 0
    inside: int = 0  # how many `$(` are open: there, `)` may end a heredoc too
    begun: int = 0  # where the command began that an error would leave unread
    waiting: list[Waiting] = field(default_factory=list)
    tried: set[int] = field(default_factory=set)  # places that were tried as arithmetic and are none

    def inner(self, text: str) -> Cursor:
        """A cursor over a text of its own inside this one, one level deeper."""
        return Cursor(start(text), self.dialect, self.grammar, depth=self.depth + 1)

    def fail(self, why: str, *, limit: bool = False) -> Unreadable:
        return Unreadable(why, self.at, limit=limit)

    def count(self) -> None:
        """Count one node against NODE_LIMIT."""
        self.nodes += 1
        if self.nodes > NODE_LIMIT:
            raise self.fail(f"more than {NODE_LIMIT} words in one text", limit=True)

    def enter(self, levels: int = 1) -> None:
        """Go deeper; whoever enters also leaves by lowering `depth`. What takes more of Python's stack counts more."""
        self.depth += levels
        if self.depth > DEPTH_LIMIT:
            raise self.fail(f"nested more than {DEPTH_LIMIT} levels deep", limit=True)

    @property
    def zsh(self) -> bool:
        return self.dialect == "zsh"


def start(text: str) -> str:
    """The text as a cursor holds it: no NUL inside (shells drop them), and some at the end to look ahead into."""
    return text.replace(END, "") + END * AHEAD


def attempt(c: Cursor, reading: Callable[[], Found | None]) -> Found | None:
    """Try a reading of what stands here; where it is none, everything is as it was, and the place is remembered."""
    if c.at in c.tried:
        return None
    begin, depth, inside, waiting = c.at, c.depth, c.inside, list(c.waiting)
    try:
        found = reading()
    except Unreadable:
        found = None
    if found is None:
        c.at, c.depth, c.inside, c.waiting = begin, depth, inside, waiting
        c.tried.add(begin)
    return found


def blanks(c: Cursor) -> None:
    """Skip blanks, continued lines and a comment. The newline stays."""
    at = BLANKS.match(c.text, c.at).end()  # type: ignore[union-attr]  # matches the empty text too
    if c.text[at] == "#":
        at = COMMENT.match(c.text, at).end()  # type: ignore[union-attr]  # the same
    c.at = at


def lines(c: Cursor) -> None:
    """Skip blanks, comments and newlines, reading the heredocs that wait."""
    blanks(c)
    while c.text[c.at] == "\n":
        newline(c)
        blanks(c)


def join(c: Cursor) -> None:
    """Take out line continuations inside the operator, reserved word or name that starts here."""
    while "\\\n" in c.text[c.at : c.at + 24]:
        found = JOINED.match(c.text, c.at)
        if not found:
            return
        c.joins += 1
        if c.joins > JOIN_LIMIT:
            raise c.fail(f"more than {JOIN_LIMIT} continued lines inside operators", limit=True)
        c.text = c.text[: found.start(1)] + c.text[found.end(1) :]


def operator(c: Cursor) -> str:
    """The operator here, not taken; empty where there is none."""
    join(c)
    found = (ZSH_OPERATOR if c.zsh else OPERATOR).match(c.text, c.at)
    return found.group() if found else ""


def redirect(c: Cursor) -> re.Match[str] | None:
    """The sign of a redirect here with its descriptor, not taken."""
    join(c)
    return (ZSH_REDIRECT if c.zsh else REDIRECT).match(c.text, c.at)


def expect(c: Cursor, text: str, inside: str) -> None:
    """Take `text`, which must stand here to close `inside`."""
    if not c.text.startswith(text, c.at):
        raise c.fail(f"{inside} is not closed" if c.text[c.at] == END else f"`{text}` expected in {inside}")
    c.at += len(text)


def take(c: Cursor, name: str) -> bool:
    """Take the reserved word `name` if it stands here as a word."""
    join(c)
    if c.text.startswith(name, c.at) and c.text[c.at + len(name)] in " \t\n;&|<>()\0\\}{":
        c.at += len(name)
        return True
    return False


def newline(c: Cursor) -> None:
    """Take the newline here and the bodies of the heredocs that wait for it."""
    c.at += 1
    waiting, c.waiting = c.waiting, []
    for heredoc in waiting:
        text = _body(c, heredoc)
        target = Written((Literal(text, quoted=True),), text, plain=text) if heredoc.quoted else c.grammar.body(c, text)
        # The one node that is completed after its birth: its text stands behind the line that it belongs to.
        object.__setattr__(heredoc.redirection, "target", target)


def _body(c: Cursor, heredoc: Waiting) -> str:
    """The lines up to the delimiter, or to the end of the text as bash does."""
    found: list[str] = []
    while c.text[c.at] != END:
        begin = c.at
        line = _line(c, joined=not heredoc.quoted)
        if heredoc.tabs:
            line = line.lstrip("\t")
        bare = line.rstrip("\n") if heredoc.quoted else line.replace("\\\n", "").rstrip("\n")
        if bare == heredoc.delimiter:
            break
        if c.inside and bare.startswith(heredoc.delimiter) and ")" in bare[len(heredoc.delimiter) :]:
            c.at = _behind(c, begin, heredoc)  # `E …)` ends the text and then the substitution, as in bash 5.2
            break
        found.append(line)
    return "".join(found)


def _behind(c: Cursor, begin: int, heredoc: Waiting) -> int:
    """The place behind a delimiter that stands at the start of the line at `begin`."""
    blank = r"\t*" if heredoc.tabs else ""
    letters = r"(?:\\\n)*".join(map(re.escape, heredoc.delimiter))
    found = re.compile(blank + r"(?:\\\n)*" + letters).match(c.text, begin)
    return found.end() if found else begin


def _line(c: Cursor, *, joined: bool) -> str:
    """One line with its newline; where `joined`, a backslash at its end takes the next line in."""
    begin = c.at
    while True:
        end = c.text.find("\n", c.at)
        c.at = len(c.text) - AHEAD if end < 0 else end + 1
        line = c.text[begin : end if end >= 0 else c.at]
        continued = joined and (len(line) - len(line.rstrip("\\"))) % 2 == 1
        if end < 0 or not continued:
            return c.text[begin : c.at]
