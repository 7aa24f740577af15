"""What agentguard adds to Claude Code's settings, level by level, and what in them keeps it from working. Pure.

Promises: one table of what each level adds. Claude Code drops a whole settings file, hooks and all, for one badly typed
value; `cautions` knows the values for which that was seen.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from agentguard.broker.places import SHARED
from agentguard.cli.install.additions import Addition, entry, runs_ours, setting
from agentguard.cli.install.json_text import MARK, Json, parse

TIMEOUT = 60  # seconds until Claude Code gives up on the hook: well over the hook's own deadline, which denies
PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
BLOCKS_ON_FAILURE = (2, 1, 295)  # the first version that reads `onFailure`
BEFORE, AFTER = "PreToolUse", ("PostToolUse", "PostToolUseFailure")
REWRITES = "updatedInput"  # the word by which a hook changes what a tool is given
COULD_REWRITE = "runs before tools too, and could rewrite"  # what is said of a hook that nobody knows to do it
LISTS = ("allow", "ask", "deny")  # of `permissions`
MANAGED = "managed"

SHELL = "agentguard-shell"  # what the launcher is called that stands before the shell


@dataclass(frozen=True, slots=True)
class Launchers:
    """What stands before the agent's shell and its programs: the shell's launcher, the directory of the shims, and the
    PATH that begins with it. Each is "" where there is none.
    """

    prefix: str = ""
    shims: str = ""
    path: str = ""


def _skills(_launchers: Launchers) -> Addition:
    return setting(("disableSkillShellExecution",), True)  # lines a skill runs by itself never come to a hook


def _bypass(_launchers: Launchers) -> Addition:
    return setting(("permissions", "disableBypassPermissionsMode"), "disable")


def _prefix(launchers: Launchers) -> Addition | None:
    def is_ours(value: Json) -> bool:
        return isinstance(value, str) and value.endswith(f"/{SHELL}")

    where = ("env", "CLAUDE_CODE_SHELL_PREFIX")
    return setting(where, launchers.prefix, is_ours) if launchers.prefix else None


def _path(launchers: Launchers) -> Addition | None:
    def is_ours(value: Json) -> bool:
        return isinstance(value, str) and value.split(os.pathsep)[0] == launchers.shims

    return setting(("env", "PATH"), launchers.path, is_ours) if launchers.path else None


# What a level adds beside the hook. The managed level alone cannot be taken back by an agent, nor by a repository.
ADDED: Mapping[str, tuple[Callable[[Launchers], Addition | None], ...]] = {
    "project": (),  # these settings are shared, and launchers lie in one person's state
    "user": (_prefix,),
    MANAGED: (_skills, _bypass, _prefix, _path),
}


def hook_command(words: Sequence[str]) -> str:
    """The words as one command line for /bin/sh, each quoted where it must be."""
    return " ".join(word if PLAIN.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'" for word in words)


def additions(level: str, command: str = "", launchers: Launchers | None = None) -> tuple[Addition, ...]:
    """What a level adds, with `command` (a command line for /bin/sh) as the hook; without one, to know it again."""
    also = (adds(launchers or Launchers()) for adds in ADDED[level])
    hooks = (entry(("hooks", event), _entry(event, command), _is_ours, "hooks") for event in (BEFORE, *AFTER))
    return (*hooks, *(addition for addition in also if addition))


def _entry(event: str, command: str) -> Json:
    handler: dict[str, Json] = {"type": "command", "command": command, "timeout": TIMEOUT}
    if event == BEFORE:
        handler["onFailure"] = "block"
    return {"matcher": "*", "hooks": [handler]}


def _is_ours(value: Json) -> bool:
    """An entry whose only handler runs our client: one beside handlers of others stays as it is."""
    handlers = value.get("hooks") if isinstance(value, dict) else None
    return isinstance(handlers, list) and len(handlers) == 1 and runs_ours(handlers[0])


def caution_of_version(told: str) -> tuple[str, ...]:
    """What an older Claude Code does not do, from what `claude --version` says; nothing where it says no version."""
    found = VERSION.search(told)
    if found is None or tuple(map(int, found.groups())) >= BLOCKS_ON_FAILURE:
        return ()
    wanted = ".".join(map(str, BLOCKS_ON_FAILURE))
    return (f"Claude Code {found[0]} lets a call pass whose hook was killed or took too long; {wanted} blocks it.",)


def cautions_of_launchers(level: str, launchers: Launchers) -> Iterator[str]:
    """What is not guarded, or will not stay so, for the launchers that a level names."""
    everybodys = launchers.shims.startswith(f"{SHARED}/")
    also, path = (" --managed", "/usr/local/bin:/usr/bin:/bin") if everybodys else ("", '"$PATH"')
    if _prefix in ADDED[level] and not launchers.prefix:
        yield f"nothing stands before the shell: `agentguard shell install{also}`, then install this again."
    if _path in ADDED[level] and not launchers.path:
        yield (
            f"nothing stands before programs: `agentguard shims install{also}`, then install this again with "
            f"--path {path}."
        )
    if _path in ADDED[level] and launchers.path:
        whose = "everybody's" if everybodys else "yours"
        yield f"PATH stands in these settings as it is now: install this again when {whose} changes."


def cautions(text: str, place: str, installed: str, scripts: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """What one settings file does to a hook of the level `installed`, one sentence each.

    Args:
        text: the settings.
        place: how a sentence calls them.
        installed: the level that the hook is of; nothing below switches a managed one off.
        scripts: what the files hold that hooks of these settings name, by the word that names them.

    Raises:
        AgentguardError: the settings are not JSON.
    """
    settings = parse(text, place)
    root = settings.value(settings.root)
    found = root if isinstance(root, dict) else {}
    return (
        *_of_switches(found, place, installed),
        *_of_values(found, place),
        *(("a byte order mark begins " + place + "; not every version reads past it.",) if text[:1] == MARK else ()),
        *_of_other_hooks(found, place, scripts or {}),
    )


def _of_switches(found: Mapping[str, Json], place: str, installed: str) -> Iterator[str]:
    if installed == MANAGED:
        return
    if found.get("disableAllHooks") is True:
        yield f"`disableAllHooks` is true in {place}: no hook runs until that is taken out."
    if found.get("allowManagedHooksOnly") is True:
        yield f"`allowManagedHooksOnly` is true in {place}: this hook does not run there, only a --managed one does."


def _of_values(found: Mapping[str, Json], place: str) -> Iterator[str]:
    dropped = f"in {place} is badly typed: Claude Code drops all of that file without a word."
    permissions = found.get("permissions")
    for name in LISTS:
        listed = permissions.get(name, []) if isinstance(permissions, dict) else []
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            yield f"`permissions.{name}` {dropped}"
    for handler in _handlers(found):
        timeout = handler.get("timeout", TIMEOUT)
        if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout <= 0:
            yield f"the timeout of the hook `{handler.get('command', '')}` {dropped}"


def _of_other_hooks(found: Mapping[str, Json], place: str, scripts: Mapping[str, str]) -> Iterator[str]:
    for handler in _handlers(found):
        command = str(handler.get("command") or handler.get("url") or handler.get("type"))
        if runs_ours(handler):
            continue
        held = [command, *(scripts[word] for word in words_of(command) if word in scripts)]
        does = "rewrites" if any(REWRITES in text for text in held) else COULD_REWRITE
        yield f"the hook `{command}` in {place} {does} what a tool is given: what runs is not what was judged."


def words_of(command: str) -> tuple[str, ...]:
    """The words of a hook's command that may name a script, without their quotes."""
    return tuple(word.strip("\"'") for word in command.split())


def other_commands(text: str, place: str) -> tuple[str, ...]:
    """The command lines that these settings run before tools. Raises AgentguardError for what is not JSON."""
    settings = parse(text, place)
    root = settings.value(settings.root)
    handlers = _handlers(root if isinstance(root, dict) else {})
    return tuple(str(handler.get("command", "")) for handler in handlers if not runs_ours(handler))


def _handlers(found: Mapping[str, Json]) -> Iterator[dict[str, Json]]:
    """Every handler of a hook before tools."""
    hooks = found.get("hooks")
    entries = hooks.get(BEFORE) if isinstance(hooks, dict) else None
    for one in entries if isinstance(entries, list) else []:
        handlers = one.get("hooks") if isinstance(one, dict) else None
        yield from (
            handler for handler in (handlers if isinstance(handlers, list) else []) if isinstance(handler, dict)
        )
