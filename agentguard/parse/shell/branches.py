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
    yes, no = _ends(shell, before)
    for sign, each in node.rest:
        entry = yes if sign == "&&" else no
        live = entry is not None
        shell.scope = (entry or yes or no or before).fork()
        doubtful = live and (no if sign == "&&" else yes) is not None
        text = shell.run(each)
        after, failed = _ends(shell, shell.scope)
        if not live:
            continue
        output = output + text if not text or not doubtful else UNKNOWN_PART
        yes = _joined(after) if sign == "&&" else _joined(yes, after)
        no = _joined(failed) if sign == "||" else _joined(no, failed)
    shell.scope = before
    before.become(*[state for state in (yes, no) if state is not None])
    shell.status = True if no is None else False if yes is None else None
    return output


def _ends(shell: Shell, state: Scope) -> tuple[Scope | None, Scope | None]:
    """The state where the last command succeeded, and where it failed; None where it cannot have."""
    yes = state if shell.status is not False else None
    no = state.fork() if shell.status is not True else None
    if shell.parted and yes and no:
        yes.cwds, no.cwds = shell.parted[:1], shell.parted[1:]
    shell.parted = None
    return yes, no


def _joined(*ways: Scope | None) -> Scope | None:
    states = [way for way in ways if way is not None]
    if not states:
        return None
    found = states[0].fork()
    found.become(found, *states[1:])
    return found


def if_(shell: Shell, node: If) -> str:
    """Every branch, each from the state its condition leaves."""
    left: list[Scope] = []
    outputs = []
    for condition, body in node.arms:
        outputs.append(shell.run(condition))
        parted, shell.parted = shell.parted, None
        state, text = shell.maybe(partial(_from, shell, parted and parted[0], body))
        left.append(state)
        outputs.append(text)
        shell.scope.cwds = parted[1:] if parted else shell.scope.cwds
    if node.otherwise is not None:
        state, text = shell.maybe(lambda: shell.run(node.otherwise or Script(())))
        shell.scope.become(state, *left)
        outputs.append(text)
    else:
        shell.scope.become(shell.scope, *left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""


def _from(shell: Shell, cwd: str | None, body: Script) -> str:
    """Walk a body in the directory that its condition leads to."""
    shell.scope.cwds = (cwd,) if cwd else shell.scope.cwds
    return shell.run(body)


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
            shell.scope.become(shell.scope, through)
        state, text = shell.maybe(partial(shell.run, body))
        outputs.append(text)
        left.append(state)
        through = state if sign == ";&" else None
    shell.scope.become(*left)
    shell.status = None
    return UNKNOWN_PART if any(outputs) else ""
