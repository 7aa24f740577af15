"""Where the text may go one way or another: every way is walked, and what each would leave is kept."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell import expand
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.tree import AndOr, Case, If, Script

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell


def script(shell: Shell, node: Script) -> str:
    """Commands in a row."""
    return "".join(commands(shell, node))


def commands(shell: Shell, node: Script) -> Iterator[str]:
    """Commands in a row, one at a time: the output of each.

    What stands behind an `exit` or `break` may not run, and is read all the same.
    """
    for place, item in enumerate(node.items):
        yield shell.run(item)
        if shell.scope.jumped and place + 1 < len(node.items):
            rest = Script(node.items[place + 1 :])
            shell.scope.jumped = False
            state, text = shell.maybe(partial(shell.run, rest))
            shell.scope.become(shell.scope, state)
            shell.scope.jumped = True
            yield text and UNKNOWN_PART
            return


def and_or(shell: Shell, node: AndOr) -> str:
    """States where it succeeded and where it failed are kept apart, so that `cd x && rm` is read in x alone."""
    before = shell.scope
    output = shell.run(node.first)
    yes: Scope | None = before if shell.status is not False else None
    no: Scope | None = before.fork() if shell.status is not True else None
    for sign, each in node.rest:
        entry = yes if sign == "&&" else no
        live = entry is not None
        shell.scope = (entry or yes or no or before).fork()
        doubtful = live and (no if sign == "&&" else yes) is not None
        text = shell.run(each)
        state, status = shell.scope, shell.status
        if not live:
            continue
        output = output + text if not text or not doubtful else UNKNOWN_PART
        after = [state] if status is not False else []
        failed = [state] if status is not True else []
        yes = _joined(after if sign == "&&" else [*filter(None, [yes]), *after])
        no = _joined(failed if sign == "||" else [*filter(None, [no]), *failed])
    shell.scope = before
    before.become(*[state for state in (yes, no) if state is not None])
    shell.status = True if no is None else False if yes is None else None
    return output


def _joined(states: list[Scope]) -> Scope | None:
    if not states:
        return None
    found = states[0].fork()
    found.become(*(state.fork() for state in states))
    return found


def if_(shell: Shell, node: If) -> str:
    """Every branch, each from the state its condition leaves."""
    left: list[Scope] = []
    outputs = []
    for condition, body in node.arms:
        outputs.append(shell.run(condition))
        state, text = shell.maybe(partial(shell.run, body))
        left.append(state)
        outputs.append(text)
    if node.otherwise is not None:
        state, text = shell.maybe(lambda: shell.run(node.otherwise or Script(())))
        shell.scope.become(state, *left)
        outputs.append(text)
    else:
        shell.scope.become(shell.scope.fork(), *left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""


def case(shell: Shell, node: Case) -> str:
    """Every arm, and what its patterns run."""
    expand.text(shell, node.word)
    left: list[Scope] = [shell.scope.fork()]
    through: Scope | None = None
    outputs = []
    for patterns, body, sign in node.arms:
        for pattern in patterns:
            expand.pattern(shell, pattern)
        if through is not None:
            shell.scope.become(shell.scope.fork(), through)
        state, text = shell.maybe(partial(shell.run, body))
        outputs.append(text)
        left.append(state)
        through = state if sign == ";&" else None
    shell.scope.become(*left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""
