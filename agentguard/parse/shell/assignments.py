"""Assignments: of texts, array elements and whole arrays; those of variables that the shell runs are read as code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Via, Word
from agentguard.parse.shell import arithmetic, expand
from agentguard.parse.shell.braces import braced
from agentguard.parse.shell.tree import Assignment, Written
from agentguard.parse.shell.values import Alias, Variable, end_of, ordered, word_of

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

Items = tuple[tuple[str, str], ...]
ITEMS_A_STEP = 50  # elements of an array that one more assignment to it costs a step of the budget
LOCAL = frozenset({"local", "declare", "typeset", "integer", "float"})


def assign(shell: Shell, each: Assignment, flags: str = "") -> str:
    """Make an assignment; the text that the variable then has."""
    scope = shell.scope
    name = _target(shell, each.name)
    if each.items is not None:
        _array(shell, name, each, flags)
        return ""
    text = expand.value(shell, each.value) if each.value else ""
    old = scope.variable(name)
    if each.subscript is not None:
        _element(shell, name, each, text)
        return text
    if "i" in old.flags + flags:
        text = arithmetic.value(shell, f"({old.text or 0})+({text})" if each.append else text)
    elif each.append:
        text = (old.text or "") + text
    if old.items is not None and "x" not in flags:
        scope.variables[name] = replace(old, items=_put(old.items, "0", text))
    else:
        scope.set(name, text, flags)
    run = RUN.get(name)
    if run:
        run(shell, text)
    return scope.text(name)


def _target(shell: Shell, name: str) -> str:
    """The variable that a name stands for, a nameref followed."""
    value = shell.scope.variables.get(name)
    return value.text if value and "n" in value.flags and value.text and UNKNOWN_PART not in value.text else name


def _element(shell: Shell, name: str, each: Assignment, text: str) -> None:
    old = shell.scope.variable(name)
    assert each.subscript is not None  # noqa: S101 - the caller asked
    own = name in ("BASH_CMDS", "BASH_ALIASES")
    key = arithmetic.key(shell, each.subscript, replace(old, flags="A") if own else old)
    items = old.items if old.items is not None else (("0", old.text),) if old.text is not None else ()
    if name == "BASH_CMDS":
        shell.renamed(key, text)
    elif name == "BASH_ALIASES":
        shell.scope.aliases[key] = Alias(text, certain=False)
    shell.budget.step(len(items) // ITEMS_A_STEP)
    before = dict(items).get(key, "") if each.append else ""
    named = "A" in old.flags
    if not named and key[:1] == "-" and key[1:].isdigit():
        key = str(end_of(items) + int(key))
        if key[:1] == "-":  # before the first one: an error, and nothing is set
            return
    items = ordered(_put(items, key, before + text), named=named)
    shell.scope.variables[name] = replace(old, text=None, items=items, others=())


def _put(items: Items, key: str, text: str) -> Items:
    """The items with one of them changed or added; a key nobody knows may be any of them."""
    if UNKNOWN_PART in key:
        return (*((at, UNKNOWN_PART) for at, _ in items), (str(end_of(items)), text))
    if any(at == key for at, _ in items):
        return tuple((at, text if at == key else old) for at, old in items)
    return (*items, (key, text))


def _array(shell: Shell, name: str, each: Assignment, flags: str) -> None:
    old = shell.scope.variable(name)
    kind = old.flags + flags
    before = (old.items or ()) if each.append else ()
    shell.budget.step(len(before) // ITEMS_A_STEP)
    found, place = dict(before), end_of(before)
    for item in each.items or ():
        if item.key is None:
            words = expand.words(shell, item.value)
            found |= {str(place + number): word.text for number, word in enumerate(words)}
            place += len(words)
            continue
        key, text = arithmetic.key(shell, item.key, Variable(flags=kind)), expand.value(shell, item.value)
        if UNKNOWN_PART in key:  # it may be any of them
            shell.budget.step(len(found) // ITEMS_A_STEP)
            found, key = dict.fromkeys(found, UNKNOWN_PART), str(end_of(tuple(found.items())))
        found[key] = text
        place = int(key) + 1 if key.isdigit() else place
    shell.scope.variables[name] = Variable(None, ordered(tuple(found.items()), named="A" in kind), kind)


def expanded(shell: Shell, each: Assignment) -> Assignment:
    """The assignment with its value as text: `export a=1 b=$a` gives b what a was before."""
    if each.value is None or each.value.plain is not None:
        return each
    ways = braced(each.value.parts) if "{" in each.value.source else ()  # an argument: the last of its braces counts
    text = expand.value(shell, Written(ways[-1], "") if ways else each.value)
    return replace(each, value=Written((), text, plain=text))


def declare(shell: Shell, each: Assignment, names: list[str]) -> Word:
    """An assignment that is an argument of `export`, `declare` and their kin (whose words so far are `names`)."""
    shell.budget.step(len(names) // ITEMS_A_STEP)
    flags = declared(names)
    if "local" in names and shell.scope.saved is None:  # outside a function it is an error
        return word_of(f"{each.name}={expand.value(shell, each.value) if each.value else ''}")
    localize(shell, each.name, names)
    if flags:
        shell.scope.mark(each.name, flags)
    text = assign(shell, each, flags)
    return word_of(f"{each.name}={text}" if each.items is None else each.name)


def declared(names: list[str]) -> str:
    """The flags that a declaring command gives: of its name and of its options."""
    letters = "".join(name[1:] for name in names if name.startswith("-"))
    own = {"export": "x", "readonly": "r", "integer": "i"}
    return "".join(own.get(name, "") for name in names) + "".join(letter for letter in letters if letter in "xirnluaA")


def localize(shell: Shell, name: str, names: list[str]) -> None:
    """Inside a function, `local` and `declare` hide the variable of that name until the function returns."""
    saved = shell.scope.saved
    if saved is None or name in saved or not any(each in LOCAL for each in names) or "-g" in names:
        return
    saved[name] = shell.scope.variables.get(name)
    hidden = saved[name] or shell.scope.inherited(name)
    shell.scope.variables[name] = Variable(flags="x" if "x" in hidden.flags else "")


# Variables that the shell runs ----------------------------------------------------------------------------------------


def _prompt(shell: Shell, text: str) -> None:
    shell.inside(lambda: arithmetic.embedded(shell, text) and "")


def _command(shell: Shell, text: str) -> None:
    shell.inside(lambda: shell.code(text, Via("eval", "PROMPT_COMMAND")))


def _file(shell: Shell, text: str) -> None:
    path = shell.scope.path(text)
    script = shell.text_of(path)
    if script is not None:
        shell.inside(lambda: shell.code(script, Via("script", path)))


RUN: dict[str, Callable[[Shell, str], None]] = {
    "BASH_ENV": _file,
    "ENV": _file,
    "PROMPT_COMMAND": _command,
    "PS0": _prompt,
    "PS1": _prompt,
    "PS2": _prompt,
    "PS4": _prompt,
}
