"""Who I am at this keyboard, and the list of persons that `init` and `person add` write.

Promises: a list is read back, each person once, before it replaces the old one. Refuses private keys: of a key pair
only the public half is ever read.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agentguard.broker.people import PEOPLE, read_people, write_people, write_private
from agentguard.broker.places import Places
from agentguard.broker.seat import make_private
from agentguard.model.errors import AgentguardError
from agentguard.model.person import People, Person, person_of

IDENTITY = "identity.toml"


@dataclass(frozen=True, slots=True)
class Identity:
    """The person at this keyboard: the name they are listed under, and the key they sign with (its path)."""

    name: str
    key: Path


def identity(places: Places) -> Identity | None:
    """Who `init` said I am; None where it was not run. Raises AgentguardError for a file that is broken."""
    path = places.config / IDENTITY
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return Identity(str(told["name"]), Path(str(told["key"])))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError) as error:
        hint = "remove it and run `agentguard init` again"
        raise AgentguardError(f"this does not say who you are ({error!r})", place=str(path), hint=hint) from error


def remember(places: Places, me: Identity) -> None:
    """Write down who I am."""
    told = {"name": me.name, "key": str(me.key)}
    rows = (f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in told.items())
    write_private(places.config / IDENTITY, "".join(rows))


def own_list(places: Places) -> People:
    """The persons of this user's own list. Raises AgentguardError where it does not load."""
    return read_people(places.config / PEOPLE)


def add(places: Places, person: Person) -> None:
    """Put a person on the user's own list. Raises AgentguardError where name, account or key is on it already."""
    longer = own_list(places).with_person(person)
    make_private(places.config)
    write_people(places.config / PEOPLE, longer)


def person_with(name: str, key: Path, roles: Sequence[str], os_user: str = "") -> Person:
    """A person by the public key in a file. Raises AgentguardError for a name or key that cannot be one."""
    try:
        text = key.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AgentguardError(f"this key cannot be read ({error.strerror})", place=str(key)) from error
    except ValueError as error:
        raise AgentguardError("this is no public key, but bytes", place=str(key)) from error
    if "PRIVATE KEY" in text:
        raise AgentguardError("this is a private key", place=str(key), hint=f"give its public half, {key}.pub")
    return person_of(name, (text,), os_user, roles)


def signing_key(path: Path) -> Path:
    """The key to sign with, for either half's path: the private one where it lies there, else the agent holds it."""
    private = path.with_suffix("") if path.suffix == ".pub" else path
    return (private if private.exists() else path).absolute()
