"""Whose list of persons counts, and the file that a list stands in.

Promises: where the system lists persons (`/etc/agentguard/people.toml`), nobody else's list is heard. Refuses a list of
the system's that anybody but root could have written.
"""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentguard.model.errors import AgentguardError
from agentguard.model.person import NAME, People, Person, checked, person_of

PEOPLE = "people.toml"  # in the directory of the system, and in that of the user
WRITABLE = 0o022  # by group or others


class Entry(BaseModel):
    """One `[[person]]` of people.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=NAME, max_length=64)]
    os_user: Annotated[str, Field(max_length=64)] = ""
    keys: Annotated[tuple[str, ...], Field(min_length=1)]
    roles: tuple[str, ...] = ()


class File(BaseModel):
    """All of people.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    person: tuple[Entry, ...] = ()


def read_people(path: Path) -> People:
    """The people of one file; nobody where there is none. Raises AgentguardError where it does not load."""
    try:
        file = File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return People(place=str(path))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise AgentguardError(f"this list of persons does not load ({error})", place=str(path)) from error
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(map(str, first["loc"]))
        raise AgentguardError(f"{first['msg']} at `{key}`", place=str(path)) from error
    persons = tuple(person_of(entry.name, entry.keys, entry.os_user, entry.roles) for entry in file.person)
    return checked(People(persons, str(path)))


def listed_people(own: Path, system: Path, policy: tuple[Person, ...] = ()) -> People:
    """Whoever counts: the system's list, else the persons of the policy, else the user's own list.

    A person of the policy also has the account that the user's own list gives to one of their keys.
    """
    if _only_roots(system):
        return read_people(system)
    mine = read_people(own)
    if not policy:
        return mine
    return checked(People(tuple(_with_account(person, mine) for person in policy), "the policy"))


def _with_account(person: Person, mine: People) -> Person:
    prints = {key.fingerprint for key in person.keys}
    account = next((m.os_user for m in mine.persons if any(m.has_key(print_) for print_ in prints)), "")
    return replace(person, also=account)


def _only_roots(path: Path) -> bool:
    """Is there such a file? Raises AgentguardError where anybody but root could have written it."""
    if not os.path.lexists(path):
        return False
    for place in (path, path.parent):
        facts = place.stat()
        if facts.st_uid != 0 or facts.st_mode & WRITABLE:
            hint = f"`chown root {place}; chmod go-w {place}`"
            raise AgentguardError("this list could have been written by others than root", place=str(place), hint=hint)
    return True


def write_people(path: Path, people: People) -> None:
    """Write people.toml (0600), whole or not at all. Raises OSError."""
    write_private(path, "\n".join(_table(person) for person in people.persons))


def _table(person: Person) -> str:
    rows = (
        ("name", person.name),
        ("os_user", person.os_user),
        ("keys", [str(key) for key in person.keys]),
        ("roles", list(person.roles)),
    )
    told = (f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in rows if value)
    return "[[person]]\n" + "".join(told)


def write_private(path: Path, text: str) -> None:
    """Replace a file by one that only its owner reads."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # mkstemp makes it 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(descriptor)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
