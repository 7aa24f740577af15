"""Where a call is judged: the engine's two functions, with the policy that holds in the call's directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from agentguard.engine import judge, plan
from agentguard.model.call import Call
from agentguard.model.verdict import Plan, Standing, Verdict
from agentguard.policy.schema import Policy
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox


@dataclass(frozen=True, slots=True)
class Judged:
    """A call's plan, the verdict on it, and the policy that gave it."""

    plan: Plan
    verdict: Verdict
    policy: Policy


class Judging(Protocol):
    """How the service has calls judged."""

    def policy(self, cwd: str) -> Policy:
        """The policy in a directory; that of everywhere for an empty one."""

    def judged(self, call: Call, surroundings: Surroundings, standing: Standing) -> Judged: ...


@dataclass(frozen=True, slots=True)
class Bench:
    """The `Judging` of the engine. `policies` gives the policy of a directory; it raises PolicyError."""

    toolbox: Toolbox
    policies: Callable[[str], Policy]

    def policy(self, cwd: str) -> Policy:
        return self.policies(cwd)

    def judged(self, call: Call, surroundings: Surroundings, standing: Standing) -> Judged:
        policy = self.policies(call.cwd)
        planned = plan(call, surroundings, self.toolbox)
        return Judged(planned, judge(planned, policy, standing), policy)
