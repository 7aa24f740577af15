"""A text before it is read: what is refused at once, and every way a server could take it.

Where two servers (or two settings of one) read the same text differently, each reading counts.
"""

from __future__ import annotations

from agentguard.parse.sql.lex import Tokens, Unreadable, step
from agentguard.tools.sql import Lexing

LENGTH_LIMIT = 1 << 20  # characters of one text
NESTING_LIMIT = 200  # brackets outside strings: nobody writes more, and parsers die of it
TOO_DEEP = f"brackets nest more than {NESTING_LIMIT} levels deep"
BOM = "\ufeff"


def refuse(text: str) -> None:
    """Raise Unreadable for a text that is not read at all."""
    if len(text) > LENGTH_LIMIT:
        raise Unreadable(f"more than {LENGTH_LIMIT} characters")
    if "\0" in text:
        raise Unreadable("it holds a NUL: clients and servers differ on where such a text ends")


def too_deep(tokens: Tokens) -> int:
    """The place of the bracket that opens deeper than anything that is written; the end where none does."""
    depth = 0
    for place, token in enumerate(tokens):
        if token.kind == "sign":
            depth += token.text in "([{"
            depth = max(0, depth - (token.text in ")]}"))
            if depth > NESTING_LIMIT:
                return place
    return len(tokens)


def readings(text: str, rules: Lexing) -> tuple[tuple[str, Lexing], ...]:
    """Every text and lexing that a server of this dialect could make of it, the usual one first."""
    texts: tuple[str, ...] = (text,)
    if rules.executable and ("/*!" in text or "/*M!" in text):
        texts = (unwrapped(text, rules), text)
    return tuple((one, lexing) for one in texts for lexing in _lexings(text, rules))


def _lexings(text: str, rules: Lexing) -> tuple[Lexing, ...]:
    found = [rules]
    if rules.backslash == "both":
        answers = ("no", "yes") if "\\" in text else ("no",)
        found = [rule.model_copy(update={"backslash": answer}) for rule in found for answer in answers]
    if rules.nested == "both":
        answers = ("no", "yes") if text.count("/*") > 1 else ("no",)
        found = [rule.model_copy(update={"nested": answer}) for rule in found for answer in answers]
    return tuple(found)


def unwrapped(text: str, rules: Lexing) -> str:
    """The text with the bodies of executable comments (`/*!40101 … */`, `/*M! … */`) as code, of the same length."""
    parts: list[str] = []
    at, open_ = 0, 0
    while at < len(text):
        size = _opening(text, at)
        if size or (open_ and text.startswith("*/", at)):
            open_ += 1 if size else -1
            parts.append(" " * (size or 2))
            at += size or 2
            continue
        try:
            _, _, end = step(text, at, rules)
        except Unreadable:
            end = len(text)
        parts.append(text[at:end])
        at = end
    return "".join(parts)


def _opening(text: str, at: int) -> int:
    """The length of `/*!NNNNN` or `/*M!NNNNN` at this place, 0 where none stands there."""
    for mark in ("/*!", "/*M!"):
        if text.startswith(mark, at):
            end = at + len(mark)
            while end < len(text) and text[end].isdigit() and end < at + len(mark) + 6:
                end += 1
            return end - at
    return 0
