"""Findings and plans made by hand: the policy is tested without a reader in front of it."""

from __future__ import annotations

from agentguard.model.call import Call, ShellLine
from agentguard.model.command import Command, Reading, Word
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.model.environment import Environment, Target, Tier
from agentguard.model.verdict import Action, Finding, Plan, Standing, Verdict
from agentguard.policy.decide import decide
from agentguard.policy.schema import Policy, Rule

STANDING = Standing()
DROP = Effect(Verb.DROP, "sql.table", ("orders",), undo=Undo.NONE, at="database")
READ = Effect(Verb.READ, "sql.table", ("orders",), undo=Undo.NONE, at="database")


def place(tier: str, name: str = "") -> Environment:
    return Environment(name or tier, Tier(tier))


def lands(effect: Effect, tier: str, name: str = "") -> Finding:
    targets = [Target(effect.kind, told, place(tier, name)) for told in effect.objects or ("?",)]
    return Finding(effect, tuple(targets))


def effect(verb: str, **facts: object) -> Effect:
    words = {"kind": "sql.table", "objects": ("orders",), "undo": Undo.NONE, "at": "database", **facts}
    reach, undo = Reach(words.pop("reach", "one")), Undo(words.pop("undo"))
    return Effect(Verb(verb), reach=reach, undo=undo, **words)


def plan_of(*findings: Finding, agent: str = "claude-code") -> Plan:
    return Plan(Call(ShellLine("made by hand"), "/", agent), Reading(), findings)


def verdict_on(policy: Policy, *findings: Finding, standing: Standing = STANDING) -> Verdict:
    return decide(plan_of(*findings), policy, standing)


def rule(action: str = "block", rule_id: str = "a-rule", **when: object) -> Rule:
    votes = {key: when.pop(key) for key in ("quorum", "roles", "hardware", "safer") if key in when}
    return Rule.model_validate(
        {"id": rule_id, "because": f"{rule_id} says so", "action": Action(action), "when": when, "match": ("prod: x",),
         "not_match": ("dev: x",), **votes}
    )  # fmt: skip


def policy_of(*rules: Rule, raising: frozenset[str] = frozenset()) -> Policy:
    return Policy("own", rules, "0" * 64, raising=raising)


def started_by(program: str) -> Command:
    return Command(program, (Word(program),))
