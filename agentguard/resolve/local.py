"""This machine's own processes and settings: always local."""

from __future__ import annotations

from agentguard.model.environment import LOCAL, Environment
from agentguard.resolve.subject import Subject


def resolve(_: Subject) -> Environment:
    """Local, whatever the command says."""
    return LOCAL
