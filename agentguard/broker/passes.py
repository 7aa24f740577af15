"""What has been let pass and not run yet, and what runs now: so that nobody is asked twice about one call. Pure.

The hook judges a call before the agent's shell does, and the shell before the programs in it. Where the hook let one
pass that had to be asked about, it leaves a pass; the shell takes it, and is known by its process from then on.

Promises: a pass is good for one run of the same plan under the same policy, for the same user and session, started by
the very agent that started the hook, and not for long. What runs below a line of an agent's leaves none and takes none:
it could tell its own tale of what was asked. A question that the agent put to its developer leaves a pass that ends
with the agent's next call, for by then the answer was no. A program passes only below the process that was let run, as
a part of its plan. Nothing here outlives the broker: whoever is not recognised is judged in full, never less than that.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace

from agentguard.agents.dialect import Door
from agentguard.broker.deeds import Deed
from agentguard.model.hold import Asker
from agentguard.model.verdict import Standing

LASTS = 600_000  # milliseconds that a pass is good for: a developer takes minutes to answer their agent's prompt
MOST = 1_000  # passes, and runs, that are remembered: the oldest are forgotten first


@dataclass(frozen=True, slots=True)
class Process:
    """One process; its start tells it from an earlier one of that number."""

    pid: int
    started: float


@dataclass(frozen=True, slots=True)
class Way:
    """How a call came to us: by which door, and from which subagent of a session.

    `lineage` looks up the process that asks and those above it, nearest first.
    """

    door: Door = Door.HOOK
    subagent: str = ""
    lineage: Callable[[], Iterator[Process]] = lambda: iter(())


@dataclass(frozen=True, slots=True)
class Line:
    """A call that was let pass: what it does, whether all of it was read, and how the broker stood then.

    A stop that was pressed since counts: what ran before is recognised no more.
    """

    deeds: frozenset[Deed]
    whole: bool
    standing: Standing


@dataclass(frozen=True, slots=True)
class Known:
    """What an earlier door knew of a call: the hold that was spent on it, and the agent's id of its use of a tool."""

    hold: str = ""
    tool_use: str = ""


@dataclass(frozen=True, slots=True)
class Pass:
    """A call that may run once: its digests, whose it is, until when.

    `asked` marks one that the agent's own prompt asks about; `agent` are the processes of which one started the hook.
    """

    plans: frozenset[str]
    uid: int
    session: str
    subagent: str
    until: int
    asked: bool
    line: Line
    agent: frozenset[Process]
    known: Known = Known()


@dataclass(slots=True)
class Passes:
    """Every pass that is open and every line that runs."""

    _open: list[Pass] = field(default_factory=list)
    _running: OrderedDict[Process, Line] = field(default_factory=OrderedDict)

    def leave(self, one: Pass) -> None:
        """Remember that a call may run. Without a session nobody could tell whose it is, so it is not remembered.

        Two hooks that were asked about one use of a tool leave one pass: it may run once.
        """
        if one.session:
            twins = [each for each in self._open if each.known.tool_use and each.known == one.known]
            others = [each for each in self._open if each not in twins]
            self._open = [*others[1 - MOST :], one]

    def turn(self, uid: int, session: str, subagent: str) -> None:
        """The agent goes on with something else: what it still asks about was refused."""
        talk = (uid, session, subagent)
        self._open = [one for one in self._open if not one.asked or (one.uid, one.session, one.subagent) != talk]

    def take(self, plans: frozenset[str], standing: Standing, asker: Asker, parent: Process, now: int) -> Known | None:
        """Use up the pass of a call that `parent` starts; None where there is none."""
        waiting = (one for one in self.waiting(standing, asker, now) if parent in one.agent)
        found = next((one for one in waiting if one.plans & plans), None)
        if found is None:
            return None
        self._open.remove(found)
        return found.known

    def waiting(self, standing: Standing, asker: Asker, now: int) -> tuple[Pass, ...]:
        """The passes of an asker's session that nothing has taken."""
        self._open = [one for one in self._open if one.until > now]
        whose = (asker.uid, asker.session, standing)
        return tuple(one for one in self._open if (one.uid, one.session, one.line.standing) == whose)

    def use(self, one: Pass, done: frozenset[Deed]) -> None:
        """Take a program's part out of a pass that no shell took."""
        left = replace(one, line=replace(one.line, deeds=one.line.deeds - done))
        self._open = [left if each is one else each for each in self._open]

    def run(self, process: Process, line: Line) -> None:
        """Remember the process that is about to become the shell of a line that was let pass."""
        self._running[process] = line
        while len(self._running) > MOST:
            self._running.popitem(last=False)

    def is_below(self, lineage: Iterable[Process]) -> bool:
        """Is a process one of those that run a line, or below one."""
        return any(process in self._running for process in lineage)

    def above(self, lineage: Iterable[Process], standing: Standing) -> Iterator[Line]:
        """The lines that run above a process, nearest first."""
        lines = (self._running.get(process) for process in lineage)
        return (line for line in lines if line is not None and line.standing == standing)
