"""Reading shell: from a text to every program it could start, in execution order.

    text --grammar--> tree --evaluate (expansion, builtins, makers)--> Invocations and Unknowns

Promises: nothing is skipped silently and nothing escapes as an exception; what cannot be read is an Unknown beside
everything that was found. Refuses: to decide what a program does; wrappers that are programs of their own are not
followed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from agentguard.model.command import Unknown
from agentguard.parse.budget import INPUT_LIMIT, Budget, OverBudget
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell import branches
from agentguard.parse.shell.builtins import NAMES as BUILTIN_NAMES
from agentguard.parse.shell.evaluate import Shell
from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.scope import Scope
from agentguard.surroundings import TooMuch


def invocations(text: str, scope: Scope, budget: Budget) -> Iterator[Invocation | Unknown]:
    """Every simple command of a text after every expansion, in the order they would run.

    Args:
        text: the shell text.
        scope: the shell's state at its beginning; afterwards, its state at the end.
        budget: what may be spent; where it runs out the last item is an Unknown.
    """
    shell = Shell(scope, budget)
    if len(text) > INPUT_LIMIT:
        yield Unknown(f"more than {INPUT_LIMIT} characters of shell", text[:200], anywhere=True)
        return
    told: set[Invocation | Unknown] = set()
    try:
        for _ in branches.commands(shell, parse(text, scope.dialect)):
            yield from _new(shell, told)  # before the next one: its reader spends the same budget, in order
        shell.ended()
    except (OverBudget, TooMuch) as limit:
        shell.found.append(Unknown(str(limit), text[:200], anywhere=True))
    yield from _new(shell, told)


def _new(shell: Shell, told: set[Invocation | Unknown]) -> list[Invocation | Unknown]:
    """What was found since the last time; where something was walked more than once, only what was not told yet."""
    found, shell.found = shell.found, []
    if not shell.repeated:
        return found
    new = []
    for item in found:
        before = len(told)
        told.add(item)  # to ask first would take its digest twice, which is most of the work
        if len(told) > before:
            new.append(item)
    return new


def prelude(paths: Iterable[str], scope: Scope, budget: Budget) -> None:
    """Read files that the shell reads before its line, for what they define; what they run does not count."""
    for path in paths:
        shell = Shell(scope, budget, quiet=True)
        try:
            text = shell.text_of(path)
            if text is not None and len(text) <= INPUT_LIMIT:
                shell.run(parse(text, scope.dialect))
        except (OverBudget, TooMuch):
            continue  # what was defined so far counts; a definition that is missed leaves the program of that name
        finally:
            scope.traps, scope.jumped = (), False


__all__ = ["BUILTIN_NAMES", "Scope", "invocations", "prelude"]
