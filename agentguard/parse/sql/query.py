"""A query or a change of rows: the tree where the parser takes it, else its tokens, read more strictly.

By tokens alone a SELECT reads only if no word in it could change something; a DELETE or UPDATE is told by its head.
"""

from __future__ import annotations

from itertools import pairwise

from agentguard.model.command import Deed, Where
from agentguard.parse.sql.forms import name_at, names_at
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import calls_in, read_expression
from agentguard.parse.sql.lex import STRING, WORD, Token, Tokens, Unreadable, lex
from agentguard.parse.sql.shorten import shortened
from agentguard.parse.sql.tree import read_tree, tree_of
from agentguard.parse.sql.where import where_of

CHANGERS = ("insert", "update", "delete", "merge", "replace")
NOISE = frozenset("low_priority high_priority delayed quick ignore".split())  # MySQL's, between the verb and the table


def read_query(tokens: Tokens, place: Place) -> None:
    """Collect the deeds of a query or a change of rows. Raises Unreadable."""
    tokens = shortened(_plain(tokens), place)
    if any(t.is_word("outfile", "dumpfile") for t in tokens):
        place.deed(Deed("select into file"))
        tokens = _without_outfile(tokens)
    if "spark" in place.dialect.family and _transforms(tokens):
        place.deed(Deed("start program"))
        return
    apart = place.apart()
    try:
        read_tree(tree_of(tokens, place), apart)
    except Unreadable:
        apart = place.apart()
        _by_tokens(tokens, apart)
    for deed in apart.found.deeds:
        place.deed(deed)
    for why in apart.found.unknowns:
        place.unknown(why)


def _transforms(tokens: Tokens) -> bool:
    """`SELECT TRANSFORM (…) USING 'program'`, `MAP … USING 'program'`: the rows go through a program."""
    return any(t.is_word("using") and after.kind == STRING for t, after in pairwise(tokens))


def _plain(tokens: Tokens) -> Tokens:
    """Without what the parser does not take and what says nothing of the rows: LOW_PRIORITY, TOP (5), OR ABORT."""
    if not tokens[0].is_word(*CHANGERS):
        return tokens
    at = 1
    while at < len(tokens) and tokens[at].is_word(*NOISE):
        at += 1
    if at < len(tokens) and tokens[at].is_word("top"):
        at += 4 if at + 1 < len(tokens) and tokens[at + 1].is_sign("(") else 2
        at += at < len(tokens) and tokens[at].is_word("percent")
    if tokens[0].low == "update" and at + 1 < len(tokens) and tokens[at].is_word("or"):
        at += 2
    return _cursor(tokens[:1] + tokens[at:])


def _cursor(tokens: Tokens) -> Tokens:
    """`WHERE CURRENT OF c` pins one row, as a key does."""
    if len(tokens) > 3 and tokens[-3].is_word("current") and tokens[-2].is_word("of"):
        start, end = tokens[-3].start, tokens[-1].end
        key = (("word", "id"), ("sign", "="), ("number", "1"))
        return tokens[:-3] + tuple(Token(kind, text, text, start, end) for kind, text in key)
    return tokens


def _without_outfile(tokens: Tokens) -> Tokens:
    """Without `INTO OUTFILE 'file' …`, up to the FROM where there is one behind it."""
    at = next(
        i
        for i, t in enumerate(tokens)
        if t.is_word("into") and tokens[i + 1 : i + 2] and tokens[i + 1].is_word("outfile", "dumpfile")
    )
    rest = next((i for i in range(at, len(tokens)) if tokens[i].is_word("from")), len(tokens))
    return tokens[:at] + tokens[rest:]


def _by_tokens(tokens: Tokens, place: Place) -> None:
    head = next((t for t in tokens if not t.is_sign("(")), tokens[0])
    if head.is_word("delete", "update"):
        _change(tokens, place)
    elif head.is_word("insert", "replace"):
        _insert(tokens, place)
    elif head.is_word("merge"):
        _merge(tokens, place)
    elif head.is_word("from", "with") and (at := _insert_at(tokens, 1)) < len(tokens):
        _many_inserts(tokens, at, place)
    else:
        _seen(tokens, place)
        read_expression(tokens, place)
        place.deed(Deed("select"))


def _insert_at(tokens: Tokens, at: int) -> int:
    """The place of the next INSERT outside parentheses, or the end."""
    depth, first = 0, len(tokens)
    for place in range(at, len(tokens)):
        token = tokens[place]
        if token.is_word("insert"):
            if not depth:
                return place
            first = min(first, place)
        depth = max(0, depth + token.is_sign("(") - token.is_sign(")"))
    return first if depth else len(tokens)  # a parenthesis that never closes hides nothing


def _many_inserts(tokens: Tokens, at: int, place: Place) -> None:
    """Hive's `FROM t INSERT INTO a SELECT … INSERT OVERWRITE TABLE b SELECT …`."""
    read_expression(tokens[:at], place)
    while at < len(tokens):
        end = _insert_at(tokens, at + 1)
        _insert(tokens[at:end], place)
        at = end


def _seen(tokens: Tokens, place: Place) -> None:
    """A change of rows inside a query that the parser does not take: told by its first two words."""
    for at, token in enumerate(tokens[:-2]):
        opens = at and (tokens[at - 1].is_sign("(") or tokens[at - 1].is_sign(")"))
        if opens and token.is_word("delete") and tokens[at + 1].is_word("from"):
            place.deed(Deed("delete", (name_at(tokens, at + 2)[0],), Where.SOME))
        elif opens and token.is_word("update") and tokens[at + 2].is_word("set"):
            place.deed(Deed("update", (tokens[at + 1].text,), Where.SOME))


def _change(tokens: Tokens, place: Place) -> None:
    at = 1
    while at < len(tokens) and tokens[at].is_word("from", "only"):
        at += 1
    names, at = names_at(tokens, at)
    if not names:
        raise Unreadable("it changes rows of something that has no name")
    place.deed(Deed(tokens[0].low, names, _where(tokens[at:], place)))
    calls_in(tokens[at:], place)


def _where(tokens: Tokens, place: Place) -> Where:
    """What the WHERE among the tokens restricts, read by itself; SOME where it cannot be read."""
    depth = 0
    for at, token in enumerate(tokens):
        depth += token.is_sign("(") - token.is_sign(")")
        if depth == 0 and token.is_word("where"):
            condition = tokens[at + 1 :]
            break
    else:
        return Where.ALWAYS
    stop = next(
        (i for i, t in enumerate(condition) if t.is_word("returning", "limit", "order", "option")), len(condition)
    )
    return condition_of(condition[:stop], place)


def condition_of(condition: Tokens, place: Place) -> Where:
    """What a condition restricts, read by itself; SOME where it cannot be read."""
    try:
        tree = tree_of(lex("select 1 where", place.lexing) + _moved(condition), place)
    except Unreadable:
        return Where.SOME
    return where_of(tree.args.get("where"))


def _moved(tokens: Tokens) -> Tokens:
    """The tokens as if they stood behind `select 1 where`."""
    shift = 20 - (tokens[0].start if tokens else 0)
    return tuple(t._replace(start=t.start + shift, end=t.end + shift) for t in tokens)


def _insert(tokens: Tokens, place: Place) -> None:
    at = next((i + 1 for i, t in enumerate(tokens[:6]) if t.is_word("into", "table", "overwrite")), 1)
    name, end = name_at(tokens, at)
    overwrites = any(t.is_word("overwrite") for t in tokens[:3])
    replaces = tokens[0].low == "replace" or any(t.is_word("replace") for t in tokens[:4])
    phrase = "insert overwrite" if overwrites else "replace" if replaces else "insert"
    written_out = any(t.is_word("values", "value") for t in tokens)
    place.deed(Deed(phrase, (name,) if name else (), Where.KEY if written_out else Where.SOME))
    rest = tokens[end:]
    if any(_of_conflict(before, t) for before, t in pairwise(rest)):
        place.deed(Deed("upsert", (name,), Where.KEY if written_out else Where.SOME))
    read_expression(
        tuple(t for before, t in zip((None, *rest), rest, strict=False) if not _of_conflict(before, t)), place
    )


def _of_conflict(before: Token | None, token: Token) -> bool:
    """Whether an UPDATE is that of ON CONFLICT DO UPDATE or ON DUPLICATE KEY UPDATE."""
    return token.is_word("update") and before is not None and before.is_word("do", "key")


def _merge(tokens: Tokens, place: Place) -> None:
    name, _ = name_at(tokens, 2 if any(t.is_word("into") for t in tokens[1:2]) else 1)
    words = [t.low for t in tokens if t.kind == WORD]
    if "delete" in words:
        place.deed(Deed("merge delete", (name,), Where.SOME))
    if "update" in words:
        place.deed(Deed("update", (name,), Where.SOME))
    place.deed(Deed("insert", (name,)))
    calls_in(tuple(t for t in tokens if t.kind != STRING), place)
