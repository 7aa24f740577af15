"""The guard guards itself: what starts it, what it decides by, and what it remembers are not an agent's to change.

A change of one of these paths, by whatever program, takes the protection off (unprotect, of the whole): agents'
settings that start hooks or other programs, our policy, state and socket. Reading them is a read. Where each agent
keeps its settings is told by its documentation.
"""

from __future__ import annotations

import os.path
from dataclasses import replace
from fnmatch import fnmatchcase

from agentguard.classify.files import absolute, checkout_of
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.surroundings import Surroundings

OURS = "agentguard's own policy, record and socket"
STARTS = "an agent's settings, which start the guard's hook"
RUNS = "a file from which an agent starts what no hook sees"
IN_HOME = {
    ".config/agentguard": OURS,
    ".local/state/agentguard": OURS,
    "Library/Application Support/agentguard": OURS,
    ".claude/settings*.json": STARTS,
    ".claude/shell-snapshots": RUNS,
    ".codex/config.toml": STARTS,
    ".codex/hooks.json": STARTS,
    ".copilot/settings*.json": STARTS,
    ".cursor/hooks.json": STARTS,
    ".gemini/settings.json": STARTS,
    ".config/opencode/opencode.json*": STARTS,
    ".config/opencode/plugin": STARTS,
    ".kiro/agents": STARTS,
    ".kiro/hooks": STARTS,
    ".kiro/settings": STARTS,
    ".aws/amazonq/cli-agents": STARTS,
    ".mcp.json": RUNS,
}
IN_CHECKOUT = IN_HOME | {
    ".agentguard": OURS,
    ".amazonq/cli-agents": STARTS,
    ".github/copilot/settings*.json": STARTS,
    ".opencode/opencode.json*": STARTS,
    ".opencode/plugin": STARTS,
}
OF_THE_SYSTEM = {
    "/etc/agentguard": OURS,
    "/etc/claude-code": STARTS,
    "/etc/codex": STARTS,
    "/etc/cursor": STARTS,
    "/etc/gemini-cli": STARTS,
    "/etc/github-copilot": STARTS,
    "/etc/opencode": STARTS,
    "/Library/Application Support/ClaudeCode": STARTS,
}
MOVES = frozenset({"mv", "git mv"})  # their sources go as well


def unprotecting(effect: Effect, surroundings: Surroundings) -> Effect:
    """The effect, or where it changes a guarded path, the unprotect that it is."""
    if effect.at != "files" or effect.verb is Verb.READ:
        return effect
    for path in _paths(effect, surroundings):
        what = guarded(path, surroundings)
        if what:
            return replace(effect, verb=Verb.UNPROTECT, kind="guard", objects=(path,), reach=Reach.ALL, undo=Undo.NONE,
                           whole=True, because=f"it is {what}",
                           safer=("ask the person you work for to change it in a terminal of their own",))  # fmt: skip
    return effect


def _paths(effect: Effect, surroundings: Surroundings) -> tuple[str, ...]:
    """The paths an effect changes, links followed; of a move the sources too."""
    source = effect.source
    names = effect.objects
    if isinstance(source, Command) and source.program in MOVES:
        names += tuple(word.text for word in source.operands)
    command = source if isinstance(source, Command) else None
    paths = tuple(absolute(name, command, surroundings) for name in names)
    real = tuple(surroundings.realpath(path) for path in paths if _through_a_link(path, surroundings))
    return paths + real


def _through_a_link(path: str, surroundings: Surroundings) -> bool:
    facts = surroundings.stat(path) if os.path.isabs(path) else None
    return facts is not None and facts.link


def guarded(path: str, surroundings: Surroundings) -> str:
    """What an absolute path is to the guard; "" for all others. A directory that holds a guarded path counts."""
    claude = surroundings.variable("CLAUDE_CONFIG_DIR")
    places = [(surroundings.home.rstrip("/"), IN_HOME), (checkout_of(surroundings), IN_CHECKOUT), ("", OF_THE_SYSTEM)]
    if claude:
        places.append((claude.rstrip("/"), {"settings*.json": STARTS, "shell-snapshots": RUNS}))
    for folder, table in places:
        for name, what in table.items():
            pattern = f"{folder}/{name}" if folder else name
            if _covers(path, pattern):
                return what
    return ""


def _covers(path: str, pattern: str) -> bool:
    """Whether the path is what the pattern names, lies in it, or is the directory just above it."""
    return (
        fnmatchcase(path, pattern)
        or fnmatchcase(path, pattern + "/*")
        or (path == os.path.dirname(pattern) and os.path.basename(path).startswith("."))
    )
