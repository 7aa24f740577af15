"""`agentguard uninstall AGENT`: the other half of `install`, which tells what both promise."""

from agentguard.cli.install.command import uninstall as command

__all__ = ["command"]
