"""What an agent asked its tool to do, before anything is read of it.

A Call is made by an agent's dialect (`agents/`) or by `agentguard check`; it is complete and never changes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShellLine:
    """A line or script for a shell. `dialect` is bash, sh or zsh.

    `preludes` are files the agent's shell reads before the line (a shell snapshot, CLAUDE_ENV_FILE): their
    functions, aliases and variables count, what they run does not.
    """

    text: str
    dialect: str = "bash"
    preludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Argv:
    """One program with its arguments, as the operating system would get them.

    `piped` tells that something is fed to it, `stdin` the text where that is known.
    """

    words: tuple[str, ...]
    stdin: str | None = None
    piped: bool = False


@dataclass(frozen=True, slots=True)
class SqlText:
    """SQL as text. `channel` is wire (one message to the server), or client/psql (a client reads it first)."""

    text: str
    dialect: str = "postgres"
    channel: str = "wire"


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that is not a shell (MCP and the like): its name, and its arguments as JSON values."""

    tool: str
    arguments: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FileWrite:
    """A file the agent writes or edits itself. `content` is the new text, or the replacement of an edit."""

    path: str
    content: str
    whole: bool = True


Body = ShellLine | Argv | SqlText | ToolCall | FileWrite


@dataclass(frozen=True, slots=True)
class Call:
    """One call: `body`, the directory it starts in, and the agent and operating system user it comes from."""

    body: Body
    cwd: str
    agent: str = "person"
    user: str = ""
