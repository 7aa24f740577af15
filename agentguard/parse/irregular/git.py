"""git: what it runs for its caller: `!` aliases, hooks the same line wrote, variables and settings that name programs.

Hooks that lie in the repository already are the project's own, as opaque as its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.named_programs import NAMES
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

# Settings whose value git hands to a shell (git's documentation, git-config).
SETTINGS = re.compile(
    r"core\.(?:sshcommand|editor|pager|fsmonitor|askpass|gitproxy)|sequence\.editor|diff\.external|pager\..+"
    r"|diff\..+\.(?:command|textconv)|merge\..+\.driver|filter\..+\.(?:clean|smudge|process)|(?:diff|merge)tool\..+\.cmd"
    r"|(?:man|browser|guitool)\..+\.cmd|gpg\.(?:.+\.)?program|credential\.(?:.+\.)?helper|interactive\.difffilter"
    r"|uploadpack\.packobjectshook|remote\..+\.(?:uploadpack|receivepack)|trailer\..+\.(?:command|cmd)|submodule\..+\.update"
)

HOOKED = frozenset(
    (name,) for name in ("am", "checkout", "clone", "commit", "gc", "merge", "pull", "push", "rebase", "switch")
)


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """Everything a git command would run beside git itself."""
    del row, surroundings
    told = dict(invocation.variables)
    for name in sorted(NAMES & told.keys()):
        value = told[name]
        if isinstance(value, Word) and not value.known:
            yield Payload("shell", text=value, how=name, variables=((name, None),))
    settings = dict(_settings(command, told))
    for key, setting in settings.items():
        if SETTINGS.fullmatch(key):
            yield Payload("shell", text=Word(setting.removeprefix("!")), how=key)
    yield from _alias(command, settings)
    for path, text in invocation.written:
        if "/.git/hooks/" in path and command.path[:1] in HOOKED:
            yield Payload("shell", text=text, how="git hook")


def _settings(command: Command, told: dict[str, Word | None]) -> Iterator[tuple[str, str]]:
    """Settings of this call alone: `-c key=value`, and GIT_CONFIG_KEY_n with GIT_CONFIG_VALUE_n."""
    for option in command.options:
        if option.name == "-c" and option.value is not None:
            key, _, value = option.value.text.partition("=")
            yield key.lower(), value
    for name, word in told.items():
        if name.startswith("GIT_CONFIG_KEY_") and isinstance(word, Word):
            value_word = told.get(name.replace("_KEY_", "_VALUE_"))
            yield word.text.lower(), value_word.text if isinstance(value_word, Word) else ""


def _alias(command: Command, settings: dict[str, str]) -> Iterator[Payload]:
    alias = settings.get("alias." + command.path[0].lower(), "") if command.path else ""
    if alias.startswith("!"):
        yield Payload("shell", text=Word(alias[1:]), rest=(Word("git"), *command.operands), how="git alias")
    elif alias:
        yield Payload(
            "argv", words=(Word("git"), *(Word(w) for w in alias.split()), *command.operands), how="git alias"
        )
