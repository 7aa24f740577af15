"""Loops. A known list is walked item by item; other loops once, and once more with what the first round changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell import arithmetic, expand
from agentguard.parse.shell.scope import UNKNOWN, Scope
from agentguard.parse.shell.tree import For, ForArithmetic, Script, While, Written

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

ROUND_LIMIT = 64  # items of a list, lines of an input, rounds of a counter that are walked one by one


def for_each(shell: Shell, node: For) -> str:
    """`for name in words`, `select`: a round for each known item."""
    scope = shell.scope
    if node.words is None:
        items = list(scope.positional)
    else:
        items = [word.text for written in node.words for word in expand.words(shell, written)]
    if not items:
        return _never(shell, node)
    known = len(items) <= ROUND_LIMIT and not any(UNKNOWN_PART in item for item in items)
    before, left, output = scope.fork(), [], []
    step = len(node.names)
    walked = items if known else [UNKNOWN_PART] * step
    for place in range(0, len(walked), step):
        for name, item in zip(node.names, walked[place : place + step], strict=False):
            scope.set(name, item)
        output.append(shell.run(node.body))
        left += _jumped(scope)
    if not known:
        _again(shell, lambda: shell.run(node.body), before, kept=node.names)
        left.append(before)
    scope.become(scope.fork(), *left)
    shell.status = None
    return UNKNOWN_PART if left and any(output) else "".join(output)


def _jumped(scope: Scope) -> list[Scope]:
    """The state of a round that a `break` may have ended the loop with."""
    if not scope.jumped:
        return []
    scope.jumped = False
    return [scope.fork()]


def _never(shell: Shell, node: For) -> str:
    """The body of a loop over nothing is read all the same, with a value nobody knows."""

    def walk() -> str:
        for name in node.names:
            shell.scope.variables[name] = UNKNOWN
        return shell.run(node.body)

    state, _ = shell.maybe(walk)
    shell.scope.become(shell.scope.fork(), state)
    return ""


def for_arithmetic(shell: Shell, node: ForArithmetic) -> str:
    """`for ((a; b; c))` and `repeat n`: rounds while the condition is known to hold; the clauses run too."""
    first, *others = node.clauses
    number = _number(shell, first)
    if not others:
        others = [Written((), "", plain=str(number) if number is not None else "")]
    before, left, output = shell.scope.fork(), [], []
    for rounds in range(ROUND_LIMIT):
        condition = _number(shell, others[0])
        if condition == 0 and rounds:
            break
        output.append(shell.run(node.body))
        left += _jumped(shell.scope)
        for clause in others[1:]:
            _number(shell, clause)
        if not condition or len(node.clauses) == 1:
            _again(shell, lambda: shell.run(Script((node.body,))), before)
            left.append(before)
            break
    shell.scope.become(shell.scope.fork(), *left)
    shell.status = None
    return UNKNOWN_PART if left and any(output) else "".join(output)


def _number(shell: Shell, clause: Written) -> int | None:
    """The value of a clause; None where it is not known or empty, which means true."""
    text = expand.text(shell, clause)
    return arithmetic.number(shell, text) if text.strip() else None


def while_(shell: Shell, node: While) -> str:
    """`while` and `until`. Where the condition reads known lines, a round for each of them."""
    whole = Script((node.condition, node.body))
    scope = shell.scope
    before, left, output = scope.fork(), [scope.fork()], []
    for _ in range(ROUND_LIMIT):
        text = scope.stdin
        output.append(shell.run(whole))
        left += _jumped(scope)
        if not text or not scope.stdin or scope.stdin == text:
            break
    read_all = before.stdin and scope.stdin == ""
    if not read_all:
        _again(shell, lambda: shell.run(whole), before)
    scope.become(scope.fork(), *left)
    shell.status = None
    return "".join(output) if read_all and len(left) == 1 else UNKNOWN_PART if any(output) else ""


def _again(shell: Shell, act: Callable[[], str], before: Scope, kept: tuple[str, ...] = ()) -> None:
    """One more round, in which whatever the first one changed may have any value."""
    scope = shell.scope
    changed = [
        name
        for name, value in scope.variables.items()
        if name not in kept and value != before.variables.get(name) and UNKNOWN_PART not in (value.text or "")
    ]
    if not changed and scope.functions == before.functions and scope.cwds == before.cwds:
        return
    for name in changed:
        value = scope.variables[name]
        scope.variables[name] = replace(value, others=(*value.others, replace(UNKNOWN, flags=value.flags)))
        scope.ambiguous = True
    shell.repeated = True
    state, _ = shell.maybe(act)
    scope.become(scope.fork(), state)
