"""Tokens into statements: at semicolons, at a client's separators, and in T-SQL at the words that begin a statement.

Cutting too often is safe (a part that is no statement is unknown); cutting too rarely would hide one.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.parse.sql.lex import SIGN, WORD, Token, Tokens
from agentguard.tools.sql import Dialect


def split(tokens: Tokens, dialect: Dialect, text: str) -> Iterator[Tokens]:
    """The statements among the tokens, in order, without their separators; empty ones are left out."""
    for part in _parts(tokens, dialect, text):
        if part:
            yield from cut_at_words(part) if "tsql" in dialect.family else (part,)


def _parts(tokens: Tokens, dialect: Dialect, text: str) -> Iterator[Tokens]:
    start, depth = 0, 0
    whole = "postgres" in dialect.family  # its server takes a list of statements in parentheses (CREATE RULE)
    for at, token in enumerate(tokens):
        if token.kind == SIGN and whole:
            depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        if (token.is_sign(";") and depth == 0) or _separates(tokens, at, dialect, text):
            yield tokens[start:at]
            start = at + 1
    yield tokens[start:]


def _separates(tokens: Tokens, at: int, dialect: Dialect, text: str) -> bool:
    """`GO` of T-SQL's clients, `/` of Oracle's: a separator where it stands alone on its line."""
    token = tokens[at]
    mark = {"tsql": "go", "oracle": "/"}.get(dialect.family[0] if dialect.family else "")
    if token.low != mark:
        return False
    line_start = text.rfind("\n", 0, token.start) + 1
    line = text[line_start : text.find("\n", token.end) if "\n" in text[token.end :] else len(text)]
    return line.strip().lower().split()[0] == mark and len(line.split()) <= 2


# T-SQL's reserved words that begin a statement: none of them can be a name without brackets.
BEGINNERS = frozenset(
    "alter backup begin break bulk checkpoint close commit continue create dbcc deallocate declare delete deny drop else end "
    "exec execute fetch goto grant if insert kill merge open print raiserror reconfigure restore return revoke rollback save "
    "select set shutdown truncate update use waitfor while throw enable disable".split()
)
# The word before says that a beginner goes on with the statement: `on delete cascade`, `union select`, `for update`.
JOINERS = frozenset(
    "on for after of as union all except intersect then or not instead with rows row grant revoke deny inner left right full cross "
    "end bulk".split()
)


def cut_at_words(tokens: Tokens) -> Iterator[Tokens]:
    """The statements of a T-SQL text without semicolons."""
    start, depth, cases = 0, 0, 0
    for at, token in enumerate(tokens):
        if token.kind == SIGN:
            depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        if token.kind != WORD or depth:
            continue
        cases += token.low == "case"
        if token.low == "end" and cases:
            cases -= 1
        elif at > start and token.low in BEGINNERS and not _goes_on(tokens[start:at], token, tokens[at + 1 : at + 3]):
            yield tokens[start:at]
            start = at
    yield tokens[start:]


def _goes_on(before: Tokens, token: Token, after: Tokens) -> bool:
    """Whether a word that could begin a statement belongs to the one before it."""
    head, last = before[0].low, before[-1]
    words = [t.low for t in before if t.kind == WORD]
    if token.low in ("enable", "disable", "throw") and not (after and after[0].low in ("trigger", ";")):
        return True
    if (
        head in ("create", "alter")
        and len(words) > 1
        and set(words[1:4]) & {"procedure", "proc", "trigger", "function", "view"}
    ):
        return True  # the rest of the batch is its body
    if head in ("grant", "revoke", "deny") and not {"to", "from"} & set(words[1:]):
        return True
    if (
        last.kind == WORD
        and last.low in JOINERS
        and not (last.low in ("for", "end") and token.low in ("select", "exec"))
    ):
        return last.low != "end" or token.low in ("try", "catch")
    return _continues(head, words, token.low, before)


def _continues(head: str, words: list[str], low: str, before: Tokens) -> bool:
    match head:
        case "insert":
            return low in ("select", "exec", "execute") and not {"select", "values", "exec", "execute"} & set(words[1:])
        case "update":
            return low == "set" and "set" not in words
        case "with":
            return not {"select", "insert", "update", "delete", "merge"} & set(_outer(before))
        case "merge":
            return low == "set" or words[-1] == "then"
        case "alter":
            return low in ("alter", "drop", "set", "enable", "disable") and not _acted(words)
        case "declare":
            return low == "select" and words[-1] == "for"
        case _:
            return False


def _outer(tokens: Tokens) -> list[str]:
    """The words outside parentheses."""
    depth, found = 0, []
    for token in tokens:
        if token.kind == SIGN:
            depth += (token.text == "(") - (token.text == ")")
        elif depth == 0 and token.kind == WORD:
            found.append(token.low)
    return found


def _acted(words: list[str]) -> bool:
    """Whether an ALTER already has its action: then the next such word begins another statement."""
    return bool(set(words[2:]) & {"add", "alter", "drop", "set", "enable", "disable", "rename", "switch", "modify"})
