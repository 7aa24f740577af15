"""Rules: what happens to an effect where it lands. Strictest match wins; the order of rules and files never matters."""

from agentguard.policy.decide import decide
from agentguard.policy.load import load
from agentguard.policy.schema import Policy

__all__ = ["Policy", "decide", "load"]
