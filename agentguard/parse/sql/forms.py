"""The little language of a row's `form`, and its matcher: the shapes of statements as data.

    drop [foreign] table [if exists] {names}     words, options in brackets, names that the deed is about
    create rule {name} as on insert to {other}   a name that it is not about
    set session|local role                       one of several words
    alter table [only] {name} {actions}          what follows is a list of actions (rows with `within`)
    explain {statement}                          what follows is a statement that counts too
    create table {name} ... as {query}           `...` skips, as little as it can; {query} must begin like one
    execute immediate {code}                     an expression whose value is run as SQL
    do {body}                                    a string that holds procedural code
    reset {end}                                  nothing may follow
    f ()                                         a balanced pair of parentheses
    set @@global.*                               a word that begins so

A form matches from the first token on and says nothing of what follows it. The form with the most fixed words wins;
between equals the dialect's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from agentguard.parse.sql.lex import HOLE, NAME, NUMBER, PARAM, SIGN, STRING, WORD, Tokens
from agentguard.tools.sql import Dialect, SqlRow

QUERY_HEADS = frozenset({"select", "with", "insert", "update", "delete", "merge", "values", "table", "from", "replace"})
FURTHER = tuple(
    "actions assign body called code copy executed explain expression mutation prepared rule statement stored trigger "
    "unload".split()
)
MAY_BE_EMPTY = ("executed", "stored", "trigger")
UNKNOWN_NAME = "…"
_PIECES = re.compile(r"\[|\]|\{\w+\}|\(\)|\.\.\.|[^\s\[\]]+")


class Element(NamedTuple):
    """One element of a form: its kind, the words it takes, and what an option holds."""

    kind: str
    words: frozenset[str] = frozenset()
    inner: tuple[Element, ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """One compiled form of a row."""

    phrase: str
    elements: tuple[Element, ...]
    weight: int


class Match(NamedTuple):
    """A form that matched: where it ended, the names found, and what has to be read further from there."""

    end: int
    names: tuple[str, ...] = ()
    further: str = ""


def compiled(text: str) -> tuple[Element, ...]:
    """The elements of a form. Raises ValueError where brackets do not close."""
    stack: list[list[Element]] = [[]]
    for piece in _PIECES.findall(text):
        if piece == "[":
            stack.append([])
        elif piece == "]":
            inner = tuple(stack.pop())
            stack[-1].append(Element("option", inner=inner))
        else:
            stack[-1].append(_element(piece))
    if len(stack) != 1:
        raise ValueError(f"brackets do not close in the form `{text}`")
    return tuple(stack[0])


def _element(piece: str) -> Element:
    if piece == "...":
        return Element("skip")
    if piece == "()":
        return Element("group")
    if piece.endswith("*") and len(piece) > 1:
        return Element("starting", frozenset({piece[:-1]}))
    if piece.startswith("{"):
        return Element(piece[1:-1])
    return Element("word", frozenset({piece} if piece == "|" else piece.lower().split("|")))


@cache
def forms_of(dialect: Dialect) -> Mapping[tuple[str, str], tuple[Form, ...]]:
    """A dialect's forms by (within, first word), the most telling first."""
    found: dict[tuple[str, str], list[Form]] = {}
    for phrase, row in reversed(tuple(dialect.rows.items())):  # the dialect's own rows come last
        for text in shapes_of(phrase, row):
            elements = compiled(text)
            form = Form(phrase, elements, sum(e.kind in ("word", "starting", "query", "end") for e in elements))
            for key in ((within, word) for within in row.within or ("",) for word in elements[0].words or {"*"}):
                found.setdefault(key, []).append(form)
    return {key: tuple(sorted(forms, key=lambda f: -f.weight)) for key, forms in found.items()}


def shapes_of(phrase: str, row: SqlRow) -> tuple[str, ...]:
    """The forms of one phrase of a row; by default the phrase itself and the names behind it."""
    if row.form or row.made or row.function:
        return row.form if phrase == row.phrase[0] else ()
    return (f"{phrase} [if exists] {{names}}",)


def find(tokens: Tokens, dialect: Dialect, within: str = "") -> tuple[str, Match] | None:
    """The phrase whose form fits the tokens best, and how; None where none fits."""
    if not tokens or tokens[0].kind not in (WORD, SIGN):
        return None
    index = forms_of(dialect)
    for form in (*index.get((within, tokens[0].low), ()), *index.get((within, "*"), ())):
        match = _match(form.elements, tokens, 0, ())
        if match is not None:
            return form.phrase, match
    return None


Names = tuple[str, ...]


def _match(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    if not elements:
        return Match(at, names)
    return _MATCHERS[elements[0].kind](elements, tokens, at, names)


def _word(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    if at < len(tokens) and tokens[at].kind in (WORD, SIGN, PARAM) and tokens[at].low in elements[0].words:
        return _match(elements[1:], tokens, at + 1, names)
    return None


def _starting(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    if at < len(tokens) and tokens[at].low.startswith(tuple(elements[0].words)):
        return _match(elements[1:], tokens, at + 1, names)
    return None


def _option(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    taken = _match(elements[0].inner + elements[1:], tokens, at, names)
    return taken if taken is not None else _match(elements[1:], tokens, at, names)


def _one_name(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    name, end = name_at(tokens, at)
    return _match(elements[1:], tokens, end, (*names, name)) if end > at else None


def _other_name(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    _, end = name_at(tokens, at)
    return _match(elements[1:], tokens, end, names) if end > at else None


def _some_names(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    found, end = names_at(tokens, at)
    return _match(elements[1:], tokens, end, names + found) if found else None


def _any_one(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    return _match(elements[1:], tokens, at + 1, names) if at < len(tokens) else None


def _group(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    end = group_end(tokens, at)
    return _match(elements[1:], tokens, end, names) if end > at else None


def _skip(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    while at <= len(tokens):
        match = _match(elements[1:], tokens, at, names)
        if match is not None or at == len(tokens):
            return match
        at = max(group_end(tokens, at), at + 1)
    return None


def _end(_elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    return Match(at, names) if at == len(tokens) else None


def _query(_elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    first = at
    while first < len(tokens) and tokens[first].is_sign("("):
        first += 1
    begins = first < len(tokens) and tokens[first].kind == WORD and tokens[first].low in QUERY_HEADS
    return Match(at, names, "statement") if begins else None


def _further(elements: tuple[Element, ...], tokens: Tokens, at: int, names: Names) -> Match | None:
    return Match(at, names, elements[0].kind) if at < len(tokens) or elements[0].kind in MAY_BE_EMPTY else None


_MATCHERS: dict[str, Callable[[tuple[Element, ...], Tokens, int, Names], Match | None]] = {
    "word": _word,
    "option": _option,
    "name": _one_name,
    "names": _some_names,
    "other": _other_name,
    "any": _any_one,
    "group": _group,
    "skip": _skip,
    "starting": _starting,
    "end": _end,
    "query": _query,
    **dict.fromkeys(FURTHER, _further),
}


def group_end(tokens: Tokens, at: int) -> int:
    """The place behind the pair of parentheses that opens at `at`; `at` itself where none opens or it never closes."""
    depth = 0
    for place in range(at, len(tokens) if at < len(tokens) and tokens[at].is_sign("(") else at):
        if tokens[place].kind == SIGN:
            depth += tokens[place].text == "("
            depth -= tokens[place].text == ")"
        if depth == 0:
            return place + 1 if place > at else at
    return at


def name_at(tokens: Tokens, at: int) -> tuple[str, int]:
    """A name that may be qualified, and the place behind it; the place is `at` where there is none."""
    parts: list[str] = []
    start = at
    while at < len(tokens):
        token = tokens[at]
        if token.kind in (WORD, NAME, STRING, PARAM, NUMBER):
            parts.append(token.text)
        elif token.kind == HOLE:
            parts.append(UNKNOWN_NAME)
        elif token.is_sign("*") and parts:
            parts.append("*")
        else:
            return "", start
        at += 1
        if at < len(tokens) and tokens[at].kind == PARAM and tokens[at].start == tokens[at - 1].end:
            parts[-1] += tokens[at].text  # 'bob'@'%'
            at += 1
        if at >= len(tokens) or not tokens[at].is_sign("."):
            break
        at += 1
    return ".".join(parts), at


def names_at(tokens: Tokens, at: int) -> tuple[Names, int]:
    """Names with commas between them, each with arguments or a star behind it, and the place behind the last."""
    found: list[str] = []
    while True:
        name, end = name_at(tokens, at)
        if end <= at or not name:
            break
        found.append(name)
        at = max(group_end(tokens, end), end) if end < len(tokens) else end
        if at < len(tokens) and tokens[at].is_sign("*"):
            at += 1
        if at >= len(tokens) or not tokens[at].is_sign(","):
            break
        at += 1
    return tuple(found), at
