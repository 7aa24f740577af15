"""What was let pass and whose end nobody has told yet. Pure.

Promises: an end is believed of the launcher that asked, which alone was told the token to say it with, and of the
agent's hook for the very use of a tool that it asked about. While a launcher is there that will tell, the agent's word
is not taken: it says of what it sent to the background that all went well. Nothing here outlives the broker: what it
has forgotten stays in the record as not seen.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import islice

from agentguard.broker.passes import Process
from agentguard.model.hold import Event

AT_A_TIME = 3  # launchers that are looked after at once: every call waits for it
MOST = 1_000  # calls that are remembered of each kind: the oldest are forgotten first


@dataclass(frozen=True, slots=True)
class Awaited:
    """A call that was let pass: its entry in the log, the hold that was spent on it ("": none), whose it is.

    `plan` is the digest that a retry has, too; `tool_use` the agent's id of the use of a tool.
    """

    entry: int
    hold: str
    session: str
    plan: str
    tool_use: str


@dataclass(frozen=True, slots=True)
class End:
    """What came of a call. `status` is negative for a signal, None where nobody saw it; `told` says it in words."""

    event: Event
    told: str
    status: int | None = None


def seen(status: int) -> End:
    """An end that a launcher saw."""
    how = f"ended by signal {-status}" if status < 0 else f"ended with status {status}"
    return End(Event.FAIL if status else Event.SUCCEED, how, status)


SAID = {  # what the agent says
    True: End(Event.SUCCEED, "succeeded, as the agent tells"),
    False: End(Event.FAIL, "failed, as the agent tells"),
    None: End(Event.LOSE, "nothing could see the outcome: it went on in the background"),
}
KILLED = End(Event.LOSE, "nothing could see the outcome: what waited for it was killed")


@dataclass(slots=True)
class Outcomes:
    """The calls whose end is awaited: by the token of the launcher that will tell it, and by the use of a tool."""

    _running: OrderedDict[int, tuple[Process, Awaited]] = field(default_factory=OrderedDict)
    _uses: OrderedDict[str, Awaited] = field(default_factory=OrderedDict)

    def run(self, token: int, process: Process, one: Awaited) -> None:
        """A launcher will tell the end."""
        self._running[token] = process, one
        _forget_the_oldest(self._running)

    def use(self, one: Awaited) -> None:
        """The agent's hook may tell what came of it."""
        if one.tool_use:
            self._uses[one.tool_use] = one
            self._uses.move_to_end(one.tool_use)
            _forget_the_oldest(self._uses)

    def ended(self, token: int) -> Awaited | None:
        """What the launcher with this token ran; its end is told only once."""
        _, one = self._running.pop(token, (None, None))
        if one is not None:
            self._uses.pop(one.tool_use, None)
        return one

    def runs(self, tool_use: str) -> bool:
        """Is there a launcher that will tell what came of this use."""
        return any(one.tool_use == tool_use for _, one in self._running.values())

    def told(self, tool_use: str) -> Awaited | None:
        """What the agent speaks of; None where nobody waits for it."""
        return self._uses.pop(tool_use, None)

    def lost(self, is_there: Callable[[Process], bool]) -> tuple[Awaited, ...]:
        """What ran in launchers that are gone without a word: of a few, and of the next few when asked again."""
        some = list(islice(self._running.items(), AT_A_TIME))
        for token, _ in some:
            self._running.move_to_end(token)
        return tuple(self._running.pop(token)[1] for token, (process, _) in some if not is_there(process))


def _forget_the_oldest(remembered: OrderedDict[int, tuple[Process, Awaited]] | OrderedDict[str, Awaited]) -> None:
    while len(remembered) > MOST:
        remembered.popitem(last=False)
