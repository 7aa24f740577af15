"""SQLite: a database that is a file of this machine."""

from __future__ import annotations

from agentguard.model.environment import Environment, Evidence, Tier
from agentguard.resolve.subject import Subject


def resolve(subject: Subject) -> Environment:
    """Local; the evidence is the file."""
    named = next(iter(subject.operands), "")
    return Environment("local", Tier.LOCAL, (Evidence("the database file", named or "one in memory"),))
