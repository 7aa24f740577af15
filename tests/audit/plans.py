"""Plans as the tests of audit and broker need them, made of values alone."""

from __future__ import annotations

from dataclasses import replace

from agentguard.model.call import Body, Call, ShellLine
from agentguard.model.command import Reading
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.model.environment import Environment, Evidence, Target, Tier
from agentguard.model.verdict import Finding, Look, Plan

CWD = "/home/ada/shop"
DROP = "psql -h db.prod -d shop -c 'DROP TABLE orders'"
SHOP = Environment("shop", Tier.PROD, (Evidence("option -h", "db.prod"),))
EFFECT = Effect(Verb.DROP, "sql.table", ("orders",), Reach.ONE, Undo.NONE, at="database", row="sql: drop table")


def plan(
    body: Body | str = DROP,
    *,
    cwd: str = CWD,
    user: str = "ada",
    agent: str = "claude-code",
    environment: Environment = SHOP,
    effect: Effect = EFFECT,
    looks: tuple[Look, ...] = (),
) -> Plan:
    """The plan of a call that drops a table, or something else."""
    call = Call(ShellLine(body) if isinstance(body, str) else body, cwd, agent, user)
    target = Target(effect.kind, (effect.objects or ("?",))[0], environment)
    return Plan(call, Reading(), (Finding(effect, (target,)),), looks)


def elsewhere(source: str, says: str) -> Environment:
    """The same environment, known by something else."""
    return replace(SHOP, evidence=(Evidence(source, says),))
