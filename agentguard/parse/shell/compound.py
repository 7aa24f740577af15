"""Compound commands: groups, conditions, loops, cases, tests and functions, with the common short forms of zsh."""

from __future__ import annotations

import re
from collections.abc import Callable

from agentguard.parse.shell.choices import case, test
from agentguard.parse.shell.lexer import END, Cursor, attempt, blanks, expect, join, lines, take
from agentguard.parse.shell.tree import (
    ArithmeticCommand,
    Background,
    For,
    ForArithmetic,
    Function,
    If,
    Node,
    Script,
    Subshell,
    While,
    Written,
)
from agentguard.parse.shell.words import WORD, word

NAME = re.compile(r"[^ \t\n;&|<>()$`\\'\"\0]+")
STARTS = frozenset({"{", "if", "while", "until", "for", "select", "case", "[[", "function", "repeat", "foreach"})
DO, DONE, FI, THEN = (
    frozenset({"do"}),
    frozenset({"done", "end"}),
    frozenset({"elif", "else", "fi"}),
    frozenset({"then"}),
)


def compound(c: Cursor, name: str) -> Node | None:
    """The compound command that begins here with the reserved word `name` or with `(`; None where a simple one does."""
    if c.text[c.at] == "(":
        return _round(c)
    read = READERS.get(name)
    if read is None:
        return None
    c.enter()
    c.at += len(name)
    node = read(c)
    c.depth -= 1
    return node


def _round(c: Cursor) -> Node:
    join(c)
    if c.text.startswith("((", c.at):
        begin = c.at
        found = attempt(c, lambda: _arithmetic(c))
        if found:
            return _both(c, begin, found) if c.dialect == "sh" else found
    if c.zsh and re.match(r"\([ \t]*\)", c.text[c.at : c.at + 40]):
        return function(c, "")
    return _subshell(c)


def _both(c: Cursor, begin: int, found: ArithmeticCommand) -> Node:
    """`((…))` of sh: arithmetic where bash is called sh, a subshell in a subshell for dash."""
    end, c.at = c.at, begin
    other = attempt(c, lambda: _subshell(c))
    c.tried.discard(begin)  # as arithmetic it is one
    fits = other is not None and c.at == end
    c.at = end
    return Script((found, other)) if fits and other else found


def _subshell(c: Cursor) -> Subshell:
    c.enter(2)
    c.at += 1
    body = c.grammar.script(c, frozenset({")"}))
    if not body.items:
        raise c.fail("`()` holds no command")
    expect(c, ")", "`(`")
    c.depth -= 2
    return Subshell(body)


def _arithmetic(c: Cursor) -> ArithmeticCommand | None:
    c.at += 2
    expression = c.grammar.operand(c, ")", "()", True)
    if not c.text.startswith("))", c.at):
        return None
    c.at += 2
    return ArithmeticCommand(expression)


def _group(c: Cursor) -> Node:
    body = _filled(c, frozenset({"}"}), "`{`")
    expect(c, "}", "`{`")
    blanks(c)
    if c.zsh and take(c, "always"):
        lines(c)
        expect(c, "{", "`always`")
        return Script((*body.items, _group(c)))
    return body


def _must(c: Cursor, name: str, inside: str) -> None:
    lines(c)
    if not take(c, name):
        raise c.fail(f"`{name}` expected in `{inside}`")


def _if(c: Cursor) -> Node:
    arms = [_arm(c)]
    while True:
        lines(c) if not c.zsh else blanks(c)
        if take(c, "elif"):
            arms.append(_arm(c))
        elif take(c, "else"):
            otherwise = _short(c) if _brace_ahead(c) else _filled(c, FI, "`else`")
            if c.text[c.at] != END and c.text[c.at - 1] != "}":
                _must(c, "fi", "if")
            return If(tuple(arms), otherwise)
        elif take(c, "fi") or (c.zsh and c.text[c.at - 1] in "}\n;"):
            return If(tuple(arms), None)
        else:
            raise c.fail("`fi` expected in `if`")


def _arm(c: Cursor) -> tuple[Script, Script]:
    condition = _condition(c, THEN)
    if _brace_ahead(c):
        return condition, _short(c)
    _must(c, "then", "if")
    return condition, _filled(c, FI, "if")


def _condition(c: Cursor, closers: frozenset[str]) -> Script:
    return _filled(c, closers, "a condition")


def _filled(c: Cursor, closers: frozenset[str], inside: str) -> Script:
    """Commands up to a closer, of which there must be one, except in zsh."""
    found = c.grammar.script(c, closers)
    if not found.items and not c.zsh:
        raise c.fail(f"{inside} holds no command")
    return found


def _brace_ahead(c: Cursor) -> bool:
    """Whether a body in braces follows: the short form of zsh (and of bash's `for`)."""
    if c.zsh:
        blanks(c)
    return c.zsh and c.text[c.at] == "{"


def _short(c: Cursor) -> Script:
    expect(c, "{", "a body")
    body = _group(c)
    return body if isinstance(body, Script) else Script((body,))


def _while(c: Cursor) -> Node:
    return _looped(c, until=False)


def _until(c: Cursor) -> Node:
    return _looped(c, until=True)


def _looped(c: Cursor, *, until: bool) -> Node:
    condition = _condition(c, DO)
    return While(condition, _short(c) if _brace_ahead(c) else _do(c, "while"), until=until)


def _do(c: Cursor, inside: str) -> Script:
    """`do … done`, or a body in braces."""
    lines(c)
    if c.text[c.at] == "{":
        return _short(c)
    if c.zsh and not c.text.startswith("do", c.at):
        return Script((c.grammar.and_or(c),))  # `for x (a) command`
    _must(c, "do", inside)
    body = _filled(c, DONE, inside)
    if not take(c, "done") and not take(c, "end"):
        raise c.fail(f"`done` expected in `{inside}`")
    return body


def _for(c: Cursor) -> Node:
    blanks(c)
    join(c)
    if c.text.startswith("((", c.at):
        return _for_arithmetic(c)
    names = [_loop_name(c)]
    lines(c)
    while c.zsh and (another := NAME.match(c.text, c.at)) and another.group() not in ("in", "do", "{"):
        names.append(_name(c))
        lines(c)
    words: tuple[Written, ...] | None = None
    if take(c, "in"):
        words = _words(c)
    elif c.zsh and c.text[c.at] == "(":
        c.at += 1
        words = _words(c)
        expect(c, ")", "the list of `for`")
    blanks(c)
    if c.text[c.at] == ";":
        c.at += 1
    return For(tuple(names), words, _do(c, "for"))


def _loop_name(c: Cursor) -> str:
    """The name of a loop: bash takes any word here, and complains only when it runs."""
    return _name(c) if c.zsh or c.text[c.at] not in "'\"$\\`" else word(c, WORD).source


def _name(c: Cursor) -> str:
    found = NAME.match(c.text, c.at)
    if not found:
        raise c.fail("`for` has no name")
    c.at = found.end()
    return found.group()


def _words(c: Cursor) -> tuple[Written, ...]:
    found: list[Written] = []
    while True:
        blanks(c)
        each = word(c, WORD)
        if not each.source:
            return tuple(found)
        found.append(each)


def _for_arithmetic(c: Cursor) -> Node:
    c.at += 2
    clauses = []
    while True:
        clauses.append(c.grammar.operand(c, ";)", "()", True))
        if c.text[c.at] == ")":
            expect(c, "))", "`for ((`")
            break
        c.at += 1
    blanks(c)
    if c.text[c.at] == ";":
        c.at += 1
    return ForArithmetic(tuple(clauses), _do(c, "for"))


def _repeat(c: Cursor) -> Node:
    blanks(c)
    count = word(c, WORD)
    blanks(c)
    return ForArithmetic((count,), _do(c, "repeat"))


def function(c: Cursor, name: str) -> Node:
    """A definition, at the `(` behind its name."""
    c.enter()
    c.at += 1
    blanks(c)
    expect(c, ")", f"the definition of `{name}`")
    lines(c)
    node = _body(c, name)
    c.depth -= 1
    return node


def _function(c: Cursor) -> Node:
    blanks(c)
    found = NAME.match(c.text, c.at)
    name = found.group() if found and found.group() != "{" else ""
    if not name and not c.zsh:
        raise c.fail("`function` has no name")
    c.at += len(name)
    blanks(c)
    empty = re.match(r"\([ \t]*\)", c.text[c.at : c.at + 40])
    c.at += empty.end() if empty else 0
    lines(c)
    return _body(c, name)


def _body(c: Cursor, name: str) -> Node:
    begin = c.at
    body = c.grammar.command(c)
    source = c.text[begin : c.at]
    if not c.zsh and not (
        c.text[begin] in "({" or c.text.startswith("[[", begin) or source.split(None, 1)[0] in STARTS
    ):
        raise c.fail(f"the body of `{name}` is no compound command")
    return Function(name, body, source)


def _coproc(c: Cursor) -> Node:
    """`coproc [NAME] compound`, or `coproc simple`."""
    blanks(c)
    name = re.match(r"([^ \t\n;&|<>()`\\'\"\0{}]+)[ \t]+", c.text[c.at : c.at + 80])
    if name and name.group(1) not in STARTS:
        behind = c.text[c.at + name.end() : c.at + name.end() + 12]
        if behind[:1] == "(" or (behind.split(None, 1) or [""])[0] in STARTS:
            c.at += name.end()
            return Background(c.grammar.command(c), fed=True, name=name.group(1))
    return Background(c.grammar.command(c), fed=True)


READERS: dict[str, Callable[[Cursor], Node]] = {
    "[[": test,
    "case": case,
    "coproc": _coproc,
    "for": _for,
    "foreach": _for,
    "function": _function,
    "if": _if,
    "repeat": _repeat,
    "select": _for,
    "until": _until,
    "while": _while,
    "{": _group,
}
