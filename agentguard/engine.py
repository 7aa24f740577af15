"""plan() and judge(): the two functions that decide. Everything else serves them.

    Call --parse--> Reading --classify--> Effects --resolve--> Findings        plan()
    Plan + Policy + Standing --> Verdict                                       judge()

Pure but for Surroundings. Whatever fails in here ends as an Unknown, which holds where it could matter; nothing that
fails allows.
"""

from __future__ import annotations

from agentguard.classify import classify, could_not_read
from agentguard.model.call import Call
from agentguard.model.command import Reading, Unknown
from agentguard.model.effect import Effect
from agentguard.model.environment import LOCAL, NOWHERE, Target
from agentguard.model.verdict import Finding, Plan, Standing, Verdict
from agentguard.parse import read
from agentguard.policy import Policy, decide
from agentguard.resolve import choosing, resolve
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox


def plan(call: Call, surroundings: Surroundings, toolbox: Toolbox) -> Plan:
    """All that the call would do, and where.

    Args:
        call: what the agent asked for.
        surroundings: the looking glass; every look is recorded in the plan.
        toolbox: the tools' tables and the names of environments.

    Returns:
        A Plan with at least one Finding. Never raises: a failure is a Finding of the verb unknown, nowhere known.
    """
    try:
        reading = read(call, surroundings, toolbox)
        effects = classify(reading, surroundings, toolbox)
        choices = choosing(reading)
        findings = tuple(Finding(effect, resolve(effect, surroundings, toolbox, choices)) for effect in effects)
        return Plan(call, reading, findings, surroundings.record())
    except Exception as failure:  # noqa: BLE001 - law 5: any failure inside the engine holds; the only catch-all
        return _failed(call, surroundings, f"{type(failure).__name__}: {failure}")


def judge(plan: Plan, policy: Policy, standing: Standing) -> Verdict:
    """The verdict on a plan: the worst of its findings decides (highest action, then class, then tier).

    Returns:
        A Verdict, complete with rule, reason, consequence and safer ways. Never raises: a rule that cannot be
        evaluated holds.
    """
    return decide(plan, policy, standing)


def _failed(call: Call, surroundings: Surroundings, why: str) -> Plan:
    unknown = Unknown(f"the guard itself failed here ({why}); please report it")
    effect: Effect = could_not_read(unknown)
    finding = Finding(effect, (Target(effect.kind, "?", NOWHERE),))
    return Plan(call, Reading(unknowns=(unknown,)), (finding,), surroundings.record())


__all__ = ["LOCAL", "judge", "plan"]
