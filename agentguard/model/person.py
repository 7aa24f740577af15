"""Who may approve: persons, by the SSH keys that are theirs.

Promises: a name and a key belong to one person each, so that a quorum counts persons; the requester is found by their
OS user, their name or a key of theirs. Refuses what is no whole public key: a fingerprint verifies no signature.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations

from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker

NAME = r"^[A-Za-z0-9][A-Za-z0-9._@-]*$"  # no pattern, blank or comma: ssh-keygen reads a name as a list of patterns
_KEY = re.compile(
    r'(?P<options>(?:valid-(?:after|before)="\d{8,14}Z?",?){0,2})\s*'
    r"(?P<kind>(?:ssh|ecdsa|sk-ssh|sk-ecdsa)-[a-z0-9@.-]+) (?P<blob>[A-Za-z0-9+/]+={0,2})(?: .*)?"
)


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
        hint = "give the whole line of a .pub file, `ssh-ed25519 AAAA…`; a fingerprint verifies no signature"
        raise AgentguardError(f"this is no public SSH key: {line.strip()[:40]!r}", hint=hint)
    return PublicKey(match["kind"], match["blob"], match["options"].rstrip(","))


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may approve. `os_user` is their account on this machine, empty where they have none.

    `also` is an account that only the user's own list gives them: it can make them a requester, and nothing else.
    """

    name: str
    keys: tuple[PublicKey, ...]
    os_user: str = ""
    roles: tuple[str, ...] = ()
    also: str = ""

    def owns(self, os_user: str) -> bool:
        """Is this their account? Where none is listed for them, one that is called like them is."""
        return bool(os_user) and os_user in (self.os_user or self.name, self.also)

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
