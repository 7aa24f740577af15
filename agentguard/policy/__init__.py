"""Rules: what happens to an effect where it lands. Strictest match wins; the order of rules and files never matters."""

from agentguard.policy.decide import decide
from agentguard.policy.load import Source, load, shipped
from agentguard.policy.schema import Policy

__all__ = ["Policy", "Source", "decide", "load", "shipped"]
