"""SQL that a statement builds and runs: an expression folded as far as its constants go.

`'DROP ' || 'TABLE t'`, `concat(…)`, `format('DROP TABLE %I', x)`, and variables that were given a constant before.
A part that is not known becomes `…` inside quotes where it is quoted (`%I`, `quote_ident`), and HOLE_MARK where it is
not: that could be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.parse.sql.forms import group_end
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import calls_in
from agentguard.parse.sql.lex import HOLE_MARK, NAME, NUMBER, PARAM, STRING, WORD, Tokens

QUOTED_NAME = '"…"'
QUOTED_TEXT = "'…'"
ENDS = ("into", "using", "loop", "with", "at", "do", "as")  # what may stand behind the expression
_SPECIFIER = re.compile(r"%(?:(\d+)\$)?-?\d*([sIL%])")


def read_dynamic(tokens: Tokens, place: Place) -> None:
    """Read the code that an expression makes; what cannot be folded is unknown."""
    expression = _before(tokens, ENDS)
    text = fold(expression, place)
    calls_in(expression, place.apart())  # a function that builds the text runs too, but the text decides
    if not text.strip(HOLE_MARK + " \t\r\n;"):
        place.unknown("it runs text that is made at run time")
        return
    place.read(text)


def assign(name: str, tokens: Tokens, place: Place) -> None:
    """Remember a variable that is given a constant; forget one that is given anything else."""
    text = fold(tokens, place)
    constants = place.session.constants
    if HOLE_MARK in text or not text:
        constants.pop(name.lower(), None)
    else:
        constants[name.lower()] = text


def fold(tokens: Tokens, place: Place) -> str:
    """The text an expression yields, with HOLE_MARK for what is not known."""
    return "".join(_term(term, place) for term in _terms(tokens))


def _terms(tokens: Tokens) -> Iterator[Tokens]:
    """The operands of `||` (or `+`) at the outermost level."""
    start = at = 0
    while at < len(tokens):
        if tokens[at].is_sign("||", "+"):
            yield tokens[start:at]
            start = at + 1
        at = max(group_end(tokens, at), at + 1)
    yield tokens[start:]


def _term(tokens: Tokens, place: Place) -> str:
    if not tokens:
        return ""
    first = tokens[0]
    if first.is_sign("(") and group_end(tokens, 0) == len(tokens):
        return fold(tokens[1:-1], place)
    if len(tokens) > 2 and tokens[1].is_sign("::"):
        return _term(tokens[:1], place)
    if len(tokens) == 1:
        return _single(first.kind, first.text, place)
    if first.kind in (WORD, NAME) and tokens[1].is_sign("(") and group_end(tokens, 1) == len(tokens):
        return _call(first.low, arguments(tokens[2:-1]), place)
    return HOLE_MARK


def _single(kind: str, text: str, place: Place) -> str:
    if kind in (STRING, NUMBER):
        return text
    known = place.session.constants.get(text.lower()) if kind in (WORD, NAME, PARAM) else None
    return HOLE_MARK if known is None else known


def _call(name: str, values: tuple[Tokens, ...], place: Place) -> str:
    match name:
        case "concat":
            return "".join(fold(value, place) for value in values)
        case "format" if values:
            return _formatted(fold(values[0], place), values[1:], place)
        case "quote_ident" | "quotename":
            return _quoted(fold(values[0], place) if values else HOLE_MARK, QUOTED_NAME, '"')
        case "quote_literal" | "quote_nullable":
            return _quoted(fold(values[0], place) if values else HOLE_MARK, QUOTED_TEXT, "'")
        case "lower" | "upper" | "trim" | "cast" if len(values) == 1:
            return fold(values[0], place)
        case "chr" | "char" if len(values) == 1:
            text = fold(values[0], place)
            return chr(int(text)) if text.isdigit() and int(text) < 0x110000 else HOLE_MARK
        case _:
            return HOLE_MARK


def _quoted(text: str, hole: str, quote: str) -> str:
    return hole if HOLE_MARK in text else quote + text.replace(quote, quote * 2) + quote


def _formatted(template: str, values: tuple[Tokens, ...], place: Place) -> str:
    """PostgreSQL's `format`: %I is a quoted name, %L a quoted text, %s the text itself."""
    count = iter(range(len(values)))

    def value(found: re.Match[str]) -> str:
        if found.group(2) == "%":
            return "%"
        index = int(found.group(1)) - 1 if found.group(1) else next(count, len(values))
        text = fold(values[index], place) if 0 <= index < len(values) else HOLE_MARK
        quotes = {"I": (QUOTED_NAME, '"'), "L": (QUOTED_TEXT, "'")}.get(found.group(2))
        return _quoted(text, *quotes) if quotes else text

    return _SPECIFIER.sub(value, template)


def arguments(tokens: Tokens) -> tuple[Tokens, ...]:
    """The parts between commas at the outermost level."""
    parts: list[Tokens] = []
    start = at = 0
    while at < len(tokens):
        if tokens[at].is_sign(","):
            parts.append(tokens[start:at])
            start = at + 1
        at = max(group_end(tokens, at), at + 1)
    return (*parts, tokens[start:])


def _before(tokens: Tokens, words: tuple[str, ...]) -> Tokens:
    """The tokens up to the first of the words at the outermost level; of several arguments, the first."""
    at = 0
    while at < len(tokens):
        if tokens[at].is_word(*words) or tokens[at].is_sign(",", ";", ")"):
            break
        at = max(group_end(tokens, at), at + 1)
    return tokens[:at]
