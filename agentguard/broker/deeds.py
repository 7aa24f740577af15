"""What a plan would have done, command by command: so that a program can be recognised as part of a line. Pure.

Promises: a program is part of a line only where the line's plan has the same words in the same directory, and each
thing the program would do is one the plan has for it, to the same object in the same environment. A word that is made
at run time is recognised by nobody: such a program is judged in full. What is piped into a program nobody sees; it is
what the line pipes into it where the line starts nothing but what was read, and so nobody else could have started it.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterator
from dataclasses import dataclass

from agentguard.model.command import Command, Unknown
from agentguard.model.effect import Class, Effect, Verb
from agentguard.model.verdict import Finding, Plan


@dataclass(frozen=True, slots=True)
class Deed:
    """One effect of one command: the words that start it, its directory, what it does and where."""

    words: tuple[str, ...]
    cwd: str
    what: tuple[str, ...]
    places: frozenset[tuple[str, ...]]

    @property
    def told(self) -> bool:
        """Is it known what it does. `psql` with SQL piped into it is not."""
        return bool(self.what)


def deeds(plan: Plan) -> frozenset[Deed]:
    """What the commands of a plan do, each where all its words are known."""
    return frozenset(deed for finding in plan.findings if (deed := _deed(finding)) is not None)


def is_read_whole(plan: Plan) -> bool:
    """Does it start nothing whose inside nobody has read."""
    return not any(finding.effect.verb in (Verb.EXECUTE, Verb.UNKNOWN) for finding in plan.findings)


def part_of(plan: Plan, line: frozenset[Deed], *, whole: bool) -> frozenset[Deed]:
    """The deeds of `line` that a program's plan is made of; empty where it does anything that the line does not.

    `whole` tells that the line was read whole.
    """
    found: set[Deed] = set()
    for finding in plan.findings:
        if finding.class_ is Class.READ:
            continue
        deed = _deed(finding)
        same = next((one for one in line if _is_same(deed, one, whole=whole)), None) if deed else None
        if same is None:
            return frozenset()
        found.add(same)
    return frozenset(found)


def _is_same(deed: Deed, one: Deed, *, whole: bool) -> bool:
    alike = (one.words, one.cwd) == (deed.words, deed.cwd) and deed.places <= one.places
    return alike and (one.what == deed.what or (whole and not deed.told))


def _deed(finding: Finding) -> Deed | None:
    command = _command(finding.effect)
    if command is None or not command.argv or not _is_known(command):
        return None
    program, *words = (word.text for word in command.argv)
    places = frozenset(_places(finding, named=_is_told(finding.effect)))
    return Deed((os.path.basename(program), *words), command.cwd, _what(finding.effect), places)


def _is_known(command: Command) -> bool:
    return bool(command.cwd) and command.landing is None and all(word.known for word in command.argv)


def _command(effect: Effect) -> Command | None:
    source = effect.source
    return source if source is None or isinstance(source, Command) else source.carrier


def _is_told(effect: Effect) -> bool:
    return not isinstance(effect.source, Unknown)


def _what(effect: Effect) -> tuple[str, ...]:
    if not _is_told(effect):
        return ()
    return (effect.verb, effect.kind, effect.reach, effect.undo, str(effect.whole), *effect.objects)


def _places(finding: Finding, *, named: bool) -> Iterator[tuple[str, ...]]:
    """Each environment with what told it: two that nobody has a name for are the same by that alone."""
    for target in finding.targets:
        there = target.environment
        environment = (there.name, str(there.tier), *map(str, there.evidence))
        yield environment
        if named:
            yield (*environment, target.kind, target.name)
