"""The broker as people's commands see it: typed requests over its socket, typed answers or an AgentguardError.

    for hold in broker(places()).pending(): …

`broker()` starts one where none answers. What travels are the records of `model/record.py`; no dict comes out but a
card and log entries, which are JSON by nature.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, TypeVar, cast
from urllib.parse import quote

from agentguard.audit.chain import Entry
from agentguard.audit.verify import Verification
from agentguard.broker.places import Places
from agentguard.broker.start import ensure
from agentguard.model.errors import AgentguardError, Refused, Unreachable
from agentguard.model.hold import Decision, Hold
from agentguard.model.record import Json, from_record
from agentguard.model.status import Status

Value = TypeVar("Value")

PATIENCE = 30.0  # seconds for one answer: checking a signature and syncing the log take milliseconds
FAILURES = 400  # HTTP's statuses from here on
ERRORS: Mapping[str, type[AgentguardError]] = {"refused": Refused, "error": AgentguardError}


class OverSocket(HTTPConnection):
    """HTTP over a Unix socket. The standard library's, since a larger client doubles the start of a command."""

    def __init__(self, path: Path) -> None:
        super().__init__("agentguard", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker. Raises Unreachable where it does not answer, Refused where it says no.

    Each request has a connection of its own: a person thinks longer between two than the broker keeps one open.
    """

    places: Places

    def status(self, cwd: str = "") -> Status:
        """How the broker stands, with the policy of a directory (of everywhere, where none is given)."""
        return _read(Status, self._get(f"/v1/status?cwd={quote(cwd, errors='surrogateescape')}"))

    def pending(self) -> tuple[Hold, ...]:
        """The holds that wait for somebody, oldest first."""
        answer = self._get("/v1/holds")
        return tuple(_read(Hold, hold) for hold in cast("list[Json]", answer))

    def hold(self, hold_id: str) -> Hold:
        """One hold as it stands now. Raises Refused for an id nobody knows."""
        return _read(Hold, self._get(f"/v1/holds/{hold_id}"))

    def card(self, hold_id: str) -> dict[str, Json]:
        """What the approver is to be shown; `model.record.digest(card)` is what a ballot names."""
        return cast("dict[str, Json]", self._get(f"/v1/holds/{hold_id}/card"))

    def ballot(self, hold_id: str, decision: Decision, reason: str, person: str, card_digest: str) -> bytes:
        """The bytes that this person is to sign. Raises Refused where they may not vote."""
        asked = {"decision": decision.value, "reason": reason, "person": person, "card": card_digest}
        return str(self._post(f"/v1/holds/{hold_id}/ballot", asked)).encode()

    def vote(self, hold_id: str, body: bytes, signature: str) -> Hold:
        """Hand in a signed ballot. Raises Refused with the reason where it does not count."""
        asked = {"body": body.decode(), "signature": signature}
        return _read(Hold, self._post(f"/v1/holds/{hold_id}/vote", asked))

    def confirm(self, hold_id: str, person: str) -> Hold:
        """The requester's own yes to an ask."""
        return _read(Hold, self._post(f"/v1/holds/{hold_id}/confirm", {"person": person}))

    def withdraw(self, hold_id: str) -> Hold:
        """The requester takes the call back."""
        return _read(Hold, self._post(f"/v1/holds/{hold_id}/withdraw", {}))

    def log_tail(self, count: int) -> tuple[Entry, ...]:
        """The newest entries of the log, at most `count`, oldest first."""
        answer = self._get(f"/v1/log/tail?count={count}")
        return tuple(Entry(**cast("dict[str, Any]", entry)) for entry in cast("list[Json]", answer))

    def log_verify(self) -> Verification:
        """Is the log what was written? Asked of the store and of every vote, too."""
        return _read(Verification, self._post("/v1/log/verify", {}))

    def stop(self) -> None:
        """Ask the broker to end; it answers what it has begun first."""
        self._post("/v1/stop", {})

    def _get(self, path: str) -> Json:
        return self._answer("GET", path, None)

    def _post(self, path: str, asked: Mapping[str, Json]) -> Json:
        return self._answer("POST", path, asked)

    def _answer(self, method: str, path: str, asked: Mapping[str, Json] | None) -> Json:
        body = None if asked is None else json.dumps(asked)
        try:
            with closing(OverSocket(self.places.socket)) as connection:
                connection.request(method, path, body, {"Content-Type": "application/json"})
                response = connection.getresponse()
                answer = cast("Json", json.loads(response.read()))
        except (OSError, HTTPException, ValueError) as error:
            raise _silent(self.places, error) from error
        if response.status < FAILURES:
            return answer
        raise _error(answer, response.status)


def broker(places: Places, *, start: bool = True) -> Broker:
    """A broker that answers, started where there is none (unless `start` is false). Raises Unreachable."""
    if start:
        ensure(places)
    elif not places.socket.exists():
        raise Unreachable("no broker runs", place=str(places.state), hint="`agentguard serve` starts one")
    return Broker(places)


def _read(kind: type[Value], answer: object) -> Value:
    """The value that an answer spells. A broker that was started before an upgrade may spell it otherwise."""
    try:
        return from_record(kind, answer)
    except ValueError as error:
        hint = "it may be of another version: `agentguard stop`, and the next call starts the new one"
        raise Unreachable("the broker's answer could not be read", hint=hint) from error


def _silent(places: Places, error: Exception) -> Unreachable:
    hint = f"`agentguard status` tells how it stands; its own log is {places.journal}"
    return Unreachable(f"the broker does not answer ({error})", place=str(places.socket), hint=hint)


def _error(answer: Json, status: int) -> AgentguardError:
    """The error that the broker sent, as it was raised there."""
    told = answer if isinstance(answer, dict) else {}
    kind = ERRORS.get(str(told.get("error")), AgentguardError)
    problem = str(told.get("problem") or f"the broker answered with status {status}")
    return kind(problem, place=str(told.get("place") or ""), hint=str(told.get("hint") or ""))
