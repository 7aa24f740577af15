"""The log's form: one canonical JSON object a line, each holding the hash of the one before.

A plain hash chain and no keyed one: whoever held a key could rewrite history, and nobody outside could check it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from agentguard.model.record import Head, Json, canonical

PREFIX = b"agentguard-log-v1\x00"
KEYS = frozenset({"number", "time", "kind", "body", "previous", "hash"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. `time` in milliseconds UTC, `previous` and `hash` are hex."""

    number: int
    time: int
    kind: str
    body: dict[str, Json]
    previous: str
    hash: str

    @property
    def head(self) -> Head:
        return Head(self.number, self.hash)

    def line(self) -> bytes:
        return canonical({**_unsigned(self.number, self.time, self.kind, self.body, self.previous), "hash": self.hash})


def _unsigned(number: int, time: int, kind: str, body: dict[str, Json], previous: str) -> dict[str, Json]:
    return {"body": body, "kind": kind, "number": number, "previous": previous, "time": time}


def link(head: Head, time: int, kind: str, body: dict[str, Json]) -> Entry:
    """The entry that follows `head`. Raises ValueError for a body that has no canonical JSON."""
    number = head.number + 1
    data = canonical(_unsigned(number, time, kind, body, head.hash))
    return Entry(number, time, kind, body, head.hash, hashlib.sha256(PREFIX + data).hexdigest())


def parse(line: bytes) -> Entry:
    """The entry that a line (without its end) spells. Raises ValueError where it is no canonical entry.

    Whether its hash is right is `follows`' question.
    """
    value = json.loads(line)
    if not isinstance(value, dict) or set(value) != KEYS or not isinstance(value["body"], dict):
        raise ValueError("it is no entry of a log")
    if type(value["number"]) is not int or type(value["time"]) is not int:
        raise ValueError("its number or time is no integer")
    if not all(isinstance(value[key], str) for key in ("kind", "previous", "hash")):
        raise ValueError("its kind or a hash is no text")
    entry = Entry(**value)
    if entry.line() != line:
        raise ValueError("it is not spelt canonically")
    return entry


def follows(entry: Entry, head: Head) -> str:
    """What is wrong with `entry` as the one after `head`; empty where nothing is."""
    if entry.number != head.number + 1:
        return f"number {entry.number} stands where {head.number + 1} belongs"
    if entry.previous != head.hash:
        return "it does not hold the hash of the entry before it"
    if link(head, entry.time, entry.kind, entry.body).hash != entry.hash:
        return "its hash is not that of its content"
    return ""
