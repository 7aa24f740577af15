"""SSH keys made on the spot, by the system's own ssh-keygen."""

from __future__ import annotations

import subprocess
from pathlib import Path

from agentguard.broker.signatures import find_ssh_keygen
from agentguard.model.person import Person, person_of

PROGRAM = find_ssh_keygen()


def key(directory: Path, name: str, kind: str = "ed25519") -> Path:
    """A private key without a passphrase; the public half lies beside it."""
    path = directory / name
    if not path.exists():
        words = (PROGRAM, "-q", "-t", kind, "-N", "", "-C", f"{name}@test", "-f", str(path))
        subprocess.run(words, check=True, stdin=subprocess.DEVNULL)
    return path


def public(path: Path) -> str:
    return path.with_name(path.name + ".pub").read_text(encoding="ascii").strip()


def person(directory: Path, name: str, **more: str | tuple[str, ...]) -> Person:
    """A person with a fresh key of their own."""
    options = more.pop("options", "")
    line = f"{options} {public(key(directory, name))}".strip()
    return person_of(name, [line], **more)  # type: ignore[arg-type]
