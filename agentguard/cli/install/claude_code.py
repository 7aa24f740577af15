"""Claude Code's settings with agentguard's hook in them. Pure: text in, text out.

Promises: everything that was there stays as it was; installing again changes nothing; an older entry of agentguard is
replaced where it stands. Refuses settings that are not JSON, or whose `hooks` are not what Claude Code reads, because
Claude Code drops a whole settings file, hooks and all, for one badly typed value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from agentguard.cli.install.json_text import Json, Span, Text, parse
from agentguard.model.errors import AgentguardError

TIMEOUT = 60  # seconds until Claude Code gives up on the hook: well over the hook's own deadline, which denies
OURS = "/agentguard/client.py"  # an entry that runs this is an earlier one of ours
PLAIN = re.compile(r"[\w@%+=:,./-]+", re.ASCII)
VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)")
BLOCKS_ON_FAILURE = (2, 1, 295)  # the first version that reads `onFailure`
BEFORE, AFTER = "PreToolUse", ("PostToolUse", "PostToolUseFailure")


def hook_command(words: Sequence[str]) -> str:
    """The words as one command line for /bin/sh, each quoted where it must be."""
    return " ".join(word if PLAIN.fullmatch(word) else "'" + word.replace("'", "'\\''") + "'" for word in words)


def settings_with_hook(text: str, command: str, place: str = "settings.json") -> str:
    """The settings with the hook that runs `command` before every tool, and after it to learn what came of it.

    Args:
        text: the settings as they are; empty where there are none.
        command: a command line for /bin/sh.
        place: how an error calls the settings.

    Raises:
        AgentguardError: the settings are not JSON, or not an object with `hooks` as Claude Code reads them.
    """
    settings = parse(text if text.strip() else "{}\n", place)
    for event in (BEFORE, *AFTER):
        settings = _with_entry(settings, event, _entry(event, command), place)
    return settings.text


def cautions(text: str) -> tuple[str, ...]:
    """What in the settings keeps the hook from working although it is installed, one sentence each."""
    settings = parse(text, "settings.json")
    off = settings.member(settings.root, "disableAllHooks")
    if off and settings.value(off.start) is True:
        return ("`disableAllHooks` is true in these settings: no hook runs until you remove it.",)
    return ()


def caution_of_version(told: str) -> tuple[str, ...]:
    """What an older Claude Code does not do, from what `claude --version` says; nothing where it says no version."""
    found = VERSION.search(told)
    if found is None or tuple(map(int, found.groups())) >= BLOCKS_ON_FAILURE:
        return ()
    wanted = ".".join(map(str, BLOCKS_ON_FAILURE))
    return (f"Claude Code {found[0]} lets a call pass whose hook was killed or took too long; {wanted} blocks it.",)


def _entry(event: str, command: str) -> Json:
    handler: dict[str, Json] = {"type": "command", "command": command, "timeout": TIMEOUT}
    if event == BEFORE:
        handler["onFailure"] = "block"
    return {"matcher": "*", "hooks": [handler]}


def _with_entry(settings: Text, event: str, entry: Json, place: str) -> Text:
    if settings.text[settings.root] != "{":
        raise _strange(place, "the settings", "an object")
    hooks = settings.member(settings.root, "hooks")
    if hooks is None:
        return settings.put(settings.root, "hooks", {event: [entry]})
    if settings.text[hooks.start] != "{":
        raise _strange(place, "`hooks`", "an object")
    entries = settings.member(hooks.start, event)
    if entries is None:
        return settings.put(hooks.start, event, [entry])
    if settings.text[entries.start] != "[":
        raise _strange(place, f"`hooks.{event}`", "a list")
    return _in_list(settings, entries.start, entry)


def _in_list(settings: Text, start: int, entry: Json) -> Text:
    old = next((span for span in settings.members(start) if _is_ours(settings, span)), None)
    if old is None:
        return settings.append(start, entry)
    return settings if settings.value(old.start) == entry else settings.replace(old, entry)


def _is_ours(settings: Text, span: Span) -> bool:
    """An entry whose only handler runs our client: one beside handlers of others stays as it is."""
    value = settings.value(span.start)
    handlers = value.get("hooks") if isinstance(value, dict) else None
    only = handlers[0] if isinstance(handlers, list) and len(handlers) == 1 else None
    return isinstance(only, dict) and OURS in str(only.get("command"))


def _strange(place: str, what: str, wanted: str) -> AgentguardError:
    return AgentguardError(f"{what} is not {wanted}", place=place, hint="mend it, then install again")
