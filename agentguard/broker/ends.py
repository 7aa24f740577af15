"""What came of the calls that were let pass, written down as it is told.

Promises: what a launcher saw counts before what the agent tells; whatever nobody saw is said to be unseen, never taken
for a success; a run that failed is counted with the tries of that call. An end changes nothing that was decided.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from agentguard.broker.case import told_of
from agentguard.broker.ledger import Ledger
from agentguard.broker.outcomes import KILLED, Awaited, End, Outcomes, seen
from agentguard.broker.passes import Process
from agentguard.model.hold import Event, Hold, State, Step
from agentguard.model.record import Json

ENDED = "ended"  # the kind of the entry for the end of a call that no hold was spent on


@dataclass(frozen=True, slots=True)
class Ends:
    """The book, and what is awaited. `is_there` tells whether a process is the one it was."""

    ledger: Ledger
    outcomes: Outcomes
    is_there: Callable[[Process], bool]

    def settle(self, now: int) -> None:
        """Say of what ran in launchers that are gone without a word that nobody saw its end."""
        for one in self.outcomes.lost(self.is_there):
            self._write(one, KILLED, now)

    def of_use(self, tool_use: str, end: End, now: int) -> Hold | None:
        """As the agent tells. Returns the hold that was spent on this use of a tool."""
        self.settle(now)
        hold = self._spent_on(tool_use)
        if self.outcomes.runs(tool_use):
            return hold
        one = self.outcomes.told(tool_use)
        if one is None and hold is not None:  # from before this broker was started
            one = Awaited(0, hold.id, hold.asker.session, hold.plan, tool_use)
        return self._write(one, end, now) if one else hold

    def of_launcher(self, token: int, status: int, now: int) -> None:
        """As a launcher tells; `status` is negative for a signal."""
        one = self.outcomes.ended(token)
        if one is not None:
            self._write(one, seen(status), now)

    def _spent_on(self, tool_use: str) -> Hold | None:
        with self.ledger.store.read() as store:
            receipt = store.receipt(tool_use) if tool_use else None
            return store.hold(receipt.hold) if receipt else None

    def _write(self, one: Awaited, end: End, now: int) -> Hold | None:
        body: dict[str, Json] = {"entry": one.entry, "message": end.told, "status": end.status}
        if not one.hold and end.event is Event.SUCCEED:  # which most are
            self.ledger.note(ENDED, body, now)
            return None
        with self.ledger.change(now) as page:
            hold = page.change.hold(one.hold) if one.hold else None
            if hold is not None:
                ends = hold.state is State.RELEASED
                step = Step(hold.id, end.event, now, end.told, exit_status=end.status)
                return page.move(hold, step) if ends else hold
            if end.event is Event.FAIL and one.plan:
                tries = page.change.tries(one.session, one.plan).with_failure(end.told, now)
                page.change.keep_tries(one.session, one.plan, tries)
                body |= told_of(tries)
            page.note(ENDED, body)
            return None
