"""What the broker does with a call, a vote and an outcome. Pure: store, log, people, clock and chance are passed in.

Promises: every transition of a hold is one log entry, written and synced before the change is committed; an approval is
spent at most once, on the same digest; whatever cannot be logged raises, and nothing is allowed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agentguard.model.call import Call
from agentguard.model.hold import Answer, Asker, Decision, Hold
from agentguard.model.record import Json
from agentguard.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Status:
    """What `agentguard status` says. `since` in milliseconds UTC; `open_holds` counts held and approved ones."""

    since: int
    policy: str
    policy_digest: str
    open_holds: int
    assurance: str = "advisory"


class Service:
    """Signatures first; the bodies follow in the next commits."""

    clock: Callable[[], int]

    def judge(self, call: Call, surroundings: Surroundings, asker: Asker) -> Answer:
        """The answer to one call; makes, joins or spends a hold. Raises where it cannot be logged: then hold."""
        raise NotImplementedError

    def pending(self) -> tuple[Hold, ...]:
        """The holds that wait for somebody, oldest first; expired ones are not among them."""
        raise NotImplementedError

    def get(self, hold_id: str) -> Hold:
        """A hold as it stands now (expiry computed). Raises Refused for an id nobody knows."""
        raise NotImplementedError

    def card(self, hold_id: str) -> dict[str, Json]:
        """What the approver is shown: `digest(card)` is what a ballot names. It never changes over a hold's life."""
        raise NotImplementedError

    def ballot(self, hold_id: str, decision: Decision, reason: str, person: str, card_digest: str) -> bytes:
        """The bytes to sign. Raises Refused where this person may not vote or the card is another one."""
        raise NotImplementedError

    def vote(self, hold_id: str, body: bytes, signature: str) -> Hold:
        """Take a signed ballot in. Raises Refused with the reason where it does not count."""
        raise NotImplementedError

    def confirm(self, hold_id: str, person: str) -> Hold:
        """The requester's own yes to an ask. `person` is their name or OS user."""
        raise NotImplementedError

    def withdraw(self, hold_id: str) -> Hold:
        """The requester takes the call back."""
        raise NotImplementedError

    def outcome(self, tool_use_id: str, exit_status: int | None, ok: bool | None) -> Hold | None:
        """What came of a released call, as the agent's hook after the tool says. None where no hold was spent on it."""
        raise NotImplementedError

    def status(self) -> Status:
        raise NotImplementedError

    def start(self) -> None:
        """Bring store and log together after a crash, and log the start."""
        raise NotImplementedError

    def stop(self) -> None:
        """Log the end."""
        raise NotImplementedError
