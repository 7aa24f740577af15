"""From what was read to what it would do: rows of the tables onto commands and statements."""

from agentguard.classify.rows import classify, could_not_read

__all__ = ["classify", "could_not_read"]
