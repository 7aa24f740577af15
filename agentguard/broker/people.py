"""Who may approve: persons, by the SSH keys that are theirs.

Promises: a name and a key belong to one person each, so that a quorum counts persons; the requester is found by their
OS user, their name or a key of theirs. Where the system lists persons (`/etc/agentguard/people.toml`), nobody else's
list is heard. Refuses a list of the system's that anybody but root could have written.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import re
import tempfile
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker

NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]*$"  # no pattern, blank or comma: ssh-keygen reads a name as a list of patterns
SYSTEM = Path("/etc/agentguard/people.toml")
_KEY = re.compile(
    r'(?P<options>(?:valid-(?:after|before)="\d{8,14}Z?",?){0,2})\s*'
    r"(?P<kind>(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) (?P<blob>[A-Za-z0-9+/]+={0,2})(?: .*)?"
)
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


@dataclass(frozen=True, slots=True)
class PublicKey:
    """One public key. `options` are those of an allowed_signers line: `valid-after="…"`, `valid-before="…"`."""

    kind: str
    blob: str
    options: str = ""

    @property
    def fingerprint(self) -> str:
        return fingerprint(base64.b64decode(self.blob))

    def __str__(self) -> str:
        return f"{self.options} {self.kind} {self.blob}".strip()


def fingerprint(blob: bytes) -> str:
    """The SHA-256 fingerprint of a key's blob, as ssh-keygen prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")


def public_key(line: str) -> PublicKey:
    """The key of a line as in `id_ed25519.pub`, options allowed in front. Raises AgentguardError for anything else."""
    match = _KEY.fullmatch(line.strip())
    try:
        blob = base64.b64decode(match["blob"], validate=True) if match else b""
    except binascii.Error:
        blob = b""
    if match is None or not blob.startswith(len(match["kind"]).to_bytes(4, "big") + match["kind"].encode()):
        hint = "give the line of a .pub file: `ssh-ed25519 AAAA…`"
        raise AgentguardError(f"this is no public SSH key: {line.strip()[:40]!r}", hint=hint)
    return PublicKey(match["kind"], match["blob"], match["options"].rstrip(","))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may approve. `os_user` is their account on this machine, empty where they have none."""

    name: str
    keys: tuple[PublicKey, ...]
    os_user: str = ""
    roles: tuple[str, ...] = ()

    def owns(self, os_user: str) -> bool:
        """Is this their account? Where none is listed for them, one that is called like them is."""
        return bool(os_user) and os_user == (self.os_user or self.name)

    def has_key(self, print_: str) -> bool:
        return any(key.fingerprint == print_ for key in self.keys)


@dataclass(frozen=True, slots=True)
class People:
    """Everybody who is listed, and `place`, the file that says so."""

    persons: tuple[Person, ...] = ()
    place: str = ""

    def named(self, name: str) -> Person | None:
        return next((person for person in self.persons if person.name == name), None)

    def of_user(self, os_user: str) -> Person | None:
        """The person whose account this is, if any."""
        return next((person for person in self.persons if person.owns(os_user)), None)

    def is_requester(self, person: Person, asker: Asker) -> bool:
        """Did this person, or their account, ask? Then they may not approve."""
        return person.name == asker.person or person.owns(asker.os_user)

    def approvers(self, asker: Asker, roles: Iterable[str] = ()) -> tuple[Person, ...]:
        """Those who may approve a call of `asker`: they have all of `roles` and did not ask themselves."""
        needed = set(roles)
        return tuple(p for p in self.persons if not self.is_requester(p, asker) and needed <= set(p.roles))

    def allowed_signers(self, namespace: str) -> str:
        """The text of an allowed_signers file for ssh-keygen, good for one namespace."""
        lines = ((p.name, ",".join(filter(None, (f'namespaces="{namespace}"', key.options))), key) for p in self.persons
                 for key in p.keys)  # fmt: skip
        return "".join(f"{name} {options} {key.kind} {key.blob}\n" for name, options, key in lines)

    def with_person(self, person: Person) -> People:
        """These and one more. Raises AgentguardError where the name, account or a key is somebody's already."""
        return checked(replace(self, persons=(*self.persons, person)))


def checked(people: People) -> People:
    """The same people, each of them only once. Raises AgentguardError."""
    for one, other in combinations(people.persons, 2):
        shared = {key.fingerprint for key in one.keys} & {key.fingerprint for key in other.keys}
        same = one.name.lower() == other.name.lower() or (one.os_user and one.os_user == other.os_user)
        if shared or same:
            hint = "list each person once, with all their keys, and no key or account for two"
            raise AgentguardError(f"{one.name} and {other.name} would be one person", place=people.place, hint=hint)
    return people


def person_of(name: str, keys: Iterable[str], os_user: str = "", roles: Iterable[str] = ()) -> Person:
    """A person from what was typed. Raises AgentguardError for a name or key that cannot be one."""
    if not re.fullmatch(NAME, name):
        raise AgentguardError(f"`{name}` cannot be a person's name", hint="letters, digits and . _ @ - are allowed")
    return Person(name, tuple(map(public_key, keys)), os_user, tuple(roles))


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


def listed_people(own: Path, system: Path = SYSTEM, policy: tuple[Person, ...] = ()) -> People:
    """Whoever counts: the system's list, else the persons of the policy, else the user's own list.

    A person of the policy has the account that the user's own list gives to one of their keys.
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
    return replace(person, os_user=person.os_user or account)


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
