"""The shell we stand before (`agentguard-shell`) and the programs we stand before (shims): calls and answers. Pure.

Promises: what is judged is what would run: the arguments of the shell or the program as the operating system got them.
A line of Claude Code's is the command in it, so that it is the very call its hook was asked about; any other line is
judged as it stands. Refuses arguments it cannot read whole: MalformedEvent, and nothing runs.
"""

from __future__ import annotations

import dataclasses
import os.path
from collections.abc import Mapping

from agentguard.agents.claude_code import preludes
from agentguard.agents.claude_line import framed
from agentguard.agents.dialect import SILENCE, Agent, Before, Door, HookReply, MalformedEvent, Preludes, Surrounds
from agentguard.model.call import Argv, Body, Call, ShellLine
from agentguard.model.verdict import Action

SHELL, SHIM = "shell", "shim"
REFUSED = 77  # EX_NOPERM of sysexits.h: nothing has run
SESSION = "CLAUDE_CODE_SESSION_ID"
CALLERS = (  # the variable that an agent gives to what it starts, and the agent
    ("CLAUDECODE", "claude-code"),
    ("CODEX_THREAD_ID", "codex"),
    ("GEMINI_CLI", "gemini"),
    ("OPENCODE", "opencode"),
)


def read_shell(event: bytes, surrounds: Surrounds) -> Before:
    """A shell about to be started: its name and arguments, each with a NUL behind it."""
    words = _words(event)
    return _before(_line(words, surrounds.environ) or Argv(words), SHELL, surrounds)


def read_shim(event: bytes, surrounds: Surrounds) -> Before:
    """A program about to be started: how it is fed, the text it is fed, its name and its arguments, each with a NUL.

    `-` is fed nothing, `?` something that cannot be told, `=` the text.
    """
    how, _, rest = event.partition(b"\0")
    if how not in (b"-", b"?", b"="):
        raise MalformedEvent("a shim's call could not be read", hint="install the shims again")
    length, _, rest = rest.partition(b"\0")
    size = int(length) if length.isdigit() else 0
    words, text = _words(rest[size:]), rest[:size].decode("utf-8", "surrogateescape")
    body = Argv(words, stdin=text if how == b"=" else None, piped=how != b"-")
    return _before(body, SHIM, surrounds)


def reply(action: Action, reason: str) -> HookReply:
    """Silence to go on; status 77 and the reason on standard error to refuse. To ask is the hook's."""
    return SILENCE if action is Action.ALLOW else HookReply(REFUSED, error=reason.encode("utf-8", "replace") + b"\n")


def _before(body: Body, door: str, surrounds: Surrounds) -> Before:
    environ = surrounds.environ
    agent = next((name for variable, name in CALLERS if environ.get(variable)), door)
    return Before(Call(body, surrounds.cwd, agent, surrounds.user), session=environ.get(SESSION, ""))


def _words(event: bytes) -> tuple[str, ...]:
    words = tuple(word.decode("utf-8", "surrogateescape") for word in event.split(b"\0")[:-1])
    if not words or not event.endswith(b"\0"):
        raise MalformedEvent("a call without a program came from a shell or a shim", hint="install them again")
    return words


def _line(words: tuple[str, ...], environ: Mapping[str, str]) -> ShellLine | None:
    """The one line a shell is to run; None where it is started in any other way."""
    if len(words) != 3 or words[1] != "-c":
        return None
    dialect = "zsh" if os.path.basename(words[0]) == "zsh" else "bash"
    found, place = framed(words[2], dialect), preludes(environ).directory
    if found is None or any(os.path.dirname(path) != place for path in found.preludes):
        return ShellLine(words[2], dialect)
    return ShellLine(found.command, dialect, found.preludes)


AGENT_SHELL = Agent(SHELL, False, read_shell, lambda _environ: Preludes(), reply, Door.SHELL)
AGENT_SHIM = dataclasses.replace(AGENT_SHELL, name=SHIM, read=read_shim, door=Door.SHIM)
