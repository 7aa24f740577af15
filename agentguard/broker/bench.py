"""What the service asks of whoever judges calls; `assembly.py` gives it the engine and the policy of each directory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from agentguard.model.call import Call
from agentguard.model.verdict import Plan, Standing, Verdict
from agentguard.policy.schema import Policy
from agentguard.surroundings import Surroundings


@dataclass(frozen=True, slots=True)
class Judged:
    """A call's plan, the verdict on it, and the policy that gave it.

    `bare` is the plan of the same call before the agent's shell had files to read first, where they change nothing.
    """

    plan: Plan
    verdict: Verdict
    policy: Policy
    bare: Plan | None = None


class Judging(Protocol):
    """Judges calls. Both methods raise PolicyError where the policy of a directory does not load."""

    def policy(self, cwd: str) -> Policy:
        """The policy in a directory; that of everywhere for an empty one."""

    def judged(self, call: Call, surroundings: Surroundings, standing: Standing) -> Judged:
        """The engine's plan of a call, and its verdict."""
