"""Parameters: `$name`, `${name…}` and every operator that can be followed without running anything.

What is not known stays UNKNOWN_PART; a form that is not read is noted as unread.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell import arithmetic, expand, patterns
from agentguard.parse.shell.escapes import unescaped
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.tree import Parameter, Written
from agentguard.parse.shell.values import DIGITS_LIMIT, Variable, end_of

TARGET = re.compile(r"([A-Za-z_][A-Za-z_0-9]*|[0-9]+|[@*#?$!-])(?:\[(.*)\])?", re.DOTALL)
POINTED_LIMIT = 8  # names that stand for names
DEFAULTS = frozenset({"-", ":-", "=", ":=", "?", ":?", "+", ":+"})
REMOVALS = frozenset({"#", "##", "%", "%%"})
CASES: dict[str, Callable[[str], str]] = {
    "^^": str.upper, ",,": str.lower, "~~": str.swapcase,
    "^": lambda text: text[:1].upper() + text[1:], ",": lambda text: text[:1].lower() + text[1:],
    "~": lambda text: text[:1].swapcase() + text[1:],
}  # fmt: skip
TRANSFORMS: dict[str, Callable[[str], str]] = {
    "U": str.upper, "L": str.lower, "u": lambda text: text[:1].upper() + text[1:], "E": unescaped,
    "Q": lambda text: quoted(text),  # noqa: PLW0108 - defined below
}  # fmt: skip


def many(part: Parameter) -> bool:
    """Whether it yields separate words even inside double quotes: `$@`, `${a[@]}`, `${!a[@]}`, `${!name@}`."""
    if part.prefix == "#":
        return False
    if part.subscript is not None:
        return part.subscript.source == "@"
    return part.name == "@" or (part.prefix == "!" and part.operator == "@" and not part.operands)


def substitute(shell: Host, part: Parameter) -> Written | None:
    """The operand that stands in for the parameter (`${x:-operand}`, `${x:+operand}`); None where it does not.

    `=` assigns; the operand of a value that is not known is read for what it runs, and its value is not taken.
    """
    if part.operator not in DEFAULTS:
        return None
    found = _present(shell, part)
    operand = part.operands[0]
    sign = part.operator[-1]
    if found is None:
        expand.text(shell, operand)
        return None
    if sign == "+":
        return operand if found else Written((), "")
    if found:
        return None
    if sign == "=":
        shell.scope.set(part.name, expand.text(shell, operand))
        return None
    return operand


def _present(shell: Host, part: Parameter) -> bool | None:
    """Whether the parameter is set (and with `:` not empty); None where that is not known."""
    values = _raw(shell, part)
    if part.operator[0] != ":":
        return bool(values)
    joined = "".join(values)
    return None if joined and not joined.strip(UNKNOWN_PART) else bool(joined)


def values(shell: Host, part: Parameter) -> list[str]:
    """The texts of a parameter after its operator; none where it is unset."""
    if part.prefix == "#":
        return [_length(shell, part)]
    if part.prefix == "!" and part.operator in ("*", "@") and not part.operands:
        return _names(shell, part.name)
    found = _raw(shell, part)
    if part.flags.startswith("(") and part.flags != "(P)":
        found = [arithmetic.embedded(shell, text) if "e" in part.flags else UNKNOWN_PART for text in found]
    if not part.operator or part.operator in DEFAULTS:
        return found
    if part.operator == ":":
        return _sliced(shell, part, found)
    if part.operator in ("bad", "refused"):
        return _bad(shell, part)
    return [_operated(shell, part, text) for text in found] if found else _dead(shell, part)


def _bad(shell: Host, part: Parameter) -> list[str]:
    """A form without a value: one that bash refuses runs nothing, and what it would have run is read all the same."""
    _dead(shell, part)
    if part.operator == "bad":
        shell.unread("an expansion that is not known", part.source)
    return [UNKNOWN_PART]


def _dead(shell: Host, part: Parameter) -> list[str]:
    """The operands of an unset parameter are read for what they run."""
    for operand in part.operands:
        expand.text(shell, operand)
    return []


def _raw(shell: Host, part: Parameter) -> list[str]:
    """The values before any operator."""
    if part.prefix == "!" and _every(part.subscript):
        return _keys(_pointed(shell, part.name)[0])
    if "P" in part.flags or part.prefix == "!":
        return _indirect(shell, part)
    return lookup(shell, part.name, part.subscript)


def _every(subscript: Written | None) -> bool:
    """Whether a subscript stands for all elements."""
    return subscript is not None and subscript.source in ("@", "*")


def _keys(variable: Variable) -> list[str]:
    """`${!a[@]}`; a plain variable counts as an array of one."""
    if variable.items is not None:
        return [key for key, _ in variable.items]
    return [] if variable.text is None else [UNKNOWN_PART if variable.text == UNKNOWN_PART else "0"]


def _pointed(shell: Host, name: str) -> tuple[Variable, Written | None]:
    """The variable that a name stands for, every `declare -n` on the way followed; the element, where one is meant."""
    variable, subscript = shell.scope.variable(name), None
    for _ in range(POINTED_LIMIT):
        target = TARGET.fullmatch(variable.text or "") if "n" in variable.flags else None
        if target is None:
            break
        variable = shell.scope.variable(target.group(1))
        subscript = Written((), target.group(2), plain=target.group(2)) if target.group(2) else None
    return variable, subscript


def _indirect(shell: Host, part: Parameter) -> list[str]:
    """`${!x}`: the value of the parameter that x names; a subscript in it is read, and may run something."""
    own = shell.scope.variable(part.name)
    if "n" in own.flags and own.text:  # of a `declare -n` it is the name that it stands for
        return [own.text]
    pointed = "".join(lookup(shell, part.name, part.subscript))
    if UNKNOWN_PART in pointed:
        return [UNKNOWN_PART]
    target = TARGET.fullmatch(pointed)
    if not target:
        return []
    subscript = arithmetic.embedded(shell, target.group(2)) if target.group(2) else None
    if subscript is None:
        return lookup(shell, target.group(1), None)
    return lookup(shell, target.group(1), Written((), subscript, plain=subscript))


def lookup(shell: Host, name: str, subscript: Written | None) -> list[str]:
    """The values of a parameter: several for `@` and `*`, none where it is unset."""
    scope = shell.scope
    if name in ("@", "*"):
        return list(scope.positional)
    if name.isdigit():
        return _positional(shell, int(name)) if len(name) <= DIGITS_LIMIT else []
    special = _special(shell, name)
    if special is not None:
        return [special]
    variable, pointed = _pointed(shell, name)
    return element(shell, variable, subscript or pointed)


def _positional(shell: Host, number: int) -> list[str]:
    scope = shell.scope
    if number == 0:
        return [scope.zero]
    unknown = bool(scope.positional) and scope.positional[-1] == UNKNOWN_PART
    return [scope.positional[number - 1]] if number <= len(scope.positional) else [UNKNOWN_PART] if unknown else []


def _special(shell: Host, name: str) -> str | None:
    if name == "#":
        return UNKNOWN_PART if UNKNOWN_PART in shell.scope.positional else str(len(shell.scope.positional))
    if name == "_":
        return shell.scope.previous
    return UNKNOWN_PART if name in ("?", "$", "!", "-") else None


def element(shell: Host, variable: Variable, subscript: Written | None) -> list[str]:
    """A variable's value, or the elements a subscript names."""
    if _every(subscript):
        return [text for _, text in variable.items] if variable.items is not None else _only(variable.text)
    if subscript is None and variable.items is None:
        return _only(variable.text)
    zsh = arithmetic.counts_from_one(shell)
    if zsh and subscript is None:
        return [text for _, text in variable.items or () if text]
    key = "0" if subscript is None else arithmetic.key(shell, subscript, variable)
    if zsh and variable.items is None:  # letters of a text
        return [UNKNOWN_PART] if variable.text else []
    if variable.items is None:
        unknown = UNKNOWN_PART in key or variable.text == UNKNOWN_PART
        return [UNKNOWN_PART] if unknown else _only(variable.text) if key == "0" else []
    if UNKNOWN_PART in key:
        return [UNKNOWN_PART]
    if key[:1] == "-" and key[1:].isdigit() and "A" not in variable.flags:
        key = str(end_of(variable.items) + int(key))
    return [text for at, text in variable.items if at == key][-1:]


def _only(text: str | None) -> list[str]:
    return [] if text is None else [text]


def _names(shell: Host, prefix: str) -> list[str]:
    """`${!prefix*}`: the names of variables."""
    names = {*shell.scope.variables, *shell.scope.surroundings.variable_names()}
    return sorted(name for name in names if name.startswith(prefix))


def _length(shell: Host, part: Parameter) -> str:
    found = lookup(shell, part.name, part.subscript)
    if part.name in ("@", "*") or _every(part.subscript):
        return UNKNOWN_PART if UNKNOWN_PART in found else str(len(found))
    text = "".join(found)
    return UNKNOWN_PART if UNKNOWN_PART in text else str(len(text))


def _sliced(shell: Host, part: Parameter, found: list[str]) -> list[str]:
    """`${x:offset:length}`, of a text or of a list."""
    numbers = [arithmetic.number(shell, expand.text(shell, operand)) for operand in part.operands]
    items = _pointed(shell, part.name)[0].items if _every(part.subscript) else None
    several = part.name in ("@", "*") or items is not None
    if any(number is None for number in numbers) or (not several and any(UNKNOWN_PART in text for text in found)):
        return [UNKNOWN_PART]
    begin, length = numbers[0] or 0, numbers[1] if len(numbers) > 1 else None
    if items is not None:
        begin += end_of(items) if begin < 0 else 0
        found = [text for key, text in items if not key.isdigit() or int(key) >= begin]
        return _cut(found, 0, length)
    if several:
        return _cut([shell.scope.zero, *found], begin, length)
    cut = ["".join(_cut(list(text), begin, length)) for text in found]
    return [] if _every(part.subscript) and begin > len("".join(found)) else cut


def _cut(items: list[str], begin: int, length: int | None) -> list[str]:
    begin = max(0, begin + len(items)) if begin < 0 else begin
    if length is None:
        return items[begin:]
    return items[begin:length] if length < 0 else items[begin : begin + length]


def _operated(shell: Host, part: Parameter, text: str) -> str:
    """The text after a pattern, case or `@` operator."""
    operator = part.operator
    if operator == "@":
        return _transformed(shell, part, text)
    pattern = expand.pattern(shell, part.operands[0])
    other = expand.text(shell, part.operands[1]) if len(part.operands) > 1 else ""
    if UNKNOWN_PART in text + pattern + other:
        return UNKNOWN_PART
    if operator in REMOVALS:
        return removed(operator, text, pattern)
    if operator[0] == "/":
        return _replaced(operator, text, pattern, other)
    return _cased(operator, text, pattern)


def _cased(operator: str, text: str, pattern: str) -> str:
    """`${x^^pattern}` and its kin: the letters, or the first one, that match."""
    if not pattern or pattern == "?":
        return CASES[operator](text)
    if len(operator) == 1:
        return CASES[operator](text) if patterns.matches(pattern, text[:1]) else text
    return "".join(CASES[operator](letter) if patterns.matches(pattern, letter) else letter for letter in text)


def _transformed(shell: Host, part: Parameter, text: str) -> str:
    letter = part.operands[0].source
    if letter == "P":  # as a prompt: substitutions in it run
        return arithmetic.embedded(shell, text)
    if UNKNOWN_PART in text or letter not in TRANSFORMS:
        return UNKNOWN_PART
    return TRANSFORMS[letter](text)


def removed(operator: str, text: str, pattern: str) -> str:
    """The text without the shortest or longest prefix (`#`, `##`) or suffix (`%`, `%%`) that matches."""
    if len(text) > patterns.TEXT_LIMIT:
        return UNKNOWN_PART
    places = range(len(text) + 1)
    shortest_first = operator in ("#", "%%")
    for place in places if shortest_first else reversed(places):
        head, tail = text[:place], text[place:]
        matched = patterns.matches(pattern, head if operator[0] == "#" else tail)
        if matched is None:
            return UNKNOWN_PART
        if matched:
            return tail if operator[0] == "#" else head
    return text


def _replaced(operator: str, text: str, pattern: str, other: str) -> str:
    """`${x/pattern/other}` and its kin: the longest match counts."""
    expression = patterns.regex(pattern)
    if expression is None or len(text) * (1 + len(other)) > patterns.TEXT_LIMIT:
        return UNKNOWN_PART
    if not pattern:
        return {"/#": other + text, "/%": text + other}.get(operator, text)
    around = {"/#": rf"\A(?:{expression})", "/%": rf"(?:{expression})\Z"}.get(operator, expression)

    def instead(found: re.Match[str]) -> str:
        return other if found.group() or not text else ""  # behind a match to the end nothing is matched again

    try:
        return re.sub(around, instead, text, count=0 if operator == "//" else 1, flags=re.DOTALL)
    except re.error:
        return UNKNOWN_PART


def quoted(text: str) -> str:
    """The text as `${x@Q}` writes it: so that a shell reads it back as one word."""
    return "'" + text.replace("'", "'\\''") + "'"
