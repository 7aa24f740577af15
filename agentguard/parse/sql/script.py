"""A whole text: through its client where one reads it first, then every reading of it, then statement by statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from agentguard.model.command import Deed, Statement, Unknown
from agentguard.model.effect import Verb
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.dynamic import read_dynamic
from agentguard.parse.sql.found import Found, Place, Session
from agentguard.parse.sql.lex import HOLE, HOLE_MARK, Token, Tokens, Unreadable, stream
from agentguard.parse.sql.normal import readings, refuse_nesting
from agentguard.parse.sql.scan import read_code, read_part
from agentguard.parse.sql.split import split
from agentguard.tools.sql import Dialect, Lexing

Part = Statement | Unknown | Embedded


@dataclass(frozen=True, slots=True)
class Sql:
    """SQL that a client sends. `generates`: the rows of its last query are run as SQL (psql's gexec)."""

    text: str
    generates: bool = False


@dataclass(frozen=True, slots=True)
class Meta:
    """A command of the client itself; `deed` names its row."""

    text: str
    deed: Deed


Piece = Sql | Meta | Embedded | Unknown


@dataclass
class Script:
    """One text on its way through: `messages` tells that each statement is sent by itself."""

    dialect: Dialect
    messages: bool
    session: Session = field(default_factory=Session)

    def read(self, piece: Piece) -> tuple[Part, ...]:
        """What one piece of the text does."""
        if isinstance(piece, Meta):
            return (Statement(piece.text, self.dialect.name, (piece.deed,)),)
        return self._every_reading(piece, self.dialect.lexing) if isinstance(piece, Sql) else (piece,)

    def _every_reading(self, piece: Sql, rules: Lexing) -> tuple[Part, ...]:
        found: dict[Part, None] = {}
        for text, lexing in readings(piece.text, rules):
            found.update(dict.fromkeys(self._one_reading(Sql(text, piece.generates), lexing)))
        return tuple(found)

    def _one_reading(self, piece: Sql, lexing: Lexing) -> list[Part]:
        tokens, failure = tokens_of(piece.text, lexing)
        found: list[Part] = []
        parts = list(split(tokens, self.dialect, piece.text))
        for part in parts:
            place = self._place(lexing)
            read_part(part, place)
            if piece.generates and part is parts[-1]:
                _generated(part, place)
            if any(token.kind == HOLE or HOLE_MARK in token.text for token in part):
                place.unknown("a part of it is made at run time")
            found += self._parts(piece.text[part[0].start : part[-1].end], place.found)
            if self.messages and any(d.phrase == "set lexing" for d in place.found.deeds) and lexing.backslash == "no":
                both: Literal["both"] = "both"  # from here on a setting decides where strings end
                rest = Sql(piece.text[part[-1].end :], piece.generates)
                return [*found, *self._every_reading(rest, lexing.model_copy(update={"backslash": both}))]
        if failure:
            found.append(Unknown(failure, piece.text[tokens[-1].end if tokens else 0 :]))
        return found

    def _place(self, lexing: Lexing) -> Place:
        return Place(self.dialect, lexing, self.session, Found(), read_code, body=False)

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
        for token in stream(text, lexing):
            tokens.append(token)
        refuse_nesting(tuple(tokens))
    except Unreadable as failure:
        return tuple(tokens), str(failure)
    return tuple(tokens), ""


def _generated(part: Tokens, place: Place) -> None:
    """The text that a query makes, to be run: its select list, folded as far as it goes."""
    end = next((i for i, t in enumerate(part) if t.is_word("from", "where", "order")), len(part))
    try:
        read_dynamic(part[1:end], place)
    except Unreadable as failure:
        place.unknown(str(failure))
