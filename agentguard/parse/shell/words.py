"""Words as written: quotes, `$…`, backticks, process substitutions and extended globs, in parts.

Reads one word at the cursor and stops at the first unquoted character that ends it; nothing is expanded here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentguard.parse.shell.braces import braced
from agentguard.parse.shell.dollar import backtick, dollar, process
from agentguard.parse.shell.escapes import unescaped
from agentguard.parse.shell.lexer import END, Cursor, Unreadable, expect
from agentguard.parse.shell.tree import Literal, Part, Quoted, Unread, Written

PLAIN = re.compile(r"[^ \t\n;&|<>()$`\\'\"\0*?\[\]{}~=!+@^#]+(?=[ \t\n;&|()\0]|[<>][^(])")
BARE = re.compile(r"[^ \t\n;&|<>()$`\\'\"\0]+")
GROUPED = re.compile(r"[^()$`\\'\"\0<>]+")
DOUBLE = re.compile(r"[^$`\\\"\0]+")
ANSI = re.compile(r"(?:[^'\\\0]|\\[^\0])*")
OPERAND = re.compile(r"[^$`\\\"'\0{}:;/<>()\[\]]+")
CLOSING = re.compile(r"[})\]\"`$\\]")
ENDS = frozenset(" \t\n;&|<>()\0")
EXTENDED = frozenset("?*+@!")


@dataclass(frozen=True, slots=True)
class Rules:
    """What ends a word, and what it may hold. `groups`: every `(` opens a group (regular expressions of `[[ =~ ]]`)."""

    closers: frozenset[str] = ENDS
    braces: bool = True
    groups: bool = False


WORD = Rules()
VALUE = Rules(braces=False)
REGEX = Rules(closers=frozenset(" \t\n\0"), braces=False, groups=True)


def word(c: Cursor, rules: Rules = WORD) -> Written:
    """The word at the cursor; empty (no parts) where none stands here."""
    c.count()
    begin = c.at
    quick = PLAIN.match(c.text, begin)
    if quick and rules is not REGEX:
        c.at = quick.end()
        text = quick.group()
        return Written((Literal(text),), text, plain=text)
    found: list[Part] = []
    _parts(c, rules, found)
    parts = tuple(found)
    source = c.text[begin : c.at]
    ways = braced(parts) if rules.braces and "{" in source else ()
    return Written(parts, source, plain=None if ways else _plain(parts), ways=ways)


def _plain(parts: tuple[Part, ...]) -> str | None:
    """The text of a word that no expansion touches."""
    texts: list[str] = []
    for part in parts:
        if isinstance(part, Quoted):
            inner = _plain(part.parts)
            if inner is None:
                return None
            texts.append(inner)
        elif not isinstance(part, Literal) or (not part.quoted and _expands(part.text, first=not texts)):
            return None
        else:
            texts.append(part.text)
    return "".join(texts)


def _expands(text: str, *, first: bool) -> bool:
    """Whether unquoted text may become another: a pattern, a tilde, `=name` or `^name` of zsh."""
    return (first and text.startswith(("=", "^"))) or any(letter in text for letter in "*?[~(")


def _parts(c: Cursor, rules: Rules, found: list[Part]) -> None:
    """Add parts up to the first unquoted closer outside every group."""
    groups = 0
    while True:
        letter = c.text[c.at]
        if letter == "(" and (groups or _opens_group(c, rules, found)):
            groups += 1
        elif letter == ")" and groups:
            groups -= 1
        elif letter in "<>" and c.text.startswith("(", c.at + 1):
            found.append(process(c))
            continue
        elif letter == END or (not groups and letter in rules.closers):
            break
        elif letter in "$`\\'\"":
            found.append(_special(c, letter))
            continue
        else:
            bare = (GROUPED if groups else BARE).match(c.text, c.at)
            text = bare.group() if bare else letter
            found.append(Literal(text))
            c.at += len(text)
            continue
        found.append(Literal(letter))
        c.at += 1
    if groups:
        raise c.fail("a pattern's `(` is not closed")


def _opens_group(c: Cursor, rules: Rules, found: list[Part]) -> bool:
    """Whether the `(` here belongs to the word: an extended glob, a regular expression, a pattern of zsh."""
    if rules.groups:
        return True
    last = found[-1] if found else None
    before = last.text[-1:] if isinstance(last, Literal) and not last.quoted else ""
    if c.zsh and found and not c.text.startswith("()", c.at):
        return before in EXTENDED or before in "*]/." or ")" in before or before.isalnum()
    return bool(before) and before in EXTENDED


def _special(c: Cursor, letter: str) -> Part:
    """The part that begins with one of `$`, backtick, backslash or a quote."""
    if letter == "$":
        return dollar(c, quoted=False)
    if letter == "`":
        return backtick(c, quoted=False)
    if letter == "'":
        return single(c)
    if letter == '"':
        return double(c)
    return _escaped(c)


def _escaped(c: Cursor) -> Literal:
    """A backslash and what it protects; before a newline both vanish."""
    letter = c.text[c.at + 1]
    if letter == END:
        c.at += 1
        return Literal("\\", quoted=True)
    c.at += 2
    return Literal("" if letter == "\n" else letter, quoted=letter != "\n")


def single(c: Cursor) -> Literal:
    """A single-quoted stretch."""
    end = c.text.find("'", c.at + 1)
    if end < 0:
        raise c.fail("a single quote is not closed")
    text = c.text[c.at + 1 : end]
    c.at = end + 1
    return Literal(text, quoted=True)


def double(c: Cursor) -> Quoted:
    """A double-quoted stretch."""
    begin = c.at
    c.enter()
    c.at += 1
    parts = double_parts(c, '"')
    if c.text[c.at] != '"':
        c.at = begin
        raise c.fail("a double quote is not closed")
    c.at += 1
    c.depth -= 1
    return Quoted(parts)


def ansi(c: Cursor) -> Literal:
    """`$'…'`, at its quote."""
    end = ANSI.match(c.text, c.at + 1).end()  # type: ignore[union-attr]  # matches the empty text too
    text = c.text[c.at + 1 : end]
    if c.dialect == "sh" and "\\'" in text:
        raise c.fail("shells read this quote differently")
    c.at = end
    expect(c, "'", "a `$'` quote")
    return Literal(unescaped(text), quoted=True)


def double_parts(c: Cursor, closer: str) -> tuple[Part, ...]:
    """Parts under the rules of double quotes, up to an unescaped `closer` or the end. Heredocs have no closer."""
    found: list[Part] = []
    while (letter := c.text[c.at]) != END and letter != closer:
        if letter == "$":
            found.append(dollar(c, quoted=True))
        elif letter == "`":
            found.append(backtick(c, quoted=bool(closer)))
        elif letter == "\\":
            found.append(_double_escape(c, closer))
        else:
            text = DOUBLE.match(c.text, c.at)
            stretch = text.group() if text else letter
            found.append(Literal(stretch, quoted=True))
            c.at += len(stretch)
    return tuple(found)


def _double_escape(c: Cursor, closers: str) -> Literal:
    letter = c.text[c.at + 1]
    if letter == END:
        c.at += 1
        return Literal("\\", quoted=True)
    c.at += 2
    if letter == "\n":
        return Literal("", quoted=True)
    return Literal(letter if letter in "$`\\" + closers else "\\" + letter, quoted=True)


def body(c: Cursor, text: str) -> Written:
    """A heredoc's text, under the rules of double quotes: what cannot be read in it is an Unread part."""
    inner = c.inner(text)
    try:
        parts = double_parts(inner, "")
    except Unreadable as error:
        parts = (Unread(error.why, text, error.limit),)
    return Written(parts, text, plain=_plain(parts))


def operand(c: Cursor, closers: str, nests: str, quoted: bool) -> Written:
    """A stretch up to one of `closers` (left standing) outside quotes and outside the brackets `nests` (`()` or `[]`).

    Where `quoted`, single quotes and process substitutions are text, as inside double quotes.
    """
    c.count()
    begin, depth = c.at, 0
    found: list[Part] = []
    while (letter := c.text[c.at]) != END or (END in closers and not depth):
        if letter in closers and not depth:
            return Written(tuple(found), c.text[begin : c.at])
        c.count()  # what stands here may be tried more than once
        depth += (letter == nests[:1]) - (letter == nests[1:])
        found.append(_operand_part(c, letter, quoted))
    raise c.fail("an expansion is not closed")


def _paired(c: Cursor) -> Part:
    """A single quote under the rules of double quotes, inside `${…}` or arithmetic.

    bash pairs it, so that nothing between two of them closes anything, and still expands what stands there. For others
    it is text; where that makes a difference, it is not known which shell `sh` will be.
    """
    end = c.text.find("'", c.at + 1)
    between = c.text[c.at + 1 : end]
    if c.dialect == "bash":
        if end < 0:
            raise c.fail("a single quote is not closed")
        c.at = end + 1
        return Quoted((Literal("'", quoted=True), *body(c, between).parts, Literal("'", quoted=True)))
    if end >= 0 and CLOSING.search(between):
        raise c.fail("shells read this quote differently")
    text = f"'{between}'" if end >= 0 else "'"
    c.at += len(text)
    return Literal(text, quoted=True)


def _operand_part(c: Cursor, letter: str, quoted: bool) -> Part:
    if letter == "$":
        return dollar(c, quoted=quoted and not (c.dialect == "bash" and c.text[c.at + 1] == "'"))
    if letter == "`":
        return backtick(c, quoted=quoted)
    if letter == '"':
        return double(c)
    if letter == "\\":
        return _double_escape(c, '"}') if quoted else _escaped(c)
    if letter == "'" and not c.zsh:
        return _paired(c) if quoted else single(c)
    if letter == "'" and not quoted:
        return single(c)
    if letter in "<>" and not quoted and c.text.startswith("(", c.at + 1):
        return process(c)
    stretch = OPERAND.match(c.text, c.at)
    text = stretch.group() if stretch else letter
    c.at += len(text)
    return Literal(text, quoted=quoted)
