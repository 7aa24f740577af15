"""Arithmetic with known numbers. What an expression would run (`a[$(…)]`, also inside a variable's value) is read.

The answer is None (UNKNOWN_PART as text) for everything else: that never makes a command disappear.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell import expand
from agentguard.parse.shell.grammar import text_word
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.tree import Written
from agentguard.parse.shell.values import UNKNOWN, Variable, end_of, ordered

TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+#[0-9A-Za-z@_]+|0[xX][0-9A-Fa-f]+|\d+)|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<sign><<=|>>=|\*\*|<<|>>|<=|>=|==|!=|&&|\|\||\+\+|--|[-+*/%&^|]=|[-+*/%<>=!~&^|?:(),]))"
)
SETS = re.compile(
    r"([A-Za-z_]\w*)\s*(?:\[[^\]]*\]\s*)?(?:(?:<<|>>|[-+*/%&^|])?=(?!=)|\+\+|--)|(?:\+\+|--)\s*([A-Za-z_]\w*)"
)
RUNS = re.compile(r"\$\(|`|\$\{")
SUBSCRIPT = re.compile(r"\[[^\[\]]*\]")
VALUE_LIMIT = 1 << 62  # numbers beyond wrap around in the shell; not followed here
LOOKUP_LIMIT = 8  # names of names
NEST_LIMIT = 24  # brackets, signs and names inside each other: each takes a dozen calls
LEVELS: tuple[dict[str, Callable[[int, int], int]], ...] = (
    {"||": lambda a, b: int(bool(a or b))},
    {"&&": lambda a, b: int(bool(a and b))},
    {"|": operator.or_},
    {"^": operator.xor},
    {"&": operator.and_},
    {"==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b)},
    {"<": lambda a, b: int(a < b), ">": lambda a, b: int(a > b)}
    | {"<=": lambda a, b: int(a <= b), ">=": lambda a, b: int(a >= b)},
    {"<<": lambda a, b: a << (b & 63), ">>": lambda a, b: a >> (b & 63)},
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": lambda a, b: int(a / b), "%": lambda a, b: a - b * int(a / b)},
)  # fmt: skip
ASSIGNING: dict[str, Callable[[int, int], int]] = {
    "=": lambda _, b: b,
    **{sign + "=": act for level in (2, 3, 4, 7, 8, 9) for sign, act in LEVELS[level].items()},
}


class _Unclear(Exception):
    """The expression cannot be followed."""


def value(shell: Host, text: str) -> str:
    """The number of an expanded expression as text, UNKNOWN_PART where it is not known."""
    found = number(shell, text)
    return UNKNOWN_PART if found is None else str(found)


def number(shell: Host, text: str, depth: int = 0) -> int | None:
    """The number of an expanded expression; None where it is not known. Whatever it would run is read first."""
    if RUNS.search(text):
        text = embedded(shell, text)
    if depth > LOOKUP_LIMIT or UNKNOWN_PART in text or len(text) > 1000:
        return None
    if text.strip().isdigit() and not text.strip().startswith("0"):
        return int(text)
    try:
        return _Expression(shell, _tokens(text), depth, nested=2 * depth).whole()
    except (_Unclear, ZeroDivisionError, ValueError, OverflowError):
        for found in SETS.finditer(text):
            shell.scope.variables[found.group(1) or found.group(2)] = UNKNOWN
        return None


def embedded(shell: Host, text: str) -> str:
    """Text that the shell expands once more (a subscript, a prompt): what it runs is read; its text comes back."""
    if not RUNS.search(text) and "$" not in text:
        return text
    shell.scope.depth += 1  # a value may name itself
    try:
        shell.budget.reentry(shell.scope.depth)
        return expand.text(shell, text_word(text, shell.scope.dialect))
    finally:
        shell.scope.depth -= 1


def key(shell: Host, subscript: Written, variable: Variable) -> str:
    """The key that a subscript names: text for an associative array, else a number as text."""
    text = expand.text(shell, subscript)
    if "A" in variable.flags:
        return text
    if not counts_from_one(shell):
        return value(shell, text)
    found = UNKNOWN_PART if "," in text else value(shell, text)  # `$a[2,3]` is a range
    return str(int(found) - 1) if found.isdigit() and int(found) else "none" if found == "0" else found


def counts_from_one(shell: Host) -> bool:
    """Whether the first element of an array is 1, and its name alone stands for all of it: zsh by itself."""
    return shell.scope.dialect == "zsh" and "ksharrays" not in shell.scope.options


def _tokens(text: str) -> list[tuple[str, str]]:
    found, at = [], 0
    text = text.replace('"', "")
    while at < len(text):
        token = TOKEN.match(text, at)
        if token is None:
            if text[at:].strip():
                raise _Unclear
            break
        at = token.end()
        word = token.group().strip()
        if token.lastgroup == "name" and text.startswith("[", at):
            begin, at = at, _closed(text, at)
            word += text[begin:at]
        found.append((token.lastgroup or "", word))
    return found


def _closed(text: str, at: int) -> int:
    """The place behind the bracket that closes the one here."""
    depth = 0
    for place in range(at, len(text)):
        depth += (text[place] == "[") - (text[place] == "]")
        if not depth:
            return place + 1
    raise _Unclear


@dataclass(slots=True)
class _Expression:
    """One expression being worked out, by precedence climbing."""

    shell: Host
    tokens: list[tuple[str, str]]
    depth: int
    at: int = 0
    nested: int = 0

    def whole(self) -> int:
        if not self.tokens:
            return 0
        found = self._comma()
        if self.at < len(self.tokens):
            raise _Unclear
        return found

    def _peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def _take(self, *signs: str) -> bool:
        if self._peek() in signs and self.tokens[self.at][0] == "sign":
            self.at += 1
            return True
        return False

    def _comma(self) -> int:
        found = self._assignment()
        while self._take(","):
            found = self._assignment()
        return found

    def _assignment(self) -> int:
        self.nested += 1
        if self.nested > NEST_LIMIT:
            raise _Unclear
        ahead = self.tokens[self.at : self.at + 2]
        if len(ahead) == 2 and ahead[0][0] == "name" and ahead[1][1] in ASSIGNING:
            name, sign = ahead[0][1], ahead[1][1]
            self.at += 2
            found = self._assignment()
            if sign != "=":
                found = _bounded(ASSIGNING[sign](self._name(name), found))
            self._set(name, found)
        else:
            found = self._condition()
        self.nested -= 1
        return found

    def _condition(self) -> int:
        found = self._binary(0)
        if not self._take("?"):
            return found
        yes = self._assignment()
        if not self._take(":"):
            raise _Unclear
        no = self._assignment()
        return yes if found else no

    def _binary(self, level: int) -> int:
        if level == len(LEVELS):
            return self._power()
        found = self._binary(level + 1)
        while (sign := self._peek()) in LEVELS[level] and self._take(sign):
            found = _bounded(LEVELS[level][sign](found, self._binary(level + 1)))
        return found

    def _power(self) -> int:
        found = self._unary()
        if self._take("**"):
            exponent = self._power()
            if not 0 <= exponent < 64:
                raise _Unclear
            return _bounded(found**exponent)
        return found

    def _unary(self) -> int:
        self.nested += 1
        if self.nested > NEST_LIMIT:
            raise _Unclear
        if self._take("++", "--"):
            return self._stepped(self.tokens[self.at - 1][1], before=True)
        if self._take("-"):
            found = -self._unary()
        elif self._take("+"):
            found = self._unary()
        elif self._take("!"):
            found = int(not self._unary())
        elif self._take("~"):
            found = ~self._unary()
        else:
            found = self._primary()
        self.nested -= 1
        return found

    def _stepped(self, sign: str, *, before: bool) -> int:
        """`++name` and `name++`."""
        kind, name = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        if kind != "name":
            raise _Unclear
        self.at += 1
        old = self._name(name)
        new = old + (1 if sign == "++" else -1)
        self._set(name, new)
        return new if before else old

    def _primary(self) -> int:
        if self._take("("):
            found = self._comma()
            if not self._take(")"):
                raise _Unclear
            return found
        if self.at >= len(self.tokens):
            raise _Unclear
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return _bounded(_literal(text))
        if kind != "name":
            raise _Unclear
        if self._peek() in ("++", "--"):
            sign = self._peek()
            self.at -= 1
            found = self._stepped(sign, before=False)
            self.at += 1
            return found
        return self._name(text)

    def _name(self, name: str) -> int:
        """A variable's value is an expression in turn."""
        text = self._text(name)
        found = number(self.shell, text, self.depth + 1) if text.strip() else 0
        if found is None:
            raise _Unclear
        return found

    def _text(self, name: str) -> str:
        """The text of a variable, or of an element of it."""
        plain, bracket, inner = name.partition("[")
        variable = self.shell.scope.variable(plain)
        if variable.text == UNKNOWN_PART:
            raise _Unclear
        if variable.items is None:
            return (variable.text or "") if not bracket or self._key(inner, variable) == "0" else ""
        key = self._key(inner, variable) if bracket else "0"
        return next((text for at, text in variable.items if at == key), "")

    def _key(self, inner: str, variable: Variable) -> str:
        if "A" in variable.flags:
            return inner[:-1]
        found = number(self.shell, inner[:-1], self.depth + 1)
        if found is None:
            raise _Unclear
        return str(found + (end_of(variable.items or ()) if found < 0 else 0))

    def _set(self, name: str, value: int) -> None:
        plain, bracket, inner = name.partition("[")
        scope = self.shell.scope
        variable = scope.variable(plain)
        if not bracket and variable.items is None:
            scope.set(plain, str(value))
            return
        items = dict(variable.items or ((("0", variable.text),) if variable.text else ()))
        items[self._key(inner, variable) if bracket else "0"] = str(value)
        kept = ordered(tuple(items.items()), named="A" in variable.flags)
        scope.variables[plain] = Variable(None, kept, variable.flags)


def _bounded(found: int) -> int:
    if abs(found) > VALUE_LIMIT:
        raise _Unclear
    return found


def _literal(text: str) -> int:
    if "#" in text:
        base, _, digits = text.partition("#")
        return int(digits, int(base))
    if text[:2] in ("0x", "0X"):
        return int(text, 16)
    return int(text, 8) if text.startswith("0") and len(text) > 1 else int(text)
