"""What every agent's dialect is made of: an event in, a reply out. Values only.

A dialect reads the bytes its agent hands to a hook and writes the bytes the agent wants back. It decides nothing, and
touches no machine: which files the agent's shell reads first is told by the dialect, looked up by the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentguard.model.call import Call
from agentguard.model.errors import AgentguardError
from agentguard.model.verdict import Action


class Door(StrEnum):
    """Where a call is met on its way: in the agent's hook, before its shell, before a program."""

    HOOK = "hook"
    SHELL = "shell"
    SHIM = "shim"


@dataclass(frozen=True, slots=True)
class Before:
    """A tool is about to be used. `tool_use` is the agent's id of this use ("" where it has none).

    `asks` tells whether the agent, in the mode it is in, puts a question to the developer and waits for the answer.
    """

    call: Call
    tool_use: str = ""
    session: str = ""
    subagent: str = ""
    asks: bool = True


@dataclass(frozen=True, slots=True)
class After:
    """A tool has been used: what came of it, as far as the agent tells; None where it goes on in the background."""

    tool_use: str
    succeeded: bool | None


@dataclass(frozen=True, slots=True)
class Harmless:
    """A use of a tool that only reads or talks; it passes without a record. Of one that is over, no session is told."""

    tool: str
    session: str = ""
    subagent: str = ""


Event = Before | After | Harmless


@dataclass(frozen=True, slots=True)
class Surrounds:
    """What an event is read with: the hook's environment, its directory, and who runs it."""

    environ: Mapping[str, str]
    cwd: str
    user: str = ""


@dataclass(frozen=True, slots=True)
class Preludes:
    """Files the agent's shell reads before every line: `files` as they stand, and the newest of `directory`.

    Of the directory, names that begin with one of `prefixes` count; "" means there is none.
    """

    directory: str = ""
    prefixes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HookReply:
    """How a hook's process ends: exit status, standard output, standard error.

    With a `token` that is not 0 a launcher that goes on tells how what it starts has ended.
    """

    status: int = 0
    output: bytes = b""
    error: bytes = b""
    token: int = 0


SILENCE = HookReply()


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent's dialect. `asks` tells that its own prompt can ask the developer; where not, an ask waits outside."""

    name: str
    asks: bool
    read: Callable[[bytes, Surrounds], Event]
    preludes: Callable[[Mapping[str, str]], Preludes]
    reply: Callable[[Action, str], HookReply]
    door: Door = Door.HOOK


class MalformedEvent(AgentguardError):
    """What the agent sent is not an event of its hook: the call does not pass."""
