"""A function that a statement calls: harmless, one with a row of its own, or one whose body is not at hand.

Promises that a function nobody listed is never harmless, unless the dialect's functions cannot change data at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentguard.model.command import Deed
from agentguard.parse.sql.forms import QUERY_HEADS, forms_of
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.lex import NAME, STRING, WORD, Tokens, Unreadable

OWN_SCHEMAS = frozenset({"", "pg_catalog", "information_schema", "sys", "safe", "system"})
# Words that stand before a parenthesis without calling anything.
GRAMMAR = frozenset(
    "all and any array as asc between bigint binary bit boolean by bytea case char character check clob columns "
    "conflict constraint cross cube datetime dec decimal default desc distinct do double else elseif elsif end "
    "enum escape except exclude exists filter float for foreign from full group grouping having if ilike in "
    "include index inner inserted int integer intersect interval into is join key lateral left like limit long "
    "loop matched merge minus natural nchar not null number numeric nvarchar nvarchar2 of offset on only or order "
    "outer over overlaps overlay partition primary qualify range raw real recursive references return returning "
    "returns right rollup row rows select set sets similar smallint some table tablesample text then time "
    "timestamp timestamptz tinyint to top union unique unnest update using values varbinary varbit varchar "
    "varchar2 varying view when where while window with within".split()
)
DANGEROUS_WORDS = frozenset(
    "alter attach call copy create delete detach drop dumpfile exec execute grant insert into load merge outfile "
    "purge rename replace revoke truncate update".split()
)


Strings = Callable[[], tuple[str, ...]]


def called(name: str, schema: str, strings: Strings, place: Place, *, known: bool) -> None:
    """Collect what calling a function does.

    Args:
        name: the function, without its schema.
        schema: dotted, in lower case; empty where none is written.
        strings: what answers its constants.
        place: where to collect.
        known: the grammar itself has this function.
    """
    if _listed(name, schema, strings, place) or known or place.dialect.pure:
        return
    place.deed(Deed("call function", (f"{schema}.{name}" if schema else name,)))


def procedure(name: str, strings: Strings, place: Place) -> None:
    """Collect what a procedure does, called by itself: unlike a function in a query it may always change data."""
    schema, _, last = name.rpartition(".")
    listed = _listed(last, schema.lower(), strings, place)
    place.deed(Deed("control") if listed else Deed("call", (name,)))


def _listed(name: str, schema: str, strings: Strings, place: Place) -> bool:
    """Whether a table has the function; then what it does is collected."""
    low = name.lower()
    spelt = (f"{schema}.{low}", f"{schema.rpartition('.')[2]}.{low}", *((low,) if schema in OWN_SCHEMAS else ()))
    phrase = next((place.dialect.functions[one] for one in spelt if one in place.dialect.functions), None)
    if phrase is not None:
        constants = strings()
        place.deed(Deed(phrase, _subject(phrase, constants)))
        _carried(phrase, constants, place)
    elif low == "set_config" and (constants := strings()):
        _setting(constants, place)
    else:
        return any(one in place.dialect.harmless for one in spelt)
    return True


def _subject(phrase: str, strings: tuple[str, ...]) -> tuple[str, ...]:
    """The object a function's first constant names (a sequence, a file): a plain name, never a text or a connection."""
    plain = bool(strings) and re.fullmatch(r"[\w.$/ -]{1,200}", strings[0]) is not None
    return strings[:1] if plain and "run" not in phrase.split() else ()


def _carried(phrase: str, strings: tuple[str, ...], place: Place) -> None:
    """SQL that a function runs for its caller (dblink, query_to_xml, OPENQUERY, system.execute) counts too."""
    if "run" not in phrase.split():
        return
    for text in strings:
        head = re.match(r"[\s(;]*(\w+)\s+\S", text)
        if head and (head.group(1).lower() in QUERY_HEADS or ("", head.group(1).lower()) in forms_of(place.dialect)):
            place.read(text)


def _setting(strings: tuple[str, ...], place: Place) -> None:
    """`set_config('x', …)` is SET x."""
    if re.fullmatch(r"[\w.]+", strings[0]):
        place.read(f"set {strings[0]} = default")


def calls_in(tokens: Tokens, place: Place) -> None:
    """Collect the functions called in an expression that is read by its tokens alone."""
    for at, token in enumerate(tokens[:-1]):
        if not tokens[at + 1].is_sign("(") or token.kind not in (WORD, NAME):
            continue
        if token.kind == WORD and token.low in GRAMMAR:
            continue
        if at and tokens[at - 1].is_word("as", "into", "with", "recursive", "table", "view", "update", "join"):
            continue
        schema = tokens[at - 2].low if at > 1 and tokens[at - 1].is_sign(".") else ""
        near = tokens[at + 2 : at + 12]
        called(token.text, schema, lambda near=near: _strings(near), place, known=False)  # type: ignore[misc]  # bound now


def _strings(tokens: Tokens) -> tuple[str, ...]:
    return tuple(t.text for t in tokens if t.kind == STRING)


def read_expression(tokens: Tokens, place: Place) -> None:
    """An expression or query by its tokens alone. Raises Unreadable where a word in it could change something."""
    for at, token in enumerate(tokens):
        if token.kind == "hole":
            raise Unreadable("a part of it is made at run time")
        if token.kind == WORD and token.low in DANGEROUS_WORDS and not _harmless_word(tokens, at):
            raise Unreadable(f"`{token.low}` stands in a place the parser does not take")
    calls_in(tokens, place)


def _harmless_word(tokens: Tokens, at: int) -> bool:
    """`replace(…)` as a function, `for update`, `x.update` as a name."""
    call = at + 1 < len(tokens) and tokens[at + 1].is_sign("(") and tokens[at].low in ("replace", "insert", "truncate")
    before = tokens[at - 1] if at else None
    return call or (before is not None and (before.is_sign(".") or before.is_word("for", "key")))
