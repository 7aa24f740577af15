"""What was told to an agent during a storm, and the settling of it with what the log and the store tell afterwards.

Promises: a call counts as let pass wherever Claude Code would run it: at every ending but a denial or a question. Three
things can be wrong: something told is **lost** (no entry, no hold, or a hold in a state that takes back what was told),
a hold let pass **twice**, or a call passed that was **wrongly allowed**.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum

from agentguard.audit.chain import Entry
from agentguard.audit.log import Log
from agentguard.audit.verify import Finding
from agentguard.broker.api import Broker
from agentguard.broker.holds import rebuild
from agentguard.broker.ledger import told
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Event, Hold, State

HELD = re.compile(r"HELD (ag-[a-z2-7]{10})")
APPROVALS = frozenset({Event.QUORUM, Event.CONFIRM})
WAY = (State.HELD, State.APPROVED, State.RELEASED, State.SUCCEEDED)  # the only way a hold goes in a storm


class Kind(StrEnum):
    """What an agent wants; `risky` takes a second person, or the developer where nobody can be asked at once."""

    HARMLESS = "harmless"
    ASKED = "asked"
    RISKY = "risky"


class Answer(StrEnum):
    PASSED = "passed"
    ASKED = "asked"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Reply:
    """The hook's answer to one call: `use` is the agent's own id of it, `hold` the hold it names."""

    kind: Kind
    use: str
    answer: Answer
    hold: str
    why: str


@dataclass(slots=True)
class Diary:
    """What the agents and the persons tried and were told, as it came; lists, since many threads write.

    A hold has come at least as far as somebody was told, and no further than somebody tried: an answer may get lost.
    """

    replies: list[Reply] = field(default_factory=list)
    tried: list[tuple[str, State]] = field(default_factory=list)
    told: list[tuple[str, State]] = field(default_factory=list)

    def least(self, hold_id: str) -> int:
        return max((WAY.index(state) for one, state in self.told if one == hold_id), default=0)

    def most(self, hold_id: str) -> int:
        return max((WAY.index(state) for one, state in self.tried if one == hold_id), default=0)


@dataclass(frozen=True, slots=True)
class Findings:
    """What is wrong, each a sentence; all of it empty where the guard held."""

    lost: tuple[str, ...]
    twice: tuple[str, ...]
    wrongly_allowed: tuple[str, ...]


def reply_of(kind: Kind, use: str, ended: subprocess.CompletedProcess[bytes]) -> Reply:
    """The answer as Claude Code takes it: exit 2 and a `deny` deny, an `ask` asks, everything else lets pass."""
    decision, why = _decision(ended.stdout)
    answer = Answer.ASKED if decision == "ask" else Answer.PASSED
    if ended.returncode == 2 or decision == "deny":
        answer = Answer.DENIED
    found = HELD.search(why)
    return Reply(kind, use, answer, found[1] if found else "", why or ended.stderr.decode(errors="replace"))


def _decision(output: bytes) -> tuple[str, str]:
    try:
        said = json.loads(output)["hookSpecificOutput"]
        return str(said["permissionDecision"]), str(said["permissionDecisionReason"])
    except (ValueError, LookupError, TypeError):
        return "", ""


def settled(diary: Diary, log: Log, guard: Broker) -> Findings:
    """Settle what was told with the log and with the broker that runs now."""
    entries = tuple(log.entries())
    return Findings(
        lost=(*_unlogged(diary, entries), *_astray(diary, guard), *_apart(entries, guard), *_broken(guard)),
        twice=tuple(_twice(diary, entries)),
        wrongly_allowed=tuple(_wrongly_allowed(diary, entries)),
    )


def _unlogged(diary: Diary, entries: Iterable[Entry]) -> Iterator[str]:
    """An answer of the service is in the log before it is given; a denial of the client's own need not be."""
    uses = {_use(entry) for entry in entries}
    answers = (reply for reply in diary.replies if reply.answer is not Answer.DENIED or reply.hold)
    return (f"{one.use} was {one.answer}, and the log does not know" for one in answers if one.use not in uses)


def _use(entry: Entry) -> str:
    """The tool call that an entry is about: of a decision, a release, or of the call that became a hold."""
    what = told(entry)
    if isinstance(what, Hold):
        return what.asker.tool_use_id
    return what.tool_use_id if what else str(entry.body.get("tool_use_id", ""))


def _astray(diary: Diary, guard: Broker) -> Iterator[str]:
    """Holds that are not there, or not where they must be."""
    for hold_id in sorted({reply.hold for reply in diary.replies if reply.hold}):
        allowed = WAY[diary.least(hold_id) : diary.most(hold_id) + 1]
        try:
            now = guard.hold(hold_id).state
        except AgentguardError as error:
            yield f"{hold_id} was announced: {error}"
            continue
        if now not in allowed:
            yield f"{hold_id} is {now}, and must be {' or '.join(allowed)}"


def _apart(entries: Iterable[Entry], guard: Broker) -> Iterator[str]:
    """Holds that the log tells otherwise than the store, or in no order that makes sense."""
    try:
        retold = rebuild(what for entry in entries if (what := told(entry)) is not None)
    except AgentguardError as error:
        yield f"the log cannot be followed: {error}"
        return
    for hold in retold.values():
        try:
            kept = guard.hold(hold.id)
        except AgentguardError as error:
            yield f"{hold.id} is {hold.state} by the log: {error}"
            continue
        if hold != replace(kept, record=replace(kept.record, looks=())):
            yield f"{hold.id} is {hold.state} by the log, and {kept.state} in the store"


def _broken(guard: Broker) -> Iterator[str]:
    found = guard.log_verify()
    if found.finding is not Finding.INTACT:
        yield f"the log is {found.finding}: {found.what}"


def _twice(diary: Diary, entries: Iterable[Entry]) -> Iterator[str]:
    """Releases per approval, and passes per release: each at most one."""
    steps = [what for entry in entries if (what := told(entry)) is not None and not isinstance(what, Hold)]
    releases = Counter(step.hold for step in steps if step.event is Event.RELEASE)
    approvals = Counter(step.hold for step in steps if step.event in APPROVALS)
    yield from (f"{one}: {n} releases of {approvals[one]} approvals" for one, n in releases.items() if n > 1)
    passes = Counter(reply.use for reply in diary.replies if reply.answer is Answer.PASSED)
    yield from (f"{use} passed {n} times" for use, n in passes.items() if n > 1)


def _wrongly_allowed(diary: Diary, entries: Iterable[Entry]) -> Iterator[str]:
    """Nothing passes but what is harmless, or was released by an approval that came before."""
    approved, released = set(), set()
    for what in map(told, entries):
        if what is None or isinstance(what, Hold):
            continue
        if what.event in APPROVALS:
            approved.add(what.hold)
        if what.event is Event.RELEASE and what.hold in approved:
            released.add(what.tool_use_id)
    for reply in diary.replies:
        if reply.answer is Answer.PASSED and reply.kind is not Kind.HARMLESS and reply.use not in released:
            yield f"{reply.use} ({reply.kind}) passed"
        if reply.answer is Answer.ASKED and reply.kind is not Kind.ASKED:
            yield f"{reply.use} ({reply.kind}) was left to the agent's own prompt"
