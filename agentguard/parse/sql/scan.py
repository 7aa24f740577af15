"""One statement by its tokens: the form of a table's row, a query for the tree, or a line of procedural code.

Promises that a statement that fits nothing is unknown. Forms are tried first, then queries, then procedural words.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentguard.model.command import Deed, Where
from agentguard.parse.sql import procedural
from agentguard.parse.sql.dynamic import arguments, assign, read_dynamic
from agentguard.parse.sql.forms import QUERY_HEADS, Match, find, group_end, name_at
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import procedure, read_expression
from agentguard.parse.sql.lex import HOLE, NAME, STRING, WORD, Tokens, Unreadable
from agentguard.parse.sql.query import condition_of, read_query
from agentguard.parse.sql.split import split

DETAILS = ("cascade", "purge", "force", "concurrently")
OFF = ("false", "off", "0")


def read_code(text: str, place: Place) -> None:
    """Read a text that is run as code: every statement in it. Raises Unreadable where it does not fall into tokens."""
    tokens = place.lex(text)
    for part in split(tokens, place.dialect, text):
        read_part(part, place)
    if any(t.kind == HOLE for t in tokens):
        place.unknown("a part of it is made at run time")


def read_part(tokens: Tokens, place: Place) -> None:
    """Read one statement; what cannot be read is collected as unknown."""
    try:
        read_statement(tokens, place)
    except Unreadable as failure:
        place.unknown(str(failure))
    except RecursionError:
        place.unknown("it nests too deep")


def read_statement(tokens: Tokens, place: Place) -> None:
    """Read one statement. Raises Unreadable."""
    place.session.step()
    tokens = _bare_setting(_begun(tokens))
    if not tokens:
        return
    place.session.forget(tokens)
    if place.body and procedural.read(tokens, place, read_statement):
        return
    found = find(tokens, place.dialect)
    if found is not None:
        _formed(*found, tokens, place)
    elif _is_query(tokens):
        read_query(tokens, place)
    elif _is_call(tokens, place):
        _called("call", Match(0), tokens, place)
    elif not (procedural.read(tokens, place, read_statement) or procedural.declaration(tokens, place, read_statement)):
        raise Unreadable(f"no table says what `{_spoken(tokens[:1])}` does")


def _begun(tokens: Tokens) -> Tokens:
    """The tokens without the `;` and `(` before them; a query keeps the brackets it stands in."""
    lead = next((at for at, t in enumerate(tokens) if not t.is_sign("(", ";")), len(tokens))
    behind = max((at + 1 for at in range(lead) if tokens[at].is_sign(";")), default=0)
    return tokens[behind:] if _is_query(tokens[behind:]) else tokens[lead:]


def _bare_setting(tokens: Tokens) -> Tokens:
    """`SET "row_security" = off` is SET row_security: quotes change nothing of a setting's name."""
    if not tokens or not tokens[0].is_word("set", "reset"):
        return tokens
    head = (t._replace(kind=WORD) if t.kind == NAME and re.fullmatch(r"\w+", t.low) else t for t in tokens[:4])
    return (*head, *tokens[4:])


def _spoken(tokens: Tokens) -> str:
    """The words among the tokens, for a message: never a string, which could hold a secret."""
    return " ".join(t.text if t.kind == WORD else "…" for t in tokens)[:40]


def _is_query(tokens: Tokens) -> bool:
    first = next((t for t in tokens if not t.is_sign("(")), None)
    return first is not None and first.kind == WORD and first.low in QUERY_HEADS


def _is_call(tokens: Tokens, place: Place) -> bool:
    """A procedure called by its bare name: `purge_all` in T-SQL, `pack.purge(1)` in a block."""
    name, end = name_at(tokens, 0)
    words = bool({"oracle", "tsql", "snowflake"} & set(place.dialect.family)) and tokens[0].kind in (WORD, NAME)
    return (
        words
        and bool(name)
        and (end == len(tokens) or group_end(tokens, end) == len(tokens))
        and not procedural.is_control(tokens)
    )


def _formed(phrase: str, match: Match, tokens: Tokens, place: Place) -> None:
    rest = tokens[match.end :]
    if match.further in _INSTEAD:
        _INSTEAD[match.further](phrase, match, rest, place)
        return
    place.deed(Deed(phrase, match.names, Where.ALWAYS, details_of(tokens)))
    if match.further:
        _FURTHER[match.further](rest, place)


def details_of(tokens: Tokens) -> tuple[str, ...]:
    """The words of a statement that say more: cascade, purge, temporary."""
    outer = {t.low for t in tokens[:40] if t.kind == WORD}
    found = [word for word in DETAILS if word in outer]
    if tokens[0].is_word("create", "drop") and tokens[1].is_word("temporary", "temp", "or", "local", "global"):
        kind = next((i for i, t in enumerate(tokens) if t.is_word("table", "view", "sequence", "function")), 0)
        found += ["temporary"] if any(t.is_word("temporary", "temp") for t in tokens[1:kind]) else []
    return tuple(found)


def _statement(rest: Tokens, place: Place) -> None:
    for part in (rest,) if "tsql" not in place.dialect.family else tuple(split(rest, place.dialect, "")):
        read_statement(part, place)


def _body(rest: Tokens, place: Place) -> None:
    """A block that runs now: each string of it is code, but for the one that names the language."""
    language = next((at + 1 for at, t in enumerate(rest) if t.is_word("language")), None)
    if language is not None and (language >= len(rest) or rest[language].low not in ("plpgsql", "sql")):
        raise Unreadable("the block is code of another language")
    strings = [t.text for at, t in enumerate(rest) if t.kind == STRING and at != language]
    if not strings:
        raise Unreadable("the block has no body that can be read")
    for text in strings:
        place.read(text, body=True)


def _stored(rest: Tokens, place: Place) -> None:
    """A body that runs later: what it would do counts, what cannot be read of it does not run now."""
    apart = place.apart()
    strings = [t.text for t in rest if t.kind == STRING]
    try:
        if (atomic := _atomic(rest)) is not None:
            for part in split(atomic, place.dialect, ""):
                read_part(part, apart)
        elif strings and place.lexing.dollar != "no":
            apart.read(max(strings, key=len), body=True)
        else:
            for part in split(_body_of(rest), place.dialect, ""):
                read_part(part, apart)
    except Unreadable:
        pass  # nothing of it runs before it is called, and a call of it is unknown
    for deed in apart.found.deeds:
        if deed.phrase not in ("call function", "call"):
            place.deed(deed)


def _atomic(rest: Tokens) -> Tokens | None:
    """What stands in `BEGIN ATOMIC … END`; None where the body is none."""
    starts = (at + 2 for at, t in enumerate(rest[:-1]) if t.is_word("begin") and rest[at + 1].is_word("atomic"))
    start = next(starts, None)
    return None if start is None else rest[start : -1 if rest[-1].is_word("end") else len(rest)]


STARTS = frozenset(
    "select insert update delete merge replace truncate drop call exec execute if while set with".split()
)


def _body_of(rest: Tokens) -> Tokens:
    """The body of a function whose text is not in a string: from BEGIN, behind AS, IS or RETURN, or one statement."""
    for at, token in enumerate(rest):
        if token.is_word("begin", "declare") or token.is_word(*STARTS):
            return rest[at:]
        if token.is_word("as", "is", "return"):
            return rest[at + 1 :]
    return ()


def _trigger(rest: Tokens, place: Place) -> None:
    """A trigger's own body, where it has one: what stands behind FOR EACH ROW, BEGIN or AS."""
    marks = [i for i, t in enumerate(rest) if t.is_word("begin", "as", "declare", "call")]
    rows = [i + 3 for i in range(len(rest) - 2) if rest[i].low == "for" and rest[i + 1].low == "each"]
    starts = [i for i in (*marks[:1], *rows[:1]) if i < len(rest)]
    if not starts:
        return
    start = min(starts)
    while start < len(rest) and rest[start].is_word("when", "follows", "precedes", "as"):
        start = max(group_end(rest, start + 1), start + 1 + (rest[start].low not in ("as", "when")))
    if rest[start : start + 1] and rest[start].is_word("execute") and "postgres" in place.dialect.family:
        return  # EXECUTE FUNCTION f(): its body was read where it was made, if it was
    _stored(rest[start:], place)


def _rule(rest: Tokens, place: Place) -> None:
    """What a rule does instead or also: nothing, one statement, or several in parentheses."""
    end = group_end(rest, 0)
    inner = rest[1 : end - 1] if end == len(rest) and end else rest
    for part in split(inner, place.dialect, ""):
        if not part[0].is_word("nothing"):
            read_part(part, place)


def _explain(phrase: str, _match: Match, rest: Tokens, place: Place) -> None:
    """EXPLAIN runs its statement only with ANALYZE."""
    at = group_end(rest, 0)
    options = [t.low for t in rest[:at]]
    analyze = any(w in ("analyze", "analyse") and not _is_off(options, i) for i, w in enumerate(options))
    while at < len(rest) and rest[at].is_word(
        "analyze", "analyse", "verbose", "extended", "formatted", "cost", "plan", "for"
    ):
        analyze = analyze or rest[at].low in ("analyze", "analyse")
        at += 1
    while at < len(rest) and (
        rest[at].is_word("format") or rest[at].is_sign("=") or (at and rest[at - 1].is_sign("="))
    ):
        at += 1
    place.deed(Deed(phrase))
    if analyze and at < len(rest):
        read_statement(rest[at:], place)


def _is_off(options: list[str], at: int) -> bool:
    return at + 1 < len(options) and options[at + 1] in OFF


def _copy(_phrase: str, match: Match, rest: Tokens, place: Place) -> None:
    """PostgreSQL's COPY: a query or a table, FROM or TO, and a program, a file or the client."""
    end = group_end(rest, 0)
    names = match.names
    if not names and end:
        read_statement(rest[1 : end - 1], place)
    tail = rest[end:]
    if not tail or not tail[0].is_word("from", "to"):
        raise Unreadable("the COPY has no direction")
    where = tail[1].low if len(tail) > 1 and tail[1].kind == WORD else "file"
    into = tail[0].low == "to"
    if where == "program":
        place.deed(Deed("copy program", names))
    elif into:
        place.deed(Deed("copy to file" if where == "file" else "copy to client", names))
    else:
        place.deed(Deed("copy from", names))


def _actions(phrase: str, match: Match, rest: Tokens, place: Place) -> None:
    """The actions of an ALTER, one deed each; one that no row names is unknown."""
    before = ""
    for action in arguments(rest):
        found = find(action, place.dialect, phrase)
        if found is None and before and (len(action) <= 3 or before == "alter table add"):  # DROP COLUMN a, b
            place.deed(Deed(before, _subjects(match.names, (action[0].text,), place, before)))
            continue
        if found is None:
            raise Unreadable(f"no table says what `{phrase} … {_spoken(action[:2])}` does")
        before, part = found
        place.deed(Deed(before, _subjects(match.names, part.names, place, before), details=details_of(action)))
        if part.further:
            _FURTHER[part.further](action[part.end :], place)


def _subjects(table: tuple[str, ...], names: tuple[str, ...], place: Place, phrase: str) -> tuple[str, ...]:
    """What an action is about: a column of the table, the thing it names, or the table itself."""
    row = place.dialect.row(phrase)
    if not names:
        return table
    if row is not None and row.kind == "sql.column" and table:
        return tuple(f"{table[0]}.{name}" for name in names)
    return names


def _executed(phrase: str, match: Match, _rest: Tokens, place: Place) -> None:
    """EXECUTE of a prepared statement: it counted where this text prepared it; else its text is not at hand."""
    known = bool(match.names) and match.names[-1].lower() in place.session.prepared
    place.deed(Deed("execute prepared" if known else phrase, match.names))


def _prepared(phrase: str, match: Match, rest: Tokens, place: Place) -> None:
    place.session.prepared.update(name.lower() for name in match.names)
    place.deed(Deed(phrase, match.names))
    if rest and (rest[0].kind != WORD or rest[0].low in place.session.constants):
        read_dynamic(rest, place)
    else:
        read_statement(rest, place)


def _assign(phrase: str, match: Match, rest: Tokens, place: Place) -> None:
    read_expression(rest, place)
    assign(match.names[-1], rest, place)
    place.deed(Deed(phrase))


def _called(_phrase: str, _match: Match, rest: Tokens, place: Place) -> None:
    name, end = name_at(rest, 0)
    if end < len(rest) and rest[end].is_sign("="):  # EXEC @answer = name
        name, end = name_at(rest, end + 1)
    read_expression(rest[end:], place)
    procedure(name or "?", lambda: tuple(t.text for t in rest[end:] if t.kind == STRING), place)


def _unload(rest: Tokens, place: Place) -> None:
    """`UNLOAD ('select …')` or `UNLOAD (select …)`."""
    end = group_end(rest, 0) or next((i for i, t in enumerate(rest) if t.is_sign(")")), len(rest))
    if rest[0].kind == STRING:
        place.read(rest[0].text)
    else:
        read_statement(rest[:end], place)


def _mutation(phrase: str, match: Match, rest: Tokens, place: Place) -> None:
    """A change of rows that is spelt as an ALTER: what its WHERE restricts decides."""
    stop = next((i for i, t in enumerate(rest) if t.is_word("settings")), len(rest))
    place.deed(Deed(phrase, match.names[:1], condition_of(rest[:stop], place)))


_FURTHER: dict[str, Callable[[Tokens, Place], None]] = {
    "statement": _statement,
    "code": read_dynamic,
    "body": _body,
    "stored": _stored,
    "expression": read_expression,
    "trigger": _trigger,
    "rule": _rule,
    "unload": _unload,
}
_INSTEAD: dict[str, Callable[[str, Match, Tokens, Place], None]] = {
    "explain": _explain,
    "copy": _copy,
    "actions": _actions,
    "executed": _executed,
    "prepared": _prepared,
    "assign": _assign,
    "mutation": _mutation,
    "called": _called,
}
