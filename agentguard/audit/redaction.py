"""Secrets replaced by `‹secret 7f3a›` before anything is written down, shown or sent on.

Promises: the four hex digits are a keyed digest, so two texts that differ only in a secret still differ, and nobody
without the key can try guesses; what is replaced stays replaced (redacting twice changes nothing).
Refuses: to be clever about values. A word that stands where a secret stands is one, unless it is a variable (`$TOKEN`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

KEY_BYTES = 32
PASSES = 4  # a mark can bring a new match about (it ends a word); real texts are still after two
MARK = "‹secret "

_NAME = (
    r"(?:password|passwd|passphrase|passcode|secret|token|credentials?|api[_-]?key|access[_-]?key|secret[_-]?key"
    r"|private[_-]?key|account[_-]?key|_pwd|(?-i:\bPwd|\bpwd)|_pat|_auth)"
)
_VALUE = (
    r"(?:\\+\"([^\"\\]+)|\\+'([^'\\]+)|\"((?:[^\"\\]|\\.)+)\"|'([^']+)'|"
    r"(?![$<{\[])([^\s\"'\\&;|,(){}\]<>]+))"
)

_TOKENS = (
    r"gh[opsur]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|sk-[\w-]{16,}|[srp]k_(?:live|test)_\w{10,}"
    r"|xox[a-z]-[\w-]{10,}|(?:AKIA|ASIA)[A-Z0-9]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_[A-Za-z0-9]{30,}"
    r"|pypi-[\w-]{20,}|hf_[A-Za-z0-9]{20,}|dop_v1_[0-9a-f]{40,}|hvs\.[\w-]{20,}|SG\.[\w-]{16,}\.[\w-]{16,}"
    r"|eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*"
)
_MIXED = r"(?=[^\s]{0,39}[a-z])(?=[^\s]{0,39}[A-Z])(?=[^\s]{0,39}\d)(?!(?:[^/\s]*/){4})"  # no path, no git hash
_FLAG = r"(?:password|passwd|passphrase|pass|secret|token|api-key|access-key|secret-key)"

# What each finds. The last group that matched is the secret. Those that know the place go before those that know a
# shape, so that a token inside a password goes with the whole password.
_SECRETS: tuple[str, ...] = (
    r"(-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,40}PRIVATE KEY-----|\Z))",
    r"://[^\s:/@'\"]{0,200}:(?!\$)([^\s'\"/?#]+)@",  # user:SECRET@ of a URL
    r"://[^\s:/@'\"]{0,200}:(?!\$|\d{1,5}/)([^\s'\"@]{1,1000})@",  # the same with a raw slash in it
    r"authorization[\"']?\s*[:=]\s*[\"']?(?:[a-z][a-z0-9-]{0,20}\s+)?+(?!\$)([^\s\"']+)",
    r"\bbearer\s+([a-z0-9._~+/=-]{8,})",
    r"\bcookie:\s*([^\"'\n]+)",
    r"\bpassword\s+(?:e?'((?:[^']|'')+)'|\"([^\"]+)\")",  # SQL: PASSWORD '…'
    r"\bidentified\b[^;'\"]{0,60}?\b(?:by|as)\s+(?:password\s+)?(?:'([^']+)'|\"([^\"]+)\")",
    r"\blogin\s+\S+\s+password\s+(\S+)",  # .netrc
    _NAME + r"(?:\\*[\"'])?\s*(?:=|:(?!:|//))\s*" + _VALUE,  # NAME=…, "name": "…"
    r"--[\w-]{0,40}?" + _FLAG + r"(?:\s+|=)(?!-|id=|type=)" + _VALUE,
    r"\b(?:mysql|mariadb)[\w-]*\b[^|;&\n]{0,400}?\s-p" + _VALUE,
    r"\b(?:sshpass|docker\s+login|podman\s+login)\b[^|;&\n]{0,200}?\s-p\s*" + _VALUE,
    r"\bredis-cli\b[^|;&\n]{0,200}?\s-a\s+" + _VALUE,
    r"(?:\s-u|--user)[\s=]*[\"']?[^\s:'\"]{1,100}:(?!\$)([^\s'\"]+)",  # curl -u user:…
    r"\bpass:([^\s\"':]+)",  # openssl
    r"(?-i:\b(" + _TOKENS + r"))",
    r"(?-i:(?<![A-Za-z0-9/+=._-])" + _MIXED + r"([A-Za-z0-9+][A-Za-z0-9/+]{39})(?![A-Za-z0-9/+=._-]))",  # AWS's 40
)
_PATTERNS = tuple(re.compile(pattern, re.IGNORECASE | re.DOTALL) for pattern in _SECRETS)
_SECRET_NAME = re.compile(_NAME + r"$|PASS$|PASSWORD|SECRET_ACCESS_KEY|SESSION_TOKEN", re.IGNORECASE)
_SECRET_FLAG = re.compile(r"--?[\w-]*" + _FLAG + "$", re.IGNORECASE)


@dataclass(frozen=True)
class Redactor:
    """Replaces secrets, and seals texts, with one machine's key."""

    key: bytes = field(repr=False)

    def redact(self, text: str) -> str:
        """The text with every secret that is recognised replaced by its mark."""
        for _ in range(PASSES):
            before = text
            for pattern in _PATTERNS:
                text = pattern.sub(self._replace, text)
            if text == before:
                break
        return text

    def words(self, words: tuple[str, ...]) -> tuple[str, ...]:
        """The same for an argv: the word behind a flag like `--password` is a secret, whatever it looks like."""
        if not words:
            return ()
        flagged = [bool(_SECRET_FLAG.match(before)) and not word.startswith("-") for before, word in pairwise(words)]
        later = (self.mark(word) if flag else self.redact(word) for flag, word in zip(flagged, words[1:], strict=True))
        return (self.redact(words[0]), *later)

    def value(self, name: str, text: str) -> str:
        """The value of a variable or setting: all of it where the name says that it is a secret."""
        return self.mark(text) if text and _SECRET_NAME.search(name) else self.redact(text)

    def mark(self, secret: str) -> str:
        """What stands in for a secret; a mark stays as it is."""
        return secret if MARK in secret else f"{MARK}{self._digest(b'mark', secret)[:4]}›"

    def seal(self, text: str) -> str:
        """A keyed digest of the exact text, 64 hex digits: equal only for equal texts, and no help in guessing one."""
        return self._digest(b"seal", text)

    def _digest(self, purpose: bytes, text: str) -> str:
        data = b"agentguard-" + purpose + b"-v1\x00" + text.encode("utf-8", "surrogatepass")
        return hmac.new(self.key, data, hashlib.sha256).hexdigest()

    def _replace(self, match: re.Match[str]) -> str:
        group = match.lastindex or 0
        secret = match[group]
        if MARK in secret or MARK.strip() == secret:
            return match[0]
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
