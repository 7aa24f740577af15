"""Signatures over ballots, with the system's own ssh-keygen."""

from __future__ import annotations

import base64
import os
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from agentguard.broker.signatures import BEGIN, END, NAMESPACE, SshKeygen, find_ssh_keygen, key_in, sign
from agentguard.model.errors import AgentguardError, Refused
from agentguard.model.person import People, fingerprint
from tests.broker.keys import PROGRAM, key, person, public

BODY = b'{"decision":"yes","hold":"ag-aaaaaaaaaa"}'


@pytest.fixture
def verifier(tmp_path: Path) -> SshKeygen:
    return SshKeygen(PROGRAM, tmp_path)


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People((person(tmp_path, "bob"), person(tmp_path, "eve")))


def test_a_signature_of_a_listed_key_counts(tmp_path: Path, verifier: SshKeygen, people: People) -> None:
    signer = verifier.signer(BODY, sign(BODY, key(tmp_path, "bob")), "bob", people)
    assert signer.fingerprint == people.persons[0].keys[0].fingerprint
    assert not signer.hardware
    assert (tmp_path / "allowed_signers").stat().st_mode & 0o777 == 0o600


def test_a_fingerprint_is_the_one_that_ssh_keygen_prints(tmp_path: Path, people: People) -> None:
    told = subprocess.run((PROGRAM, "-lf", str(key(tmp_path, "bob"))), capture_output=True, check=True, text=True)
    assert people.persons[0].keys[0].fingerprint == told.stdout.split()[1]


def other_namespace(tmp_path: Path) -> tuple[bytes, str]:
    (tmp_path / "b").write_bytes(BODY)
    words = (PROGRAM, "-q", "-Y", "sign", "-f", str(key(tmp_path, "bob")), "-n", "git", str(tmp_path / "b"))
    subprocess.run(words, check=True, capture_output=True)
    return BODY, (tmp_path / "b.sig").read_text()


FORGERIES: dict[str, Callable[[Path], tuple[bytes, str]]] = {
    "made for another namespace": other_namespace,
    "over other bytes": lambda tmp: (BODY.replace(b"yes", b"no "), sign(BODY, key(tmp, "bob"))),
    "by another person's key": lambda tmp: (BODY, sign(BODY, key(tmp, "eve"))),
    "by a key nobody listed": lambda tmp: (BODY, sign(BODY, key(tmp, "mallory"))),
    "cut": lambda tmp: (BODY, sign(BODY, key(tmp, "bob"))[:-60]),
    "empty": lambda _tmp: (BODY, ""),
    "something else": lambda _tmp: (BODY, "yes"),
    "too long": lambda tmp: (BODY, sign(BODY, key(tmp, "bob")) + " " * 20_000),
    "not ASCII": lambda _tmp: (BODY, f"{BEGIN}\né\n{END}"),
    "half a structure": lambda _tmp: (BODY, f"{BEGIN}\n{base64.b64encode(b'SSHSIG' + bytes(4)).decode()}\n{END}"),
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_signature_does_not_count_when_it_is(
    tmp_path: Path, verifier: SshKeygen, people: People, forgery: str
) -> None:
    body, signature = FORGERIES[forgery](tmp_path)
    with pytest.raises(Refused):
        verifier.signer(body, signature, "bob", people)


@pytest.mark.parametrize("options", ['valid-before="20200101"', 'valid-after="20990101"'])
def test_a_key_outside_its_time_does_not_count(tmp_path: Path, verifier: SshKeygen, options: str) -> None:
    people = People((person(tmp_path, "bob", options=options),))
    with pytest.raises(Refused, match="does not count"):
        verifier.signer(BODY, sign(BODY, key(tmp_path, "bob")), "bob", people)


def test_a_key_inside_its_time_counts(tmp_path: Path, verifier: SshKeygen) -> None:
    people = People((person(tmp_path, "bob", options='valid-after="20200101",valid-before="20990101"'),))
    assert verifier.signer(BODY, sign(BODY, key(tmp_path, "bob")), "bob", people)


def test_a_revoked_key_does_not_count(tmp_path: Path, verifier: SshKeygen, people: People) -> None:
    signature = sign(BODY, key(tmp_path, "bob"))
    verifier.revoked.write_text(public(key(tmp_path, "eve")) + "\n")
    assert verifier.signer(BODY, signature, "bob", people)
    verifier.revoked.write_text(public(key(tmp_path, "bob")) + "\n")
    with pytest.raises(Refused, match="does not count"):
        verifier.signer(BODY, signature, "bob", people)


def test_an_ssh_keygen_in_path_is_never_asked(
    tmp_path: Path, verifier: SshKeygen, people: People, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = tmp_path / "ssh-keygen"
    fake.write_text("#!/bin/sh\nexit 0\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert find_ssh_keygen() != str(fake)
    with pytest.raises(Refused):
        verifier.signer(BODY, sign(BODY, key(tmp_path, "mallory")), "bob", people)


def test_an_ssh_keygen_that_others_can_write_is_none(tmp_path: Path) -> None:
    fake = tmp_path / "ssh-keygen"
    fake.touch(mode=0o777)
    fake.chmod(0o777)
    with pytest.raises(AgentguardError, match="belongs to root"):
        find_ssh_keygen((str(fake), str(tmp_path / "none")))


def test_a_program_that_is_gone_is_a_no(tmp_path: Path, people: People) -> None:
    signature = sign(BODY, key(tmp_path, "bob"))
    with pytest.raises(Refused, match="could not be checked"):
        SshKeygen(str(tmp_path / "gone"), tmp_path).signer(BODY, signature, "bob", people)


def test_signing_with_what_is_no_key_says_so(tmp_path: Path) -> None:
    with pytest.raises(AgentguardError, match="did not sign"):
        sign(BODY, tmp_path / "none")


def packed(*strings: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(one)) + one for one in strings)


@pytest.mark.parametrize(("flags", "touched"), [(0, False), (1, True), (4, False), (5, True)])
def test_hardware_counts_only_where_it_was_touched(flags: int, touched: bool) -> None:
    kind = b"sk-ssh-ed25519@openssh.com"
    blob = packed(kind, bytes(32), b"ssh:")
    made = packed(kind, bytes(64)) + bytes([flags]) + struct.pack(">I", 7)
    data = b"SSHSIG" + struct.pack(">I", 1) + packed(blob, NAMESPACE.encode(), b"", b"sha512", made)
    found = key_in(f"{BEGIN}\n{base64.b64encode(data).decode()}\n{END}\n")
    assert (found.fingerprint, found.hardware) == (fingerprint(blob), touched)
