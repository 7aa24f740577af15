"""SSH signatures over ballots, made and checked by OpenSSH's own `ssh-keygen`.

Promises: a signature counts only in our namespace, over exactly these bytes, by a key that is listed for that person,
valid now and not revoked. The program is an absolute, root-owned one, never looked up in PATH, and gets no environment
of ours: a script called ssh-keygen that exits 0 would pass every vote.
"""

from __future__ import annotations

import base64
import os
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from agentguard.broker.people import WRITABLE, write_private
from agentguard.model.errors import AgentguardError, Refused
from agentguard.model.person import People, fingerprint

NAMESPACE = "agentguard-vote-v1"
PROGRAMS = ("/usr/bin/ssh-keygen", "/bin/ssh-keygen", "/run/current-system/sw/bin/ssh-keygen")
SIGNATURE_LIMIT = 1 << 14  # characters: the largest RSA signature is a third of that
SECONDS = 10  # one check takes 5 ms; a program that hangs is a no
BARE = {"LC_ALL": "C"}
BEGIN, END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
MAGIC = b"SSHSIG\x00\x00\x00\x01"
TOUCHED = 0x01  # flag in a FIDO signature: somebody touched the key (OpenSSH's PROTOCOL.u2f)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The key that made a signature. `hardware`: it lives in a token, and that was touched."""

    fingerprint: str
    hardware: bool


class Verifier(Protocol):
    """Checks a signature. Raises Refused where it does not count, with the reason."""

    def signer(self, body: bytes, signature: str, person: str, people: People) -> SigningKey: ...


def find_ssh_keygen(candidates: Sequence[str] = PROGRAMS) -> str:
    """The path of an ssh-keygen that only root can have put there. Raises AgentguardError."""
    for candidate in candidates:
        real = os.path.realpath(candidate)
        try:
            facts = os.stat(real)
        except OSError:
            continue
        if facts.st_uid == 0 and not facts.st_mode & WRITABLE and os.access(real, os.X_OK):
            return real
    raise AgentguardError(
        "there is no ssh-keygen that belongs to root", place=", ".join(candidates), hint="install OpenSSH 8.2 or later"
    )


def sign(body: bytes, key: Path, program: str | None = None) -> str:
    """The armoured signature over `body` with a private key, or a public one whose private half ssh-agent has.

    Asks on the terminal for a passphrase or a touch where the key needs one. Raises AgentguardError.
    """
    words = (program or find_ssh_keygen(), "-q", "-Y", "sign", "-f", str(key), "-n", NAMESPACE)
    with tempfile.TemporaryDirectory() as scratch:
        ballot = Path(scratch) / "ballot"
        ballot.write_bytes(body)
        done = subprocess.run((*words, str(ballot)), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            said = done.stderr.decode(errors="replace").strip()
            raise AgentguardError(f"ssh-keygen did not sign ({said})", place=str(key), hint="is it your private key?")
        return ballot.with_suffix(".sig").read_text(encoding="ascii")


@dataclass(frozen=True)
class SshKeygen:
    """The `Verifier` that asks ssh-keygen. `allowed_signers` and `revoked_keys` lie in `directory`."""

    program: str
    directory: Path

    @property
    def revoked(self) -> Path:
        """Keys that count no more: public keys a line, or a KRL. Need not exist."""
        return self.directory / "revoked_keys"

    def signer(self, body: bytes, signature: str, person: str, people: People) -> SigningKey:
        key = key_in(signature)
        allowed = self.directory / "allowed_signers"
        write_private(allowed, people.allowed_signers(NAMESPACE))
        with tempfile.NamedTemporaryFile("w", dir=self.directory, prefix=".vote.", encoding="ascii") as file:
            file.write(signature)
            file.flush()
            words = ["-Y", "verify", "-f", str(allowed), "-I", person, "-n", NAMESPACE, "-s", file.name]
            if self.revoked.exists():
                words += ["-r", str(self.revoked)]
            self._ask(words, body)
        listed = people.named(person)
        if listed is None or not listed.has_key(key.fingerprint):
            raise Refused(f"the key of this signature is not one of {person}'s")
        return key

    def _ask(self, words: list[str], body: bytes) -> None:
        try:
            done = subprocess.run(
                (self.program, *words), input=body, capture_output=True, cwd="/", env=BARE, timeout=SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise Refused(f"the signature could not be checked ({error})") from error
        if done.returncode != 0:
            said = (done.stderr + done.stdout).decode(errors="replace").strip().splitlines() or ["it does not say why"]
            raise Refused(
                f"the signature does not count: {said[0]}", hint="was it made for this ballot, with a listed key?"
            )


def key_in(signature: str) -> SigningKey:
    """The key that a signature claims to be made with (OpenSSH's PROTOCOL.sshsig). Raises Refused for no signature.

    Only ssh-keygen tells whether the claim is true.
    """
    try:
        blob, _namespace, _reserved, _hash, made = _strings(_unarmoured(signature), 5)
        return SigningKey(fingerprint(blob), _touched(blob, made))
    except (ValueError, IndexError, struct.error) as error:
        raise Refused("this is no SSH signature", hint="paste all of it, from BEGIN to END") from error


def _unarmoured(signature: str) -> bytes:
    """What stands behind the magic and the version. Raises ValueError (binascii.Error is one)."""
    lines = signature.strip().splitlines()
    if len(signature) > SIGNATURE_LIMIT or lines[:1] != [BEGIN] or lines[-1:] != [END]:
        raise ValueError("no armour")
    data = base64.b64decode("".join(lines[1:-1]), validate=True)
    if not data.startswith(MAGIC):
        raise ValueError("another version")
    return data[len(MAGIC) :]


def _touched(blob: bytes, made: bytes) -> bool:
    kind = _strings(blob, 1)[0]
    if not kind.startswith(b"sk-"):
        return False
    name, inner = _strings(made, 2)
    flags = made[8 + len(name) + len(inner)]
    return bool(flags & TOUCHED)


def _strings(data: bytes, count: int) -> list[bytes]:
    """The first `count` length-prefixed strings. Raises ValueError where the data ends before."""
    found: list[bytes] = []
    for _ in range(count):
        (length,) = struct.unpack_from(">I", data)
        if len(data) < 4 + length:
            raise ValueError("it is cut")
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found
