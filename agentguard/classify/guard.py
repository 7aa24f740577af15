"""The guard guards itself: what starts it, what it decides by, and what it remembers are not an agent's to change.

A change of one of these paths, by whatever program, takes the protection off (unprotect, of the whole): agents'
settings that start hooks or other programs, our policy, state and socket. Reading them is a read. Where each agent
keeps its settings is told by its documentation, and where the guard's own things lie by whoever starts the engine:
they count wherever that is. Refuses nothing to anybody who only looks. What changes no file stands in `rounds.py`.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import translate

from agentguard.classify.files import absolute, checkout_of
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.surroundings import Surroundings

ELSEWHERE = "the guard's own, or settings that it was installed into"
OURS = "agentguard's own policy, record and socket"
STARTS = "an agent's settings, which start the guard's hook"
RUNS = "a file from which an agent starts what no hook sees"
IN_HOME = {
    ".config/agentguard": OURS,
    ".local/state/agentguard": OURS,
    "Library/Application Support/agentguard": OURS,
    ".claude/settings*.json": STARTS,
    ".claude/shell-snapshots": RUNS,
    ".claude.json": RUNS,
    ".codex/config.toml": STARTS,
    ".codex/hooks.json": STARTS,
    ".claude/plugins": RUNS,
    ".copilot/hooks": STARTS,
    ".copilot/settings*.json": STARTS,
    ".cursor/hooks.json": STARTS,
    ".cursor/mcp.json": RUNS,
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
    ".github/hooks": STARTS,
    ".opencode/opencode.json*": STARTS,
    ".opencode/plugin": STARTS,
}
MOVED_BY = {  # the variable that moves a directory, and what is guarded in it
    "CLAUDE_CONFIG_DIR": {"settings*.json": STARTS, "shell-snapshots": RUNS, ".claude.json": RUNS},
    "CODEX_HOME": {"config.toml": STARTS, "hooks.json": STARTS},
    "XDG_CONFIG_HOME": {"agentguard": OURS, "opencode/opencode.json*": STARTS, "opencode/plugin": STARTS},
    "XDG_STATE_HOME": {"agentguard": OURS},
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


@dataclass(frozen=True, slots=True)
class Table:
    """Guarded paths below a folder, as one pattern: every path that is changed is asked about.

    A path is guarded that a name matches, that lies in what it matches, or that is the hidden directory around it.
    `inside` is what the folder itself holds, where it is the hidden directory.
    """

    pattern: re.Pattern[str]
    whats: tuple[str, ...]
    inside: str

    @classmethod
    def of(cls, names: Mapping[str, str]) -> Table:
        inside = next((what for name, what in names.items() if "/" not in name), "")
        return cls(re.compile("|".join(map(_covered, names)), re.DOTALL), tuple(names.values()), inside)

    def what(self, path: str) -> str:
        """What a path below the folder is; "" where it is nothing to the guard."""
        found = self.pattern.fullmatch(path)
        return self.whats[(found.lastindex or 1) - 1] if found else ""


def _covered(name: str) -> str:
    around = os.path.dirname(name)
    hidden = f"|{re.escape(around)}" if os.path.basename(around).startswith(".") else ""
    return f"({translate(name).removesuffix(END)}(?:/.*)?{hidden})"


END = translate("")[-2:]  # what fnmatch puts behind a pattern
HOME, CHECKOUT = Table.of(IN_HOME), Table.of(IN_CHECKOUT)
SYSTEM = Table.of({name.removeprefix("/"): what for name, what in OF_THE_SYSTEM.items()})
MOVED = {name: Table.of(names) for name, names in MOVED_BY.items()}
MOVES = frozenset({"mv", "git mv"})  # their sources go as well
TAKES = frozenset({Verb.DELETE, Verb.DROP, Verb.RECREATE})  # with a directory goes what lies in it
SAFER = ("ask the person you work for to change it in a terminal of their own",)


def unprotecting(effect: Effect, surroundings: Surroundings) -> Effect:
    """The effect, or where it changes a guarded path, the unprotect that it is."""
    if effect.at != "files" or effect.verb is Verb.READ:
        return effect
    moved = _moved(effect)
    for path in _paths((*effect.objects, *moved), effect, surroundings):
        what = guarded(path, surroundings)
        if what:
            return taken_off(effect, path, f"it is {what}")
    taken = effect.objects if effect.verb in TAKES else moved[:-1]
    if effect.whole:  # the home, the root, a disk: that it holds the guard as well is the least of it
        return effect
    for path in _paths(taken, effect, surroundings):
        if any(place.startswith(path.rstrip("/") + "/") for place in surroundings.own_places()):
            return taken_off(effect, path, f"in it lies what is {ELSEWHERE}")
    return effect


def taken_off(effect: Effect, name: str, because: str, safer: tuple[str, ...] = SAFER) -> Effect:
    """The effect as what it comes to: the guard's protection is gone."""
    return replace(effect, verb=Verb.UNPROTECT, kind="guard", objects=(name,), reach=Reach.ALL, undo=Undo.NONE,
                   whole=True, because=because, safer=safer)  # fmt: skip


def _moved(effect: Effect) -> tuple[str, ...]:
    """What `mv` is given, the place it goes to last; nothing for other programs."""
    source = effect.source
    if not isinstance(source, Command) or source.program not in MOVES:
        return ()
    return tuple(word.text for word in source.operands)


def _paths(names: tuple[str, ...], effect: Effect, surroundings: Surroundings) -> tuple[str, ...]:
    """The paths of these names, as they are written and with every link followed."""
    source = effect.source
    command = source if isinstance(source, Command) else None
    paths = dict.fromkeys(absolute(name, command, surroundings) for name in names)
    return tuple(dict.fromkeys((*paths, *(real for path in paths for real in _real(path, surroundings)))))


def _real(path: str, surroundings: Surroundings) -> tuple[str, ...]:
    """Where a path leads: through the links of its directory, and through its own."""
    if not os.path.isabs(path):
        return ()
    folder = os.path.join(surroundings.realpath(os.path.dirname(path)), os.path.basename(path))
    facts = surroundings.stat(path)
    return (folder, surroundings.realpath(path)) if facts is not None and facts.link else (folder,)


def guarded(path: str, surroundings: Surroundings) -> str:
    """What an absolute path is to the guard; "" for all others. A directory that holds a guarded path counts."""
    for place in surroundings.own_places():
        if path == place or path.startswith(place + "/"):
            return ELSEWHERE
    places = [(surroundings.home.rstrip("/"), HOME), (checkout_of(surroundings), CHECKOUT), ("", SYSTEM)]
    moved = ((surroundings.variable(name), table) for name, table in MOVED.items())
    places += [(folder.rstrip("/"), table) for folder, table in moved if folder]
    return next(filter(None, (_in(folder, table, path) for folder, table in places)), "")


def _in(folder: str, table: Table, path: str) -> str:
    if path == folder:
        return table.inside if os.path.basename(folder).startswith(".") else ""
    return table.what(path[len(folder) + 1 :]) if path.startswith(folder + "/") else ""
