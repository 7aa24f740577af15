"""Tools that are not command lines: an agent's own, and those of MCP servers.

An agent's own tools are local. Those of a server lie where its name says (`mcp__prod_db__…`); where no name says
anything, what only adds or changes counts as local, like opaque code, and what destroys lies nobody knows where.
"""

from __future__ import annotations

from agentguard.model.effect import Verb
from agentguard.model.environment import LOCAL, Environment, Tier
from agentguard.resolve import named
from agentguard.resolve.subject import Subject

SERVED = "mcp__"  # how agents spell the tools of MCP servers
ADDS = frozenset({Verb.CREATE, Verb.EXECUTE, Verb.MODIFY, Verb.READ})


def resolve(subject: Subject) -> Environment:
    """Where the tool's effect lands."""
    found = named.resolve(subject)
    own = not any(word.startswith(SERVED) for word in subject.operands)
    if found.tier is Tier.UNKNOWN and (own or subject.effect.verb in ADDS):
        return LOCAL
    return found
