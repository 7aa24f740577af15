"""`agentguard install AGENT`: put the hook into an agent's settings, after showing what changes; and out of them again.

Promises: nothing is written before the difference was shown and agreed to, and nothing of any file where one of them
cannot be read; what was there is kept beside it; a new text replaces the old one whole or not at all; what `uninstall`
leaves is what was there. Refuses settings that it cannot read, and to change what a person has decided otherwise.
"""

from agentguard.cli.install.command import install as command

__all__ = ["command"]
