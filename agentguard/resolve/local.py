"""This machine's own processes and settings: always local; and what could land anywhere."""

from __future__ import annotations

from agentguard.model.environment import LOCAL, NOWHERE, Environment
from agentguard.resolve.subject import Subject


def resolve(_: Subject) -> Environment:
    """Local, whatever the command says."""
    return LOCAL


def nowhere(_: Subject) -> Environment:
    """Not known, and not to be found out: a budget ended before the reading did."""
    return NOWHERE
