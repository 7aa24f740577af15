"""Long lists cut short before the parser sees them: it needs a millisecond for every twenty rows.

Promises that what a statement does, and whether a list of keys is short, is told as before: only constants and rows
without a query in them are left out, and the functions such rows call count.
"""

from __future__ import annotations

from agentguard.parse.sql.forms import QUERY_HEADS, group_end
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import DANGEROUS_WORDS, calls_in
from agentguard.parse.sql.lex import NUMBER, PARAM, STRING, WORD, Token, Tokens

ENOUGH = 200  # tokens: below it nothing is cut
KEPT = 12  # elements of an IN list: more than `where.KEY_LIST`, so that a long list stays long
CONSTANTS = frozenset({"null", "true", "false", "default"})


def shortened(tokens: Tokens, place: Place) -> Tokens:
    """The tokens without further plain rows behind VALUES, and with long lists of constants cut.

    Functions that are called in what is left out are collected at `place`.
    """
    if len(tokens) < ENOUGH:
        return tokens
    kept: list[Token] = []
    at = 0
    while at < len(tokens):
        kept.append(tokens[at])
        at += 1
        if tokens[at - 1].is_word("values"):
            at = _rows(tokens, at, kept, place)
        elif tokens[at - 1].is_word("in"):
            at = _list(tokens, at, kept)
    return tuple(kept)


def _rows(tokens: Tokens, at: int, kept: list[Token], place: Place) -> int:
    """Take over the rows behind VALUES, leaving out those without a query in them but for the first."""
    first = True
    while (end := group_end(tokens, at)) > at:
        row = tokens[at:end]
        if first or any(t.kind == WORD and (t.low in QUERY_HEADS or t.low in DANGEROUS_WORDS) for t in row):
            kept.extend(row)
            first = False
        else:
            calls_in(row, place)
            kept.pop()
        at = end
        if at >= len(tokens) or not tokens[at].is_sign(","):
            break
        kept.append(tokens[at])
        at += 1
    if kept[-1].is_sign(","):
        kept.pop()
    return at


def _list(tokens: Tokens, at: int, kept: list[Token]) -> int:
    """Take over a list behind IN, cut where it is long and holds constants alone."""
    end = group_end(tokens, at)
    group = tokens[at:end]
    if len(group) > 2 * KEPT + 2 and _constant(group):
        kept.extend((*group[: 2 * KEPT], group[-1]))
        return end
    kept.extend(group)
    return end


def _constant(tokens: Tokens) -> bool:
    """Whether a row holds only constants and parameters."""
    return all(
        t.kind in (STRING, NUMBER, PARAM)
        or t.is_sign("(", ")", ",", "-", "+")
        or (t.kind == WORD and t.low in CONSTANTS)
        for t in tokens
    )
