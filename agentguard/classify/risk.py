"""Members of a request that make a harmless sub-command dangerous: a protection that is off, a count of none."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from fnmatch import fnmatchcase

from agentguard.classify.members import ANY, Keys, members
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Verb
from agentguard.parse.documents import plain
from agentguard.tools.schema import Risk, Row, Tool

SHORTEST = 5  # letters of an option's beginning that may stand for it


def risked(effect: Effect, tool: Tool, command: Command) -> Effect:
    """The effect with every risk of its table that the request has, the later ones winning."""
    if not tool.risk or effect.verb is Verb.READ:
        return effect
    found: dict[int, Risk] = {}
    known = {plain(option.name) for option in command.options if tool.spells(option.name, command.path)}
    for keys, value in members(command):
        for member, glob, place in _candidates(tool, keys[0], known):
            if effect.verb in tool.risk[place].of and _is(keys, value, member, glob):
                found[place] = tool.risk[place]
    for place in sorted(found):
        effect = _raised(effect, found[place])
    return effect


def unread(effect: Effect, tool: Tool, row: Row | None, command: Command) -> Effect:
    """The effect of a sub-command whose request cannot be read, where that decides: a change, or something carried."""
    hidden = [o for o in command.options if o.name in tool.options.request and o.contents and not o.contents.known]
    decides = effect.verb is Verb.MODIFY or (row is not None and bool(row.carries))
    if not hidden or not decides:
        return effect
    return replace(effect, verb=Verb.UNKNOWN, because=f"its request stands in {hidden[0].value}, which cannot be read")


def _candidates(tool: Tool, name: str, known: set[str]) -> Iterable[tuple[Keys, str, int]]:
    """The members whose option is called so; or begins so, where the tool takes beginnings and knows no such option."""
    exact = tool.risks.get(name, ())
    if exact or not tool.options.abbreviate or name in known or len(name) < SHORTEST:
        return exact
    return [entry for first, entries in tool.risks.items() if first.startswith(name) for entry in entries]


def _is(keys: Keys, value: str, member: Keys, glob: str) -> bool:
    if value == ANY and len(keys) <= len(member):
        return all(want in (key, "*") for key, want in zip(keys[1:], member[1:], strict=False))
    if len(keys) != len(member) or not all(want in (key, "*") for key, want in zip(keys[1:], member[1:], strict=True)):
        return False
    return ANY in value or fnmatchcase(value, glob)


def _raised(effect: Effect, risk: Risk) -> Effect:
    return replace(
        effect,
        verb=risk.verb or effect.verb,
        reach=risk.reach or effect.reach,
        undo=risk.undo or effect.undo,
        whole=risk.whole or effect.whole,
        because=risk.because or effect.because,
        safer=risk.safer or effect.safer,
    )
