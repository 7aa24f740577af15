"""What begins with `$`, a backtick or `<(`: parameters, substitutions and arithmetic inside a word."""

from __future__ import annotations

import re

from agentguard.parse.shell.lexer import Cursor, attempt, expect, join
from agentguard.parse.shell.tree import Arithmetic, Literal, Parameter, Part, Script, Substitution, Unread, Written

NAME = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")
SIMPLE = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9@*#?$!-]")
BRACED = re.compile(r"[A-Za-z_][A-Za-z_0-9]*|[0-9]+|[@*#?$!-]")
OPERATORS = re.compile(r":?[-=?+]|##?|%%?|//|/#|/%|/|\^\^?|,,?|~~?|@(?=[A-Za-z]\s*\})|:")
FLAGS = re.compile(r"\(([A-Za-z@#%~0-9]*)\)|[=~^]+")
BACKTICK = re.compile(r"(?:[^`\\\0]|\\[^\0])*")
NAMES = re.compile(r"[*@](?=\})")  # `${!prefix*}`
CLOSE = frozenset({")"})
PATTERN_OPERATORS = frozenset({"#", "##", "%", "%%", "/", "//", "/#", "/%", "^", "^^", ",", ",,", "~", "~~"})


def dollar(c: Cursor, *, quoted: bool) -> Part:
    """What the `$` here begins; a lone `$` stands for itself."""
    if c.text.startswith("\\\n", c.at + 1) or c.text.startswith("\\\n", c.at + 2):
        join(c)
    letter = c.text[c.at + 1]
    if letter == "(":
        return _round(c)
    if letter == "{":
        return _braced(c, quoted=quoted)
    if letter == "[":
        return _square(c)
    if letter in "'\"" and not quoted:
        c.at += 1
        return c.grammar.ansi(c) if letter == "'" else c.grammar.double(c)
    return _named(c)


def _named(c: Cursor) -> Part:
    join(c) if "\\\n" in c.text[c.at : c.at + 64] else None
    found = SIMPLE.match(c.text, c.at + 1)
    if found is None:
        if c.zsh and c.text[c.at + 1] in "=~^+" and NAME.match(c.text, c.at + 2):
            flag, name = c.text[c.at + 1], NAME.match(c.text, c.at + 2)
            assert name is not None  # noqa: S101 - just matched
            c.at = name.end()
            return Parameter(name.group(), f"${flag}{name.group()}", flags=flag)
        c.at += 1
        return Literal("$", quoted=True)
    begin, c.at = c.at, found.end()
    if c.zsh and c.text[c.at] == "[":  # `$a[1]`: which element is not followed, what the subscript runs is read
        subscript = _subscript(c)
        return Parameter(found.group(), c.text[begin : c.at], operator="refused", operands=(subscript,))
    return Parameter(found.group(), "$" + found.group())


def _round(c: Cursor) -> Part:
    """`$((…))` where it closes as arithmetic, else `$(…)`."""
    if c.text.startswith("((", c.at + 1):
        found = attempt(c, lambda: _arithmetic(c))
        if found:
            return found
    c.at += 2
    return Substitution("$(", commands(c, CLOSE, ")", "`$(`"))


def _arithmetic(c: Cursor) -> Arithmetic | None:
    c.enter()
    c.at += 3
    expression = c.grammar.operand(c, ")", "()", True)
    if not c.text.startswith("))", c.at):
        return None
    c.at += 2
    c.depth -= 1
    return Arithmetic(expression)


def _square(c: Cursor) -> Part:
    begin = c.at
    c.enter()
    c.at += 2
    expression = c.grammar.operand(c, "]", "[]", True)
    expect(c, "]", f"`$[` at {begin}")
    c.depth -= 1
    return Arithmetic(expression)


def commands(c: Cursor, closers: frozenset[str], closer: str, inside: str) -> Script:
    """The commands of a substitution up to `closer`, which is taken.

    Heredocs that wait outside are read behind it. Of one that is begun inside, bash reads the text from the lines
    behind the substitution; other shells read those lines as commands.
    """
    c.enter(2)
    waiting, c.waiting = c.waiting, []
    c.inside += closer == ")"
    body = c.grammar.script(c, closers)
    left: tuple[Unread, ...] = ()
    if c.dialect == "bash":
        waiting = c.waiting + waiting
    elif c.waiting:
        left = tuple(Unread("a heredoc's text stands outside its substitution", each.delimiter) for each in c.waiting)
    c.waiting = waiting
    expect(c, closer, inside)
    c.inside -= closer == ")"
    c.depth -= 2
    return Script(body.items + left)


def process(c: Cursor) -> Substitution:
    """`<(…)` or `>(…)`."""
    form = c.text[c.at : c.at + 2]
    c.at += 2
    return Substitution(form, commands(c, CLOSE, ")", f"`{form}`"))


def backtick(c: Cursor, *, quoted: bool) -> Part:
    """A command substitution in backticks: its text is unescaped once and read by itself, as the shell does."""
    end = BACKTICK.match(c.text, c.at + 1).end()  # type: ignore[union-attr]  # matches the empty text too
    if c.text[end] != "`":
        raise c.fail("a backtick is not closed")
    text = c.text[c.at + 1 : end]
    c.enter()
    text = re.sub(r'\\([$`\\"])' if quoted else r"\\([$`\\])", r"\1", text)
    c.at = end + 1
    body = c.grammar.whole(c.inner(text))
    c.depth -= 1
    return Substitution("$(", body)


def _braced(c: Cursor, *, quoted: bool) -> Part:
    """`${…}`, at its `$`."""
    begin = c.at
    c.enter()
    c.at += 2
    if c.text[c.at] in " \t\n|":  # bash 5.3: `${ commands; }`
        c.at += c.text[c.at] == "|"
        body = commands(c, frozenset({"}"}), "}", "`${ `")
        c.depth -= 1
        return Substitution("$(", body)
    found = _parameter(c, begin, quoted)
    c.depth -= 1
    return found


def _parameter(c: Cursor, begin: int, quoted: bool) -> Parameter:
    join(c)
    flags = _flags(c)
    prefix = _prefix(c)
    named = BRACED.match(c.text, c.at)
    name = named.group() if named else ""
    c.at += len(name)
    subscript = _subscript(c) if name and c.text[c.at] == "[" else None
    join(c)
    if name:
        operator, operands = _operation(c, quoted, prefix, subscripted=subscript is not None)
    else:
        operator, operands = _refused(c, quoted)
    expect(c, "}", "`${`")
    return Parameter(name, c.text[begin : c.at], prefix, subscript, operator, operands, flags)


def _flags(c: Cursor) -> str:
    """Flags of zsh: `(P)`, `=` and others."""
    found = FLAGS.match(c.text, c.at) if c.zsh else None
    c.at = found.end() if found else c.at
    return found.group() if found else ""


def _prefix(c: Cursor) -> str:
    """`!name` or `#name`; alone, `!` and `#` are parameters themselves."""
    letter, after = c.text[c.at], c.text[c.at + 1]
    named = after.isalnum() or after == "_" or (after in "@*?$!-#" and c.text[c.at + 2] in "}[")
    if letter not in "!#" or not named:
        return ""
    c.at += 1
    return letter


def _subscript(c: Cursor) -> Written:
    c.at += 1
    subscript = c.grammar.operand(c, "]", "[]", False)
    expect(c, "]", "a subscript")
    return subscript


def _operation(c: Cursor, quoted: bool, prefix: str, *, subscripted: bool) -> tuple[str, tuple[Written, ...]]:
    """The operator behind the name, and its operands up to the closing brace."""
    if c.text[c.at] == "}":
        return "", ()
    if names := NAMES.match(c.text, c.at) if prefix == "!" and not subscripted else None:
        c.at = names.end()
        return names.group(), ()
    found = OPERATORS.match(c.text, c.at)
    if not found:
        return _refused(c, quoted)
    operator = found.group()
    c.at = found.end()
    if operator == ":":
        return operator, _several(c, ":", "()", True)
    if operator[0] == "/":
        return operator, _several(c, "/", "", False)
    literal = quoted and operator not in PATTERN_OPERATORS
    return operator, (c.grammar.operand(c, "}", "", literal),)


def _refused(c: Cursor, quoted: bool) -> tuple[str, tuple[Written, ...]]:
    """A form that bash and sh take, and refuse once they come to it ("bad substitution"); in zsh it is not known."""
    return "bad" if c.zsh else "refused", (c.grammar.operand(c, "}", "", quoted),)


def _several(c: Cursor, separator: str, nests: str, quoted: bool) -> tuple[Written, ...]:
    """One operand, and a second behind `separator`."""
    first = c.grammar.operand(c, separator + "}", nests, quoted)
    if c.text[c.at] != separator:
        return (first,)
    c.at += 1
    return first, c.grammar.operand(c, "}", nests, quoted)
