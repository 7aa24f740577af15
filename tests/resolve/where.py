"""Asks a resolver about one command line on a machine made of values."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from agentguard.model.command import Command, Option, Via, Word
from agentguard.model.effect import Effect, Verb
from agentguard.model.environment import Environment, Names, Pattern, Tier
from agentguard.policy.names import SORTS, shipped_names
from agentguard.resolve import resolve
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox

HOME = "/home/dev"
CWD = "/home/dev/work/shop"
FLAGS = frozenset(
    "-A --current --all-namespaces --force --delete --mirror --tags --all --prod --local --no-defaults".split()
)


def command(line: str, *, depth: int = 0, via: Sequence[Via] = (), cwd: str = CWD) -> Command:
    """A Command read plainly: leading NAME=value, options (all but FLAGS take the next word), `depth` path words."""
    words = shlex.split(line)
    variables: list[tuple[str, Word | None]] = []
    while "=" in words[0] and not words[0].startswith("-"):
        name, _, value = words.pop(0).partition("=")
        variables.append((name, Word(value)))
    program, rest = words[0], iter(words[1:])
    options: list[Option] = []
    operands: list[Word] = []
    for word in rest:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            operands.append(Word(word))
        elif equals:
            options.append(Option(name, Word(value)))
        else:
            options.append(Option(word, None if word in FLAGS else Word(next(rest, ""))))
    path = tuple(word.text for word in operands[:depth])
    return Command(
        program, tuple(map(Word, words)), path, tuple(options), tuple(operands[depth:]),
        via=tuple(via), cwd=cwd, variables=tuple(variables),
    )  # fmt: skip


def where(
    at: str,
    line: str | Command,
    *,
    env: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    listeners: Mapping[int, tuple[str, ...]] | None = None,
    effect: Effect | None = None,
    depth: int = 0,
    names: Names | None = None,
) -> Environment:
    """The environment that the first target of a destructive effect lies in. `~/` stands for the home in file names."""
    asked = line if isinstance(line, Command) else command(line, depth=depth)
    known = {placed(name): text for name, text in (files or {}).items()}
    machine = Memory(known, {"HOME": HOME, **(env or {})}, listeners=listeners or {})
    effect = effect or Effect(Verb.DELETE, "thing")
    aimed = Effect(effect.verb, effect.kind, effect.objects, effect.reach, whole=effect.whole, at=at, source=asked)
    return resolve(aimed, Surroundings(machine, CWD), Toolbox({}, names or shipped_names()))[0].environment


def acting(kind: str, *objects: str, verb: Verb = Verb.DELETE, whole: bool = False) -> Effect:
    """An effect on named objects."""
    return Effect(verb, kind, objects, whole=whole)


def claiming(tier: str, key: str, *texts: str) -> Names:
    """The shipped names, and a team's own patterns."""
    sort = SORTS[key]
    own = tuple(Pattern(sort, text, Tier(tier), tier) for text in texts)
    return Names(shipped_names().patterns + own)


def placed(name: str) -> str:
    """A path of the home (`~/…`) or of the working directory, absolute."""
    return f"{HOME}/{name[2:]}" if name.startswith("~/") else name if name.startswith("/") else f"{CWD}/{name}"
