"""Secrets replaced by `‹secret 7f3a›` before anything is written down, shown or sent on.

Promises: the four hex digits are a keyed digest, so two texts that differ only in a secret still differ, and nobody
without the key can try guesses; what is replaced stays replaced (redacting twice changes nothing).
Refuses: to be clever about values. A word that stands where a secret stands is one (`secrets.py` says where), unless it
is a variable (`$TOKEN`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

from agentguard.audit.secrets import PATTERNS, SECRET_FLAG, SECRET_NAME

KEY_BYTES = 32
PASSES = 8  # a mark can bring a new match about (it ends a word); real texts are still after two
KNOWN = 6  # characters: a shorter secret would be found inside other words
MARK = "‹secret "


@dataclass(frozen=True)
class Redactor:
    """Replaces secrets, and seals texts, with one machine's key."""

    key: bytes = field(repr=False)
    known: tuple[str, ...] = field(default=(), repr=False)

    def knowing(self, texts: Iterable[str], secrets: Iterable[str] = ()) -> Redactor:
        """The same redactor, which replaces the secrets of these texts where no place tells that they are one, too.

        A word that also stands in the open in these texts tells nothing new and is left alone.
        """
        found = list(secrets)
        open_ = "\n".join([self._redacted(text, found) for text in texts])
        known = {secret for secret in found if len(secret) >= KNOWN and secret not in open_}
        return replace(self, known=tuple(sorted(known, key=lambda secret: (-len(secret), secret))))

    def redact(self, text: str) -> str:
        """The text with every secret that is recognised replaced by its mark."""
        for secret in self.known:
            text = text.replace(secret, self.mark(secret))
        return self._redacted(text, [])

    def _redacted(self, text: str, found: list[str]) -> str:
        for _ in range(PASSES):
            before = text
            for pattern in PATTERNS:
                text = pattern.sub(lambda match: self._replace(match, found), text)
            if text == before:
                break
        return text

    def words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The same for an argv: the word behind a flag like `--password` is a secret, whatever it looks like."""
        if not words:
            return ()
        flagged = [bool(SECRET_FLAG.match(before)) and not word.startswith("-") for before, word in pairwise(words)]
        later = (self.mark(word) if flag else self.redact(word) for flag, word in zip(flagged, words[1:], strict=True))
        return (self.redact(words[0]), *later)

    def value(self, name: str, text: str) -> str:
        """The value of a variable or setting: all of it where the name says that it is a secret."""
        return self.mark(text) if text and SECRET_NAME.search(name) else self.redact(text)

    def mark(self, secret: str) -> str:
        """What stands in for a secret; a mark stays as it is."""
        return secret if MARK in secret else f"{MARK}{self._digest(b'mark', secret)[:4]}›"

    def seal(self, text: str) -> str:
        """A keyed digest of the exact text, 64 hex digits: equal only for equal texts, and no help in guessing one."""
        return self._digest(b"seal", text)

    def _digest(self, purpose: bytes, text: str) -> str:
        data = b"agentguard-" + purpose + b"-v1\x00" + text.encode("utf-8", "surrogatepass")
        return hmac.new(self.key, data, hashlib.sha256).hexdigest()

    def _replace(self, match: re.Match[str], found: list[str]) -> str:
        group = match.lastindex or 0
        secret = match[group]
        if MARK in secret or MARK.strip() == secret:
            return match[0]
        found.append(secret)
        start, end = match.span(group)
        whole = match[0]
        return whole[: start - match.start()] + self.mark(secret) + whole[end - match.start() :]


def load_key(path: Path) -> bytes:
    """The machine's key at `path`, made (0600) where it is not there yet. Raises OSError."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        return _existing(path)
    with os.fdopen(descriptor, "wb") as file:
        key = os.urandom(KEY_BYTES)
        file.write(key)
        file.flush()
        os.fsync(descriptor)
    return key


def _existing(path: Path) -> bytes:
    key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise OSError(f"{path} holds {len(key)} bytes where a key has {KEY_BYTES}")
    return key
