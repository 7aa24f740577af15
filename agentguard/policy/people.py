"""Who may approve, and how long a hold and an approval live: what the files of system and user say together."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from agentguard.model.errors import PolicyError
from agentguard.policy.schema import Lifetimes, Person
from agentguard.policy.source import Owner, Read

STANDARD = Lifetimes()


def people(reads: Sequence[Read]) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """The persons that count, and a warning for each list that does not.

    Where the system lists persons, lists of the user are not heard. Raises PolicyError where a name or a key is
    listed twice: a quorum counts persons, so nobody may be two.
    """
    listing = [read for read in reads if read.file.person]
    heard = [read for read in listing if read.source.owner is Owner.SYSTEM] or listing
    _each_once(heard)
    unheard = (read.source.place for read in listing if read not in heard)
    warnings = tuple(f"persons in {place} do not count: the system lists its own" for place in unheard)
    return tuple(chain.from_iterable(read.file.person for read in heard)), warnings


def _each_once(heard: Sequence[Read]) -> None:
    owners: dict[str, str] = {}
    for read, person in ((r, person) for r in heard for person in r.file.person):
        for mark in (person.name, *dict.fromkeys(map(_bare, person.keys))):
            if mark in owners:
                place = f"{read.source.place}, person `{person.name}`"
                hint = "list each person once, with all their keys, and no key for two"
                raise PolicyError(f"`{mark}` is `{owners[mark]}` already", place=place, hint=hint)
            owners[mark] = person.name


def _bare(line: str) -> str:
    """A key without its comment: what makes it the same key."""
    return " ".join(line.split()[:2])


def lifetimes(reads: Sequence[Read]) -> Lifetimes:
    """The shortest that any file says. Beside files of the system, the user's may shorten and not lengthen."""
    holds = [(read.source.owner, read.file.hold) for read in reads if read.file.hold]
    system = any(read.source.owner is Owner.SYSTEM for read in reads)
    return Lifetimes(
        _shortest([(owner, hold.minutes) for owner, hold in holds], STANDARD.minutes, system=system),
        _shortest([(owner, hold.approval_minutes) for owner, hold in holds], STANDARD.approval_minutes, system=system),
    )


def _shortest(said: list[tuple[Owner, int | None]], standard: int, *, system: bool) -> int:
    minutes = [length for _, length in said if length]
    by_system = any(length and owner is Owner.SYSTEM for owner, length in said)
    bound = [standard] if not minutes or (system and not by_system) else []
    return min(minutes + bound)
