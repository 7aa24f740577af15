"""Tokens into statements: at semicolons, at a client's separators, and in T-SQL at the words that begin a statement.

Cutting too often is safe (a part that is no statement is unknown); cutting too rarely would hide one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from agentguard.parse.sql.lex import NUMBER, SIGN, WORD, Token, Tokens
from agentguard.tools.sql import Dialect


def split(tokens: Tokens, dialect: Dialect, text: str) -> Iterator[Tokens]:
    """The statements among the tokens, in order, without their separators; empty ones are left out."""
    for part in _parts(tokens, dialect, text):
        if part:
            yield from cut_at_words(part) if "tsql" in dialect.family else (part,)


def _parts(tokens: Tokens, dialect: Dialect, text: str) -> Iterator[Tokens]:
    start, depth, blocks = 0, 0, 0
    whole = "postgres" in dialect.family  # its server takes statements in parentheses (CREATE RULE) and in a block
    for at, token in enumerate(tokens):
        if token.kind == SIGN and whole:
            depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        elif token.kind == WORD and whole:
            blocks = max(0, blocks + _opens(tokens, at, blocks))
        if (token.is_sign(";") and depth == 0 == blocks) or _separates(tokens, at, dialect, text):
            yield tokens[start:at]
            counted = token.low == "go" and tokens[at + 1 : at + 2] and tokens[at + 1].kind == NUMBER  # `GO 5`
            start = at + 2 if counted else at + 1
    yield tokens[start:]


def _opens(tokens: Tokens, at: int, blocks: int) -> int:
    """How many blocks a word opens: `BEGIN ATOMIC … END`, and the CASEs in it."""
    if tokens[at].low == "atomic":
        return at > 0 and tokens[at - 1].is_word("begin")
    inside = blocks > 0 and not tokens[at - 1].is_sign(".")
    return inside * ((tokens[at].low == "case") - (tokens[at].low == "end"))


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
    "alter backup begin break bulk checkpoint close commit continue create dbcc deallocate declare delete deny "
    "disable drop else enable end exec execute fetch goto grant if insert kill merge open print raiserror "
    "reconfigure restore return revoke rollback save select set shutdown throw truncate update use waitfor "
    "while".split()
)
# The word before says that a beginner goes on with the statement: `on delete cascade`, `union select`, `for update`.
JOINERS = frozenset(
    "after all as bulk cross deny end except for from full grant inner instead intersect into join left not of or "
    "revoke right row rows table then union with".split()
)


@dataclass
class Open:
    """The T-SQL statement that is being read: its words outside parentheses, and its last token."""

    words: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)  # the words but for the first two
    last: Token | None = None

    def take(self, token: Token, *, outer: bool) -> None:
        if outer and token.kind == WORD:
            if len(self.words) > 1:
                self.seen.add(token.low)
            self.words.append(token.low)
        self.last = token

    def has(self, *words: str) -> bool:
        """Whether one of the words stands in it behind its head."""
        return bool(self.seen.intersection(words)) or (self.words[1:2] != [] and self.words[1] in words)


def cut_at_words(tokens: Tokens) -> Iterator[Tokens]:
    """The statements of a T-SQL text without semicolons."""
    start, depth, cases = 0, 0, 0
    open_ = Open()
    for at, token in enumerate(tokens):
        if token.kind == SIGN:
            depth = max(0, depth + (token.text == "(") - (token.text == ")"))
        elif token.kind == WORD and depth == 0:
            cases += token.low == "case"
            if cases:
                cases -= token.low == "end"
            elif at > start and token.low in BEGINNERS and not _goes_on(open_, token, tokens[at + 1 : at + 2]):
                yield tokens[start:at]
                start, open_ = at, Open()
        open_.take(token, outer=depth == 0)
    yield tokens[start:]


MODULES = frozenset("proc procedure trigger function view".split())


def _goes_on(open_: Open, token: Token, after: Tokens) -> bool:
    """Whether a word that could begin a statement belongs to the one before it."""
    last, low = open_.last, token.low
    if not open_.words or last is None:
        return False
    if low in ("enable", "disable", "throw") and not (after and after[0].is_word("trigger")):
        return True
    if open_.words[0] in ("create", "alter") and MODULES.intersection(open_.words[1:4]):
        return True  # the rest of the batch is its body
    if open_.words[0] in ("grant", "revoke", "deny") and not open_.has("to", "from"):
        return True
    if last.is_word("on"):
        return low in ("delete", "update") and bool(after) and after[0].is_word("cascade", "no", "set")
    if last.is_word("end"):
        return low in ("try", "catch")
    if last.is_word(*JOINERS) and not (last.low == "for" and low in ("exec", "execute")):
        return True
    return _continues(open_, low)


def _continues(open_: Open, low: str) -> bool:
    match open_.words[0]:
        case "insert":
            return low in ("select", "exec", "execute") and not open_.has("select", "values", "exec", "execute")
        case "update":
            return low == "set" and not open_.has("set")
        case "with":
            return not open_.has("select", "insert", "update", "delete", "merge")
        case "merge":
            return low == "set" or open_.words[-1] == "then"
        case "alter":
            return low in ("alter", "drop", "set", "enable", "disable") and not open_.seen & ACTIONS
        case _:
            return False


# Where an ALTER has one of these, its action is there, and the next such word begins another statement.
ACTIONS = frozenset("add alter disable drop enable modify rename set switch".split())
