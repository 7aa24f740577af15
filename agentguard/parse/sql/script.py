"""A whole text: through its client where one reads it first, then every reading of it, then statement by statement."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from agentguard.model.command import Deed, Statement, Unknown
from agentguard.model.effect import Verb
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.agree import check
from agentguard.parse.sql.dynamic import fold, read_dynamic
from agentguard.parse.sql.found import Found, Place, Session
from agentguard.parse.sql.lex import HOLE, HOLE_MARK, Token, Tokens, Unreadable, join, stream
from agentguard.parse.sql.normal import TOO_DEEP, readings, too_deep
from agentguard.parse.sql.scan import read_code, read_part
from agentguard.parse.sql.split import split
from agentguard.tools.sql import Dialect, Lexing

Part = Statement | Unknown | Embedded


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL that a client sends.

    `generates`: the rows of its last query are run as SQL (psql's gexec). `piped`: they are fed to this shell command.
    """

    text: str
    generates: bool = False
    piped: str = ""


@dataclass(frozen=True, slots=True)
class Meta:
    """A command of the client itself; `deed` names its row."""

    text: str
    deed: Deed


Piece = Sql | Meta | Embedded | Unknown


@dataclass
class Script:
    """One text on its way through.

    `messages` tells that each statement is sent by itself; `checked` that the server's own grammar is asked, too.
    """

    dialect: Dialect
    messages: bool
    checked: bool = False
    session: Session = field(default_factory=Session)
    lexing: Lexing = field(init=False)

    def __post_init__(self) -> None:
        self.session.remembers = not self.messages
        self.lexing = self.dialect.lexing

    def read(self, piece: Piece) -> tuple[Part, ...]:
        """What one piece of the text does."""
        if isinstance(piece, Meta):
            return (Statement(piece.text, self.dialect.name, (piece.deed,)),)
        return self._every_reading(piece, self.lexing) if isinstance(piece, Sql) else (piece,)

    def _every_reading(self, piece: Sql, rules: Lexing) -> tuple[Part, ...]:
        """All that any reading finds. One that never ends where another does is a syntax error for its server."""
        found: dict[Part, None] = {}
        failures: list[Unknown | None] = []
        for text, lexing in readings(piece.text, rules):
            parts, failure = self._one_reading(replace(piece, text=text), lexing)
            found.update(dict.fromkeys(parts))
            failures.append(failure)
        if all(failures):
            found.update(dict.fromkeys(failure for failure in failures if failure))
        return tuple(found)

    def _one_reading(self, piece: Sql, lexing: Lexing) -> tuple[list[Part], Unknown | None]:
        tokens, failure = tokens_of(piece.text, lexing)
        if any(t.is_word("rollback", "abort", "search_path", "commit", "discard") for t in tokens):
            self.session.remembers = False  # what was made may be gone again, or a name may mean another table
        found: list[Part] = []
        parts = list(split(tokens, self.dialect, piece.text))
        end = 0
        for part in parts:
            place = self._one_statement(part, lexing, generates=piece.generates and part is parts[-1])
            if self.checked and lexing.backslash == "no":  # the grammar knows the standard's strings only
                check(piece.text[end : part[-1].end], part, place)
            end = part[-1].end
            found += self._parts(piece.text[part[0].start : part[-1].end], place.found)
            if self.messages and lexing == self.lexing and any(d.phrase == "set lexing" for d in place.found.deeds):
                self._doubt()
                rest = replace(piece, text=piece.text[part[-1].end :])
                return [*found, *self._every_reading(rest, self.lexing)], None
        if piece.piped:
            found.append(Embedded("shell", self._pipeline(piece.piped, parts[-1] if parts else (), lexing)))
        behind = piece.text[tokens[-1].end if tokens else 0 :]
        if self.checked and lexing.backslash == "no" and not failure and behind.strip():
            found += self._behind(behind, lexing)
        return found, Unknown(failure, behind) if failure else None

    def _behind(self, rest: str, lexing: Lexing) -> list[Part]:
        """What the server's grammar sees in a text without a token."""
        place = Place(self.dialect, lexing, self.session, Found(), read_code)
        check(rest, (), place)
        return self._parts(rest, place.found)

    def _one_statement(self, part: Tokens, lexing: Lexing, *, generates: bool) -> Place:
        place = Place(self.dialect, lexing, self.session, Found(), read_code)
        read_part(part, place)
        if generates:
            _generated(part, place)
        if any(token.kind == HOLE or HOLE_MARK in token.text for token in part):
            place.unknown("a part of it is made at run time")
        return place

    def _doubt(self) -> None:
        """From here on a setting decides where strings end: each reading counts."""
        both: Literal["both"] = "both"
        self.lexing = self.lexing.model_copy(update={"backslash": both})

    def _pipeline(self, command: str, part: Tokens, lexing: Lexing) -> str:
        """The shell line that a command at the end of a query stands for: what it is fed is told where it is known."""
        text = fold(_selected(part), Place(self.dialect, lexing, self.session, Found(), read_code))
        quoted = "'" + text.replace("'", "'\\''") + "'"
        return f"cat | {command}" if HOLE_MARK in text or not text else f"echo {quoted} | {command}"

    def _parts(self, text: str, found: Found) -> list[Part]:
        parts: list[Part] = [Unknown(why, text) for why in found.unknowns]
        if found.deeds:
            parts.insert(0, Statement(text, self.dialect.name, self._telling(found.deeds)))
        return parts

    def _telling(self, deeds: list[Deed]) -> tuple[Deed, ...]:
        """The deeds without the mere reads beside them; where all are reads, the first that names something."""
        more = [d for d in deeds if (row := self.dialect.row(d.phrase)) is None or row.verb is not Verb.READ]
        return tuple(more) or (next((d for d in deeds if d.objects), deeds[0]),)


def tokens_of(text: str, lexing: Lexing) -> tuple[Tokens, str]:
    """The tokens of a text up to where it stops making sense, and why it does; no reason where it is whole."""
    tokens: list[Token] = []
    try:
        join(tokens, stream(text, lexing))
        failure = ""
    except Unreadable as unreadable:
        failure = str(unreadable)
    end = too_deep(tuple(tokens))
    return tuple(tokens[:end]), TOO_DEEP if end < len(tokens) else failure


def _selected(part: Tokens) -> Tokens:
    """The select list of a query."""
    end = next((i for i, t in enumerate(part) if t.is_word("from", "where", "order")), len(part))
    return part[1:end]


def _generated(part: Tokens, place: Place) -> None:
    """The text that a query makes, to be run: its select list, folded as far as it goes."""
    try:
        read_dynamic(_selected(part), place)
    except Unreadable as failure:
        place.unknown(str(failure))
