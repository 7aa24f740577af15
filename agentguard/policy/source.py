"""The text of one policy file, and what it says once it is read. Well formed or refused; nothing is guessed."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from pydantic import ValidationError

from agentguard.model.errors import PolicyError
from agentguard.model.verdict import Action
from agentguard.policy.complaint import complaint
from agentguard.policy.examples import Planner, check_examples
from agentguard.policy.schema import Loaded, PolicyFile, check_sound

FILES_KEPT = 64  # files that are kept as read: a broker looks at them again for every call


class Owner(StrEnum):
    """Whose file it is. Persons of the system make those of users void; a project may name none."""

    SHIPPED = "shipped"
    SYSTEM = "system"
    USER = "user"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Source:
    """The text of one policy file, the place to name in messages, and whose file it is."""

    place: str
    text: str
    owner: Owner = Owner.USER


@dataclass(frozen=True, slots=True)
class Read:
    """One file that was read and is well formed."""

    source: Source
    file: PolicyFile

    @property
    def ids(self) -> frozenset[str]:
        return frozenset(rule.id for rule in self.file.rule)


@lru_cache(maxsize=FILES_KEPT)
def read_source(source: Source) -> Read:
    """A file's text as values. Raises PolicyError."""
    try:
        raw = tomllib.loads(source.text)
    except (ValueError, RecursionError) as error:  # no TOML, a number of a thousand digits, lists in lists in lists
        raise PolicyError(f"this is not TOML ({error})", place=source.place) from error
    try:
        file = PolicyFile.model_validate(raw)
    except ValidationError as error:
        raise complaint(error, source.place, raw) from error
    for rule in file.rule:
        check_sound(rule, source.place)
    read = Read(source, file)
    check_ids([read])
    return read


def check_ids(reads: Sequence[Read]) -> None:
    """Raise PolicyError where two rules have one id: a verdict names the rule that decided."""
    seen: dict[str, str] = {}
    for read, rule in ((r, rule) for r in reads for rule in r.file.rule):
        if rule.id in seen:
            place = f"{read.source.place}, rule `{rule.id}`"
            raise PolicyError("another rule has this id", place=place, hint=f"the other one is in {seen[rule.id]}")
        seen[rule.id] = read.source.place


def tightening(read: Read) -> Read:
    """The file, once it is sure that it only tightens. Raises PolicyError."""
    for rule in read.file.rule:
        if rule.action is Action.ALLOW:
            place = f"{read.source.place}, rule `{rule.id}`"
            hint = 'this file can only tighten: use ask, hold or block, or make it a base of its own (`base = "own"`)'
            raise PolicyError("only the base may allow", place=place, hint=hint)
    return read


def loaded(read: Read, planner: Planner | None) -> Loaded:
    """Run the examples of a file, where there is a planner, and say what it gave. Raises PolicyError."""
    ran = sum(check_examples(rule, read.source.place, planner) for rule in read.file.rule) if planner else 0
    return Loaded(read.source.place, len(read.file.rule), ran, len(read.file.person))
