"""A held call, the votes on it, and the permission that comes of them.

Promises: every value is complete from birth and never changes; a transition makes a new Hold. Times are milliseconds
since 1970, UTC. Nothing in here holds a secret: texts are redacted before a value is made of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agentguard.model.environment import Tier
from agentguard.model.verdict import Action, Verdict


class State(StrEnum):
    """Where a hold stands. `released`: the agent was told to go ahead and nobody has said yet what came of it."""

    HELD = "held"
    APPROVED = "approved"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    UNKNOWN = "unknown"
    RELEASED = "released"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    VOIDED = "voided"
    UNDONE = "undone"


OPEN = frozenset({State.HELD, State.APPROVED})  # something can still come of it


class Event(StrEnum):
    """What can happen to a hold; `broker/holds.py` says what follows."""

    VOTE = "vote"  # a yes that is not enough by itself
    QUORUM = "quorum"  # the yes that makes it enough
    CONFIRM = "confirm"  # the requester's own yes to an ask
    DENY = "deny"
    WITHDRAW = "withdraw"
    EXPIRE = "expire"
    CHANGE = "change"  # something the approval was bound to is not the same any more
    RELEASE = "release"  # spent: the agent may run it
    START = "start"  # spent: agentguard runs it
    SUCCEED = "succeed"
    FAIL = "fail"
    LOSE = "lose"  # nobody can tell what came of it
    UNDO = "undo"


class Kind(StrEnum):
    """hold waits for a second person; ask waits for the requester's own confirmation."""

    HOLD = "hold"
    ASK = "ask"


class Decision(StrEnum):
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked: the person (empty where the OS user is nobody's that is listed), the process, and the agent in it.

    `fingerprint` is a digest that tells machines apart, never raw ids. `can_ask`: the agent has a prompt of its own.
    """

    os_user: str
    person: str = ""
    uid: int = -1
    pid: int = 0
    agent: str = "person"
    agent_version: str = ""
    session: str = ""
    host: str = ""
    fingerprint: str = ""
    first_seen: int = 0
    tool_use_id: str = ""
    cwd: str = ""
    can_ask: bool = False


@dataclass(frozen=True, slots=True)
class HeldTarget:
    """One target as it is written down: kind, name, environment, tier, and the evidence as sentences."""

    kind: str
    name: str
    environment: str
    tier: Tier
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HeldEffect:
    """One effect as it is written down, with the words of the design and where it lands."""

    verb: str
    kind: str
    objects: tuple[str, ...]
    reach: str
    undo: str
    whole: bool
    class_: str
    row: str
    because: str
    targets: tuple[HeldTarget, ...]


@dataclass(frozen=True, slots=True)
class HeldScript:
    """A file whose bytes would run, and the keyed digest of them; empty where the file was not there."""

    path: str
    seal: str


@dataclass(frozen=True, slots=True)
class HeldFact:
    """A variable by its name, or what was told by a configuration file by its path, and the keyed digest of it."""

    subject: str
    seal: str


@dataclass(frozen=True, slots=True)
class HeldLook:
    """One look at the machine, for replay. `answer` is JSON text with secrets replaced."""

    kind: str
    subject: str
    answer: str


@dataclass(frozen=True, slots=True)
class HeldCall:
    """`HeldCall` v1: what is written down of a call and shown on its card; all of it redacted.

    `form` is the kind of call (shell, argv, sql, tool, write) and `parts` what it is made of, the text first; `seal` is
    a keyed digest of the exact parts, so that two calls that differ only in a secret differ. `facts` are what else the
    judgement rests on. `looks` serve replay alone and are not bound.
    """

    form: str
    dialect: str
    parts: tuple[str, ...]
    seal: str
    agent: str
    user: str
    cwd: str
    effects: tuple[HeldEffect, ...]
    scripts: tuple[HeldScript, ...] = ()
    facts: tuple[HeldFact, ...] = ()
    looks: tuple[HeldLook, ...] = ()
    version: int = 1


@dataclass(frozen=True, slots=True)
class Ballot:
    """What an approver signs: the canonical JSON of this, and nothing else.

    `plan`, `policy` and `card` are digests of what was judged, by which rules, and what was shown; `entry` and `head`
    are number and hash of the newest log entry as the approver saw it, so that every vote is a witness of the log.
    """

    hold: str
    nonce: str
    plan: str
    policy: str
    decision: Decision
    card: str
    entry: int
    head: str
    expires: int
    reason: str
    person: str


@dataclass(frozen=True, slots=True)
class Vote:
    """A ballot whose signature was checked. `body` is the canonical text that was signed, `signature` is armoured."""

    ballot: Ballot
    body: str
    signature: str
    key: str  # the key's SHA-256 fingerprint
    hardware: bool
    at: int


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happened to a hold: what the log writes down, and all that `broker/holds.py` needs to follow it.

    `person` confirmed, withdrew or denied; `vote` is there for vote, quorum and deny; `approved_until` for quorum and
    confirm; `tool_use_id` and `session` for release; `exit_status` where the outcome was seen.
    """

    hold: str
    event: Event
    at: int
    message: str = ""
    person: str = ""
    vote: Vote | None = None
    approved_until: int = 0
    tool_use_id: str = ""
    session: str = ""
    exit_status: int | None = None


@dataclass(frozen=True, slots=True)
class Tries:
    """How often the very same call came to nothing in its session: refused, or run and failed; the last of them.

    Whoever asks n times at once asks once: only an end counts. `last` says in words what came of the last, `at` when.
    """

    refused: int = 0
    failed: int = 0
    last: str = ""
    at: int = 0

    @property
    def all(self) -> int:
        return self.refused + self.failed

    def with_refusal(self, told: str, at: int) -> Tries:
        return Tries(self.refused + 1, self.failed, told, at)

    def with_failure(self, told: str, at: int) -> Tries:
        return Tries(self.refused, self.failed + 1, told, at)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The single use of an approval: which tool call of the agent it was spent on, and when."""

    hold: str
    tool_use_id: str
    session: str
    plan: str
    spent: int


@dataclass(frozen=True, slots=True)
class Hold:
    """One held call. `plan` and `policy` are digests; `call` is the redacted text; `message` says why the last change.

    `lasts` is how many milliseconds an approval may wait to be used, `changed` the time of the last change;
    `approved_until`, `started` and `ended` are 0 until it comes to that. `supersedes` names an earlier hold of the same
    call text, `tries` what came of the very same call before. A negative `exit_status` is the signal that ended it.
    """

    id: str
    kind: Kind
    asker: Asker
    call: str
    plan: str
    policy: str
    environment: str
    tier: Tier
    record: HeldCall
    rule: str
    because: str
    consequence: str
    safer: tuple[str, ...]
    quorum: int
    roles: tuple[str, ...]
    hardware: bool
    created: int
    expires: int
    nonce: str
    lasts: int = 900_000
    assurance: str = "advisory"
    state: State = State.HELD
    changed: int = 0
    approved_until: int = 0
    votes: tuple[Vote, ...] = ()
    confirmed_by: str = ""
    started: int = 0
    ended: int = 0
    exit_status: int | None = None
    message: str = ""
    supersedes: str = ""
    tries: Tries = Tries()


def deadline(hold: Hold) -> int:
    """When an open hold ends by itself: its own expiry, or that of the approval once there is one."""
    return hold.approved_until if hold.state is State.APPROVED else hold.expires


@dataclass(frozen=True, slots=True)
class Answer:
    """The broker's answer to one call.

    `text` is what the agent is told, empty where it may simply go on. `hold` is the hold that the call waits for, or
    that let it pass (`released`). With a `token` that is not 0 the launcher that will run it tells how it ends.
    """

    action: Action
    verdict: Verdict
    hold: Hold | None
    text: str
    released: bool = False
    token: int = 0
