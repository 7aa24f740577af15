"""Loops. A known list is walked item by item; other loops once, and once more with what the first round changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Unknown
from agentguard.parse.shell import arithmetic, expand
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.tree import For, ForArithmetic, Script, While, Written
from agentguard.parse.shell.values import UNKNOWN

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

HELD_LIMIT = 16  # rounds of a condition that is known to hold
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
    scope.become(scope, *left)
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
    shell.scope.become(shell.scope, state)
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
    shell.scope.become(shell.scope, *left)
    shell.status = None
    return UNKNOWN_PART if left and any(output) else "".join(output)


def _number(shell: Shell, clause: Written) -> int | None:
    """The value of a clause; None where it is not known or empty, which means true."""
    text = expand.text(shell, clause)
    return arithmetic.number(shell, text) if text.strip() else None


def while_(shell: Shell, node: While) -> str:
    """`while` and `until`. Where the condition reads known lines, a round for each of them."""
    scope, found = shell.scope, len(shell.found)
    before, entry = scope.fork(), (scope.stdin, scope.blurred)
    output = _rounds(shell, node, before)
    fed = scope.stdin_file and entry[0] is None
    if fed and (scope.blurred > entry[1] or any(isinstance(item, Unknown) for item in shell.found[found:])):
        text = shell.text_of(scope.stdin_file)  # what the lines of the file say decides what runs
        if text is not None:
            del shell.found[found:]
            scope.become(before)
            scope.stdin = text
            return _rounds(shell, node, scope.fork())
    return output


def _rounds(shell: Shell, node: While, before: Scope) -> str:
    """A round for each line of a known input, or while the condition is known to hold; else one, and one more."""
    whole = Script((node.condition, node.body))
    scope, left, output, entered, reads = shell.scope, [], [], False, True
    for rounds in range(ROUND_LIMIT):
        text, start = scope.stdin, scope.fork()
        output.append(shell.run(node.condition))
        holds = None if shell.status is None else shell.status != node.until
        if holds is False and rounds:
            break
        entered, reads = entered or bool(holds), reads and scope.stdin != text
        output.append(shell.run(node.body))
        jumped = _jumped(scope)
        left += jumped
        fed = text and scope.stdin and scope.stdin != text
        if not fed and (not holds or jumped or rounds >= HELD_LIMIT or not _changed(scope, start)):
            break
    shell.repeated = True
    read_all = reads and bool(before.stdin) and scope.stdin == ""  # the condition took a line each time
    if not (read_all or entered):
        left.append(before.fork())
    if not read_all and holds is not False:
        _again(shell, lambda: shell.run(whole), before)
    scope.become(scope, *left)
    shell.status = None
    return "".join(output) if read_all and not left else UNKNOWN_PART if any(output) else ""


def _changed(scope: Scope, before: Scope) -> bool:
    """Whether a round left another state than it found, variables that nobody knows aside."""
    return (scope.functions, scope.cwds, scope.positional) != (before.functions, before.cwds, before.positional) or any(
        value != before.variables.get(name) and UNKNOWN_PART not in (value.text or "")
        for name, value in scope.variables.items()
    )


def _again(shell: Shell, act: Callable[[], str], before: Scope, kept: tuple[str, ...] = ()) -> None:
    """One more round, in which whatever the first one changed may have any value."""
    scope = shell.scope
    changed = [
        name
        for name, value in scope.variables.items()
        if name not in kept and value != before.variables.get(name) and UNKNOWN_PART not in (value.text or "")
    ]
    if not changed and not _changed(scope, before):
        return
    if scope.positional != before.positional:
        scope.positional = (UNKNOWN_PART,) * max(len(scope.positional), len(before.positional))
    if scope.cwds != before.cwds:
        scope.cwds, scope.ambiguous = (*dict.fromkeys((*scope.cwds, UNKNOWN_PART)),), True
    for name in changed:
        value = scope.variables[name]
        scope.variables[name] = replace(value, others=(*value.others, replace(UNKNOWN, flags=value.flags)))
        scope.ambiguous = True
    shell.repeated = True
    state, _ = shell.maybe(act)
    scope.become(scope, state)
