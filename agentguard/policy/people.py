"""Who may approve, and how long a hold and an approval live: what the files of system and user say together."""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.model.errors import AgentguardError, PolicyError
from agentguard.model.person import People, Person, checked, person_of
from agentguard.policy.schema import Lifetimes
from agentguard.policy.source import Owner, Read

STANDARD = Lifetimes()


def people(reads: Sequence[Read]) -> tuple[tuple[Person, ...], tuple[str, ...]]:
    """The persons that count, and a warning for each list that does not.

    Where the system lists persons, lists of the user are not heard. Raises PolicyError for what is no person, and
    where a name, account or key is listed twice: a quorum counts persons, so nobody may be two.
    """
    listing = [read for read in reads if read.file.person]
    heard = [read for read in listing if read.source.owner is Owner.SYSTEM] or listing
    persons: tuple[Person, ...] = ()
    for read, entry in [(r, entry) for r in heard for entry in r.file.person]:
        place = f"{read.source.place}, person `{entry.name}`"
        try:
            person = person_of(entry.name, entry.keys, entry.os_user, entry.roles)
            persons = checked(People((*persons, person))).persons
        except AgentguardError as error:
            raise PolicyError(error.problem, place=place, hint=error.hint) from error
    unheard = (read.source.place for read in listing if read not in heard)
    return persons, tuple(f"persons in {place} do not count: the system lists its own" for place in unheard)


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
