"""`case` and `[[ … ]]`: the two compound commands whose words follow rules of their own."""

from __future__ import annotations

import re

from agentguard.parse.shell.lexer import Cursor, blanks, join, lines, operator, take
from agentguard.parse.shell.tree import Case, Node, Script, Simple, Test, Written
from agentguard.parse.shell.words import REGEX, WORD, Rules, word

SIGN = re.compile(r"(?:&&|\|\||!(?=[ \t\n(])|[()<>])")
TERM = Rules(closers=frozenset(" \t\n;&|()<>\0"), braces=False)
PATTERN = Rules(braces=False)
COMPARISONS = frozenset({"==", "=", "!="})
ARM_ENDS = frozenset({"esac", ";;", ";&", ";;&", ";|"})


def case(c: Cursor) -> Node:
    """`case word in …`, behind its `case`."""
    blanks(c)
    subject = word(c, WORD)
    if not _in(c):
        raise c.fail("`in` expected in `case`")
    arms: list[tuple[tuple[Written, ...], Script, str]] = []
    while True:
        lines(c)
        if take(c, "esac") or (c.zsh and c.text[c.at] == "}" and take(c, "}")):
            return Case(subject, tuple(arms))
        arms.append(_case_arm(c))


def _in(c: Cursor) -> bool:
    lines(c)
    return take(c, "in") or (c.zsh and take(c, "{"))


def _case_arm(c: Cursor) -> tuple[tuple[Written, ...], Script, str]:
    blanks(c)
    if c.text[c.at] == "(":
        c.at += 1
    patterns = []
    while True:
        blanks(c)
        pattern = word(c, PATTERN)
        if not pattern.source:
            raise c.fail("a pattern expected in `case`")
        patterns.append(pattern)
        blanks(c)
        sign = operator(c)
        if sign == ")":
            break
        if sign != "|":
            raise c.fail("`)` expected in `case`")
        c.at += 1
    c.at += 1
    body = c.grammar.script(c, ARM_ENDS)
    sign = operator(c)
    if sign in (";;", ";&", ";;&", ";|"):
        c.at += len(sign)
        return tuple(patterns), body, sign
    return tuple(patterns), body, ""


def test(c: Cursor) -> Node:
    """`[[ … ]]`, at its first term: operators and operands in a row, since both sides of everything are read."""
    terms: list[str | Written] = []
    rules = TERM
    while True:
        lines(c)
        join(c)
        if c.text.startswith("]]", c.at) and c.text[c.at + 2] in " \t\n;&|<>()\0}":
            c.at += 2
            return _both(Test(tuple(terms))) if c.dialect == "sh" else Test(tuple(terms))
        sign = SIGN.match(c.text, c.at) if rules is TERM and not c.text.startswith(("<(", ">("), c.at) else None
        if sign:
            terms.append(sign.group())
            c.at = sign.end()
            continue
        term = word(c, rules)
        if not term.source:
            raise c.fail("`]]` expected in `[[`")
        terms.append(term)
        rules = _rules_behind(c, term.source)


def _both(node: Test) -> Node:
    """`[[ a || b ]]` of sh: a test where bash is called sh; for dash, `b ]]` is a command."""
    found: list[Node] = [node]
    words: list[Written] | None = None
    for term in (*node.terms, "||"):
        if term in ("&&", "||"):
            if words and words[0].plain and not words[0].plain.startswith("-"):
                found.append(Simple((), tuple(words), ()))
            words = []
        elif words is not None and isinstance(term, Written):
            words.append(term)
    return Script(tuple(found)) if len(found) > 1 else node


def _rules_behind(c: Cursor, source: str) -> Rules:
    """The rules of the word behind a term: a regular expression or a pattern follows some operators."""
    if source == "=~" or (c.zsh and source in COMPARISONS):
        return REGEX
    return PATTERN if source in COMPARISONS else TERM
