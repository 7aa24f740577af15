"""What is a person's alone: commands that no agent may start on its own behalf.

This stops the honest mistake. It proves nothing: variables can be taken away. What stops the rest is that a vote is a
signature, with a key the agent's account need not hold.
"""

from __future__ import annotations

from collections.abc import Mapping

from agentguard.model.errors import AgentguardError, Exit

# Variables that agents give to the programs they start: whole names, and beginnings of names.
MARKS = ("AI_AGENT", "CLAUDECODE", "CURSOR_AGENT", "CURSOR_TRACE_ID", "GEMINI_CLI", "OPENCODE")
BEGINNINGS = ("CLAUDE_CODE_", "CODEX_", "COPILOT_AGENT_", "KIRO_AGENT_", "OPENCODE_")


class NotAPersonError(AgentguardError):
    """A person's command was started by an agent."""

    exit = Exit.BLOCKED


def refuse_inside_agent(command: str, environ: Mapping[str, str]) -> None:
    """Raise NotAPersonError where the environment is one that an agent made."""
    mark = next((name for name in sorted(environ) if name in MARKS or name.startswith(BEGINNINGS)), None)
    if mark is not None:
        raise NotAPersonError(
            f"`{command}` is for a person, and this shell belongs to an agent ({mark} is set)",
            hint="run it in a terminal of your own",
        )
