"""Assignments: `name=value`, `name[subscript]=value`, `name=(items)`, before a command and as arguments of `export`."""

from __future__ import annotations

import re

from agentguard.parse.shell.lexer import Cursor, Unreadable, lines
from agentguard.parse.shell.tree import Assignment, Item, Written
from agentguard.parse.shell.words import VALUE, WORD, Rules, word

TARGET = re.compile(r"([A-Za-z_][A-Za-z_0-9]*)(\+?=|\[)")
GROUPED = Rules(braces=False, groups=True)
SIGN = re.compile(r"\+?=")


def assignment(c: Cursor) -> Assignment | None:
    """The assignment here, if one stands here."""
    found = TARGET.match(c.text, c.at)
    if not found:
        return None
    begin, name, sign = c.at, found.group(1), found.group(2)
    c.at = found.end()
    subscript = None
    if sign == "[":
        subscript = _subscript(c)
        signed = SIGN.match(c.text, c.at) if subscript else None
        if not signed:
            c.at = begin
            return None
        sign = signed.group()
        c.at = signed.end()
    if c.text[c.at] == "(":
        return Assignment(name, None, subscript, _items(c), append=sign == "+=")
    return Assignment(name, word(c, VALUE), subscript, None, append=sign == "+=")


def declaration(c: Cursor) -> Written | None:
    """An argument `name=value` of `export` and its kin, which is an assignment too."""
    begin = c.at
    found = assignment(c)
    if found is None:
        return None
    return Written((), c.text[begin : c.at], assignment=found)


def array_text(c: Cursor) -> Written | None:
    """An argument `name=(…)` of `eval`: text, although its parentheses are not quoted."""
    found = TARGET.match(c.text, c.at)
    if not found or not c.text.startswith("(", found.end()):
        return None
    return word(c, GROUPED)


def _subscript(c: Cursor) -> Written | None:
    """`…]`; None where no bracket closes here: bash wants one, other shells take the bracket for a pattern's."""
    try:
        subscript = c.grammar.operand(c, "]", "[]", False)
    except Unreadable:
        if c.dialect == "bash":
            raise
        return None
    c.at += 1
    return subscript


def _items(c: Cursor) -> tuple[Item, ...]:
    """`(item [key]=item …)`."""
    c.at += 1
    found: list[Item] = []
    while True:
        lines(c)
        if c.text[c.at] == ")":
            c.at += 1
            return tuple(found)
        found.append(_item(c))


def _item(c: Cursor) -> Item:
    begin = c.at
    if c.text[begin] == "[":
        c.at += 1
        key = _subscript(c)
        signed = SIGN.match(c.text, c.at) if key else None
        if key and signed:
            c.at = signed.end()
            return Item(key, word(c, VALUE))
        c.at = begin
    value = word(c, WORD)
    if not value.source:
        raise c.fail("an array's `(` is not closed")
    return Item(None, value)
