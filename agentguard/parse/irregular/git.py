"""git: what it runs for its caller: `!` aliases, hooks the same line wrote, variables and settings that name programs.

Hooks that lie in the repository already are the project's own, as opaque as its tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular import git_alias
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

HELPERS = ("!aws codecommit credential-helper", "!gh auth git-credential", "!glab auth git-credential")  # give a token

HOOKED = frozenset(
    (name,) for name in ("am", "checkout", "clone", "commit", "gc", "merge", "pull", "push", "rebase", "switch")
)


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """Everything a git command would run beside git itself."""
    told = dict(invocation.variables)
    for name in sorted(NAMES & told.keys()):
        value = told[name]
        if isinstance(value, Word) and not value.known:
            yield Payload("shell", text=value, how=name, variables=((name, None),))
    run = [(key, setting) for key, setting in git_alias.settings(command) if SETTINGS.fullmatch(key)]
    for key, setting in (*run, *_configured(command)):
        yield Payload("shell", text=Word(setting.removeprefix("!")), how=key)
    if row is None:
        yield from git_alias.payloads(command, surroundings)
    for path, text in invocation.written:
        if "/.git/hooks/" in path and command.path[:1] in HOOKED:
            yield Payload("shell", text=text, how="git hook")


def _configured(command: Command) -> Iterator[tuple[str, str]]:
    """A setting that `git config` writes down: what it names runs at some later command, with nobody there to ask."""
    words = [word.text for word in command.operands]
    words = words[1:] if words[:1] == ["set"] else words
    if command.path != ("config",) or len(words) < 2 or command.has("--get", "--get-all", "--unset"):
        return
    key, value = words[0].lower(), words[1]
    runs = SETTINGS.fullmatch(key) and any(mark in value.strip() for mark in " ;|&$`/!")
    if (runs and not value.startswith(HELPERS)) or (key.startswith("alias.") and value.startswith("!")):
        yield key, value
