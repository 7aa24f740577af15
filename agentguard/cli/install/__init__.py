"""`agentguard install AGENT`: put the hook into an agent's settings, after showing what changes.

Promises: nothing is written before the diff was shown and agreed to; what was there is kept beside it; the new text
replaces the old one whole or not at all. Refuses settings that it cannot read.
"""

from agentguard.cli.install.command import command

__all__ = ["command"]
