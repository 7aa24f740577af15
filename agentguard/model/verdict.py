"""The plan of a call, and the answer to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agentguard.model.call import Call
from agentguard.model.command import Reading
from agentguard.model.effect import Class, Effect, class_of
from agentguard.model.environment import Target, Tier


class Action(StrEnum):
    """What happens to the call, from mild to strict."""

    ALLOW = "allow"
    ASK = "ask"
    HOLD = "hold"
    BLOCK = "block"


ACTION_ORDER = (Action.ALLOW, Action.ASK, Action.HOLD, Action.BLOCK)


@dataclass(frozen=True, slots=True)
class Finding:
    """One effect and where it lands."""

    effect: Effect
    targets: tuple[Target, ...]

    @property
    def tier(self) -> Tier:
        return self.targets[0].environment.tier

    @property
    def class_(self) -> Class:
        return class_of(self.effect, self.tier)


@dataclass(frozen=True, slots=True)
class Look:
    """One look at the machine: what was looked at, and the answer as JSON values. Never a secret."""

    kind: str
    subject: str
    answer: object


@dataclass(frozen=True, slots=True)
class Plan:
    """All that a call would do and where. `findings` is never empty: a call with no effect is one local read."""

    call: Call
    reading: Reading
    findings: tuple[Finding, ...]
    looks: tuple[Look, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """A pressed stop: which environment and agent it covers (empty: all), who pressed it and why."""

    environment: str = ""
    agent: str = ""
    who: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the broker knows and the call does not say."""

    enrolled: bool = True
    stops: tuple[Stop, ...] = ()
    breaker_open: bool = False
    approvers: bool = True  # is anybody listed who could approve for the requester


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer: action, the rule that decided, why, the consequence in one sentence, and safer ways."""

    action: Action
    rule: str
    because: str
    consequence: str
    safer: tuple[str, ...]
    finding: Finding
    quorum: int = 0
    roles: tuple[str, ...] = ()
    hardware: bool = False
