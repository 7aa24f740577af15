"""What agentguard adds to Kiro's files: the hook in every agent of the CLI, and a hook file for CLI 3 and IDE 1. Pure.

Kiro CLI 2 takes hooks from the agent's own file only, CLI 3 and IDE 1 from `.kiro/hooks` (and CLI 3 for a while from
agents' files too, which is why it gets no hook there). Where two of them ask about one call, each asks under a name of
its own, and the broker knows it for one call.
From Kiro's documentation; where a version was tried by others it is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agentguard.cli.install.additions import Addition, entry, runs_ours, setting
from agentguard.cli.install.json_text import Json, parse

TIMEOUT = 30  # seconds until Kiro gives up on the hook, and runs the tool: well over the hook's deadline, which denies
HOOKS_FILE = "agentguard.json"
VERSION = re.compile(r"(\d+)\.\d+\.\d+")
READS_HOOK_FILES = 3  # the first major version of the CLI that does


def in_agent(command: str = "") -> tuple[Addition, ...]:
    """What goes into the file of an agent: the hook that runs `command` before every tool."""
    hook: Json = {"matcher": "*", "command": command, "timeout_ms": TIMEOUT * 1000, "cache_ttl_seconds": 0}
    return (entry(("hooks", "preToolUse"), hook, runs_ours),)  # a cached yes would be everybody's yes: never cached


def in_hooks(command: str = "") -> tuple[Addition, ...]:
    """What goes into the file of hooks."""
    hook: Json = {
        "name": "agentguard",
        "trigger": "PreToolUse",
        "matcher": ".*",
        "action": {"type": "command", "command": command},
        "timeout": TIMEOUT,
        "enabled": True,
    }
    return setting(("version",), "v1", frame=True), entry(("hooks",), hook, _is_ours)


def _is_ours(hook: Json) -> bool:
    return isinstance(hook, dict) and runs_ours(hook.get("action"))


def hooks_agents(told: str) -> bool:
    """Whether agents' files need the hook, from what `kiro-cli --version` says; they do where it says nothing."""
    found = VERSION.search(told)
    return found is None or int(found[1]) < READS_HOOK_FILES


def cautions(text: str, place: str) -> tuple[str, ...]:
    """What an agent's file keeps from the hook. Raises AgentguardError where it is not JSON."""
    settings = parse(text, place)
    agent = settings.value(settings.root)
    profile = _at(agent, "toolsSettings", "use_aws", "profile_name")
    if not isinstance(profile, str):
        return ()
    return (f"{place} sends use_aws to the profile `{profile}`: its hook is not told, and judges the default one.",)


def _at(value: Json, *keys: str) -> Json:
    for key in keys:
        value = value.get(key) if isinstance(value, Mapping) else None
    return value
