"""Who I am, and who may vote: the two small files in the user's configuration that `init` and `person` write.

Promises: `people.toml` is a policy file like any other and is read back before it replaces the old one; a public key is
looked at before it is taken. Refuses private keys, names that cannot be shown, and a person or key that is listed
already.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from agentguard.broker.places import Places
from agentguard.cli.display import display
from agentguard.model.errors import AgentguardError
from agentguard.policy.people import people
from agentguard.policy.schema import Person
from agentguard.policy.source import Source, read_source

PEOPLE, IDENTITY = "people.toml", "identity.toml"
HEADINGS = {
    PEOPLE: "# Who may vote on held calls. Written by `agentguard person add`; a policy file like any other.\n",
    IDENTITY: "# Who I am, and the key I sign votes with. Written by `agentguard init`.\n",
}
KEY_KINDS = ("ssh-", "ecdsa-sha2-", "sk-ssh-", "sk-ecdsa-")


@dataclass(frozen=True, slots=True)
class Identity:
    """The person at this keyboard: the name they are listed under, and the key they sign with (its path)."""

    name: str
    key: Path


def identity(places: Places) -> Identity | None:
    """Who `init` said I am; None where it was not run. Raises AgentguardError for a file that is broken."""
    path = places.config / IDENTITY
    if not path.exists():
        return None
    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
        return Identity(str(told["name"]), Path(str(told["key"])).expanduser())
    except (OSError, ValueError, KeyError) as error:
        hint = "remove it and run `agentguard init` again"
        raise AgentguardError(f"this does not say who you are ({error!r})", place=str(path), hint=hint) from error


def remember(places: Places, me: Identity) -> None:
    """Write down who I am."""
    _write(places.config / IDENTITY, f"{HEADINGS[IDENTITY]}name = {_quoted(me.name)}\nkey = {_quoted(str(me.key))}\n")


def listed(places: Places) -> tuple[Person, ...]:
    """The persons of this user's own list."""
    path = places.config / PEOPLE
    return read_source(Source(str(path), path.read_text(encoding="utf-8"))).file.person if path.exists() else ()


def add(places: Places, person: Person) -> None:
    """Put a person on the list. Raises AgentguardError where name or key is on it already."""
    path = places.config / PEOPLE
    before = path.read_text(encoding="utf-8") if path.exists() else HEADINGS[PEOPLE]
    after = before + _entry(person)
    people([read_source(Source(str(path), after))])
    _write(path, after)


def public_key(path: Path) -> str:
    """The public key in a file, as one line. Raises AgentguardError where there is none."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise AgentguardError(f"this key cannot be read ({error})", place=str(path)) from error
    if "PRIVATE KEY" in text:
        raise AgentguardError("this is a private key", place=str(path), hint=f"give the public one: {path}.pub")
    if "\n" in text or not _is_public_key(text.split()):
        hint = "a line like `ssh-ed25519 AAAA… name`; `ssh-keygen -t ed25519` makes one"
        raise AgentguardError("this is no SSH public key", place=str(path), hint=hint)
    return text


def private_key(path: Path) -> Path:
    """The key to sign with, for a public key's path: the private one beside it, else itself (the agent holds it)."""
    beside = path.with_suffix("") if path.suffix == ".pub" else path
    return (beside if beside.exists() else path).absolute()


def _is_public_key(words: list[str]) -> bool:
    """The kind stands before the key and once more inside it."""
    if len(words) < 2 or not words[0].startswith(KEY_KINDS):
        return False
    try:
        inside = base64.b64decode(words[1], validate=True)
    except binascii.Error:
        return False
    return inside[4 : 4 + len(words[0])] == words[0].encode()


def _entry(person: Person) -> str:
    keys = ", ".join(map(_quoted, person.keys))
    roles = f"roles = [{', '.join(map(_quoted, person.roles))}]\n" if person.roles else ""
    return f"\n[[person]]\nname = {_quoted(person.name)}\nkeys = [{keys}]\n{roles}"


def _quoted(text: str) -> str:
    """A TOML string; what cannot be seen cannot be a name."""
    if display(text) != text:
        raise AgentguardError(f"`{display(text)}` holds characters that cannot be seen", hint="choose a plain name")
    return json.dumps(text, ensure_ascii=False)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    fresh.write_text(text, encoding="utf-8")
    fresh.chmod(0o600)
    os.replace(fresh, path)
