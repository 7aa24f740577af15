"""Lines of procedural code (PL/pgSQL, PL/SQL, MySQL's and T-SQL's blocks): control words off, what they carry read.

Every branch counts, as if it ran. `read` answers whether the line was procedural at all.
"""

from __future__ import annotations

from collections.abc import Callable

from agentguard.model.command import Deed
from agentguard.parse.sql.dynamic import assign, read_dynamic
from agentguard.parse.sql.forms import QUERY_HEADS, group_end, name_at
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import read_expression
from agentguard.parse.sql.lex import NAME, PARAM, WORD, Tokens

Reader = Callable[[Tokens, Place], None]

OPENERS = frozenset("begin else loop exception then repeat atomic try catch do not".split())
ASKERS = {
    "if": "then",
    "elsif": "then",
    "elseif": "then",
    "when": "then",
    "case": "when",
    "while": "loop",
    "until": "end",
}
SILENT = frozenset(
    "assert break close continue exit fetch get goto iterate leave move null pragma print raise raiserror "
    "resignal signal throw waitfor".split()
)
CLOSERS = frozenset("if loop case while repeat for try catch atomic".split())


def read(tokens: Tokens, place: Place, reader: Reader) -> bool:
    """Read one procedural line. Raises Unreadable for what it carries.

    Returns:
        False where the line is none: it is a statement, or nothing that is known.
    """
    tokens = _unlabelled(tokens)
    if not tokens:
        return True
    first = tokens[0]
    if first.kind == WORD:
        handler = _HANDLERS.get(first.low)
        if handler is not None:
            return handler(tokens, place, reader)
        if first.low in SILENT:
            read_expression(tokens[1:], place)
            place.deed(Deed("control"))
            return True
    return _assignment(tokens, place)


def is_control(tokens: Tokens) -> bool:
    """Whether a line begins with a control word."""
    return tokens[0].kind == WORD and (tokens[0].low in _HANDLERS or tokens[0].low in SILENT)


def _unlabelled(tokens: Tokens) -> Tokens:
    """Without `<<label>>` or `label:` in front."""
    if len(tokens) > 2 and tokens[0].text == "<<" and tokens[2].text == ">>":
        return tokens[3:]
    if len(tokens) > 2 and tokens[0].kind == WORD and tokens[1].is_sign(":"):
        return tokens[2:]
    return tokens


def _opener(tokens: Tokens, place: Place, reader: Reader) -> bool:
    place.session.declaring = False
    place.deed(Deed("control"))
    if len(tokens) > 1:
        reader(tokens[1:], place)
    return True


def _end(tokens: Tokens, place: Place, reader: Reader) -> bool:
    place.deed(Deed("control"))
    at = 2 if len(tokens) > 1 and tokens[1].is_word(*CLOSERS) else 1
    if at < len(tokens) and tokens[at].is_word("while", "until") and place.body:
        read_expression(tokens[at:], place)
    elif len(tokens) - at > 1:  # `END LOOP label` is one word more
        reader(tokens[at:], place)
    return True


def _asker(tokens: Tokens, place: Place, reader: Reader) -> bool:
    """`IF condition THEN statement`, `WHILE condition LOOP statement`, `WHEN condition THEN statement`."""
    at = _first(tokens, ("then", "loop", "do", "begin"), 1)
    read_expression(tokens[1:at], place)
    place.deed(Deed("control"))
    if at + 1 < len(tokens):
        reader(tokens[at + 1 :], place)
    return True


def _for(tokens: Tokens, place: Place, reader: Reader) -> bool:
    """`FOR x IN query|range|EXECUTE text LOOP statement`; `FORALL i IN a..b statement`."""
    start = _first(tokens, ("in",), 1) + 1
    end = _first(tokens, ("loop", "do"), start)
    source = tokens[start:end]
    while source and source[0].is_sign("(") and group_end(source, 0) == len(source):
        source = source[1:-1]
    if source and source[0].is_word("execute"):
        read_dynamic(source[1:], place)
    elif source and source[0].is_word(*QUERY_HEADS):
        reader(source, place)
    else:
        read_expression(source, place)
    place.deed(Deed("control"))
    if end + 1 < len(tokens):
        reader(tokens[end + 1 :], place)
    return True


def _perform(tokens: Tokens, place: Place, _reader: Reader) -> bool:
    read_expression(tokens[1:], place)
    place.deed(Deed("select"))
    return True


def _return(tokens: Tokens, place: Place, reader: Reader) -> bool:
    at = 1
    while at < len(tokens) and tokens[at].is_word("query", "next"):
        at += 1
    rest = tokens[at:]
    if rest and rest[0].is_word("execute"):
        read_dynamic(rest[1:], place)
    elif rest and rest[0].is_word(*QUERY_HEADS):
        reader(rest, place)
    else:
        read_expression(rest, place)
    place.deed(Deed("control"))
    return True


def _execute(tokens: Tokens, place: Place, _reader: Reader) -> bool:
    """In a body, EXECUTE runs the value of an expression; elsewhere it names a prepared statement."""
    if not place.body or "postgres" not in place.dialect.family:
        return False
    read_dynamic(tokens[1:], place)
    return True


def _open(tokens: Tokens, place: Place, reader: Reader) -> bool:
    at = _first(tokens, ("for",), 1) + 1
    rest = tokens[at:]
    if rest and rest[0].is_word("execute"):
        read_dynamic(rest[1:], place)
    elif rest:
        reader(rest, place)
    place.deed(Deed("control"))
    return True


SECTIONS = frozenset({"oracle", "postgres", "snowflake"})  # where one DECLARE opens a section of many declarations


def _declare(tokens: Tokens, place: Place, reader: Reader) -> bool:
    place.session.declaring = bool(SECTIONS.intersection(place.dialect.family))
    if any(t.is_word("handler") for t in tokens[1:4]):
        _handler(tokens, place, reader)
    elif len(tokens) > 1:
        _declared(tokens[1:], place, reader)
    place.deed(Deed("control"))
    return True


def _handler(tokens: Tokens, place: Place, reader: Reader) -> None:
    """MySQL's `DECLARE EXIT HANDLER FOR condition, … statement`."""
    heads = ("begin", "rollback", "set", "resignal", "signal", "call", "drop", "truncate", *QUERY_HEADS)
    at = _first(tokens, heads, _first(tokens, ("for",), 1) + 1)
    if at < len(tokens):
        reader(tokens[at:], place)


def declaration(tokens: Tokens, place: Place, reader: Reader) -> bool:
    """Read a line between DECLARE and BEGIN; False elsewhere: two words that nobody knows may be a statement."""
    return place.session.declaring and _declared(tokens, place, reader)


def _declared(tokens: Tokens, place: Place, reader: Reader) -> bool:
    """Read `name type := value` or `name CURSOR FOR query`; False where the line is neither."""
    if tokens[0].kind not in (WORD, NAME, PARAM) or len(tokens) < 2 or tokens[1].kind not in (WORD, NAME):
        return False
    query = _first(tokens, ("for", "is"), 1) + 1
    if query < len(tokens) and any(t.is_word("cursor") for t in tokens[:query]):
        reader(tokens[query:], place)
        return True
    value = _first_sign(tokens, (":=", "=")) or _first(tokens, ("default",), 1)
    if value < len(tokens):
        read_expression(tokens[value + 1 :], place)
        assign(tokens[0].text, tokens[value + 1 :], place)
    place.deed(Deed("control"))
    return True


def _assignment(tokens: Tokens, place: Place) -> bool:
    """`x := value`, `x.y[1] := value`; with a plain `=` too."""
    name, at = name_at(tokens, 0)
    while at < len(tokens) and tokens[at].is_sign("["):
        while at < len(tokens) and not tokens[at].is_sign("]"):
            at += 1
        at += 1
    if not name or at >= len(tokens) or not tokens[at].is_sign(":=", "="):
        return False
    read_expression(tokens[at + 1 :], place)
    assign(name, tokens[at + 1 :], place)
    place.deed(Deed("control"))
    return True


def _first(tokens: Tokens, words: tuple[str, ...], at: int) -> int:
    """The place of the first of the words outside parentheses, or the end."""
    while at < len(tokens) and not tokens[at].is_word(*words):
        at = max(group_end(tokens, at), at + 1)
    return at


def _first_sign(tokens: Tokens, signs: tuple[str, ...]) -> int:
    return next((i for i, t in enumerate(tokens) if t.is_sign(*signs)), 0)


_HANDLERS: dict[str, Callable[[Tokens, Place, Reader], bool]] = {
    **dict.fromkeys(OPENERS, _opener),
    **dict.fromkeys(ASKERS, _asker),
    "end": _end,
    "for": _for,
    "foreach": _for,
    "forall": _for,
    "perform": _perform,
    "return": _return,
    "execute": _execute,
    "open": _open,
    "declare": _declare,
}
