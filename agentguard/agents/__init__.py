"""Hook dialects, one file an agent: bytes to Call, verdict to bytes. Pure.

AGENTS is the list: an agent is its file here and its line in it, no discovery. HOOKS adds the names that an agent's
hooks ask under where it may start several, DIALECTS what we put before an agent's shell and its programs: all of them
ask in the same way.
"""

from __future__ import annotations

from agentguard.agents import claude_code, kiro, shell
from agentguard.agents.dialect import Agent
from agentguard.model.errors import AgentguardError, did_you_mean

AGENTS = {
    "claude-code": claude_code.AGENT,
    "kiro": kiro.AGENT,
}
HOOKS = AGENTS | dict.fromkeys(kiro.ASKING, kiro.AGENT)
DIALECTS = HOOKS | {shell.SHELL: shell.AGENT_SHELL, shell.SHIM: shell.AGENT_SHIM}


def agent(name: str) -> Agent:
    """The dialect of an agent. Raises AgentguardError where there is none of that name."""
    if name not in AGENTS:
        raise AgentguardError(f"no agent is called `{name}`", hint=did_you_mean(name, tuple(AGENTS)))
    return AGENTS[name]


__all__ = ["AGENTS", "DIALECTS", "HOOKS", "Agent", "agent"]
