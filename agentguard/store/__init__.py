"""Where holds, votes and receipts are kept, and how far the log had come.

Promises: what one `change()` does is committed whole or not at all; a hold moves by compare-and-set, so of two who move
it from the same state exactly one does; a person votes once a hold, and a hold is spent once, by the schema itself.
Refuses a store that a newer agentguard has written.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Hold, Receipt, State, Tries
from agentguard.model.record import Head


class StoreError(AgentguardError):
    """The store cannot be read or written; nothing may be allowed."""


class Reading(Protocol):
    """What can be asked of a store."""

    def hold(self, hold_id: str) -> Hold | None: ...
    def open_holds(self) -> tuple[Hold, ...]:
        """The holds in state held or approved, oldest first; whether they are too late is the caller's question."""

    def late(self, now: int) -> tuple[Hold, ...]:
        """The open holds whose deadline is over."""

    def count_open(self, now: int, session: str | None = None) -> int:
        """How many holds are open and in time, of one session or of all."""

    def alike(self, seal: str, os_user: str, agent: str) -> tuple[Hold, ...]:
        """The open holds of the same exact call, oldest first."""

    def latest(self, seal: str, os_user: str, agent: str) -> Hold | None:
        """The newest hold of the same exact call, whatever came of it."""

    def receipt(self, tool_use_id: str) -> Receipt | None:
        """The newest receipt that was spent on this tool call."""

    def tries(self, session: str, plan: str) -> Tries:
        """How often a call came to nothing in a session."""

    def head(self) -> Head:
        """The log's newest entry when this store was last changed."""

    def ballot_heads(self) -> tuple[tuple[str, Head], ...]:
        """Person and log head of every vote ever taken: witnesses of the log."""


class Change(Reading, Protocol):
    """One change under way; nobody else changes the store meanwhile."""

    def add(self, hold: Hold) -> None:
        """A new hold, with the votes it has."""

    def move(self, hold: Hold, was: State) -> bool:
        """Write `hold` over its row where that still is in state `was` with the same nonce; False where it is not."""

    def spend(self, receipt: Receipt) -> None:
        """Note what a hold was spent on. Raises StoreError where it was spent already."""

    def keep_tries(self, session: str, plan: str, tries: Tries) -> None:
        """Write them over those that were there."""

    def set_head(self, head: Head) -> None: ...


class Store(Protocol):
    """A store. Every method raises StoreError where the store itself fails."""

    def read(self) -> AbstractContextManager[Reading]: ...
    def change(self) -> AbstractContextManager[Change]:
        """A change: committed at the end of the block, undone where it raises."""

    def witness(self, head: Head) -> None:
        """Remember a newer head; cheap, never goes back, and may be lost when the machine itself fails."""

    def close(self) -> None: ...
