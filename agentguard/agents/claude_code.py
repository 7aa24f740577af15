"""Claude Code: its hook's events and answers. Pure.

Promises: every shell line, file write and MCP call becomes a Call; a tool that is not known becomes a ToolCall, judged
by its words. Refuses an event it cannot read whole: MalformedEvent, which ends as a denial. It never answers `allow`
(that would skip the developer's own permission prompt): silence lets a call pass.

The facts were seen with Claude Code 2.1.329: a denial is exit 2, the JSON decision (whose reason the model reads) and
the reason on standard error, all three, so that it holds even where one of them is lost.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Callable, Mapping

from agentguard.agents.dialect import (
    SILENCE,
    After,
    Agent,
    Before,
    Event,
    Harmless,
    HookReply,
    Preludes,
    Surrounds,
)
from agentguard.agents.fields import Fields, fields, malformed
from agentguard.model.call import Body, Call, FileWrite, ShellLine, ToolCall
from agentguard.model.verdict import Action

NAME, TITLE = "claude-code", "Claude Code"

HARMLESS = frozenset(  # Claude Code's own tools that read, talk, or keep its own lists
    {
        "Agent",  # the tools inside a subagent come to the hook themselves
        "AskUserQuestion",
        "BashOutput",
        "EnterPlanMode",
        "ExitPlanMode",
        "Glob",
        "Grep",
        "KillBash",  # ends a background command that this agent started
        "KillShell",
        "LS",
        "ListMcpResourcesTool",
        "NotebookRead",
        "Read",
        "ReadMcpResourceTool",
        "Skill",  # lines a skill runs by itself never come to a hook: install says so
        "Task",
        "TaskCreate",
        "TaskGet",
        "TaskList",
        "TaskOutput",
        "TaskStop",
        "TaskUpdate",
        "TodoRead",
        "TodoWrite",
        "ToolSearch",
        "WebFetch",
        "WebSearch",
    }
)

# Modes in which `ask` is a question to the developer. Seen with 2.1.329: in `bypassPermissions` the call runs where
# Claude Code would have asked by itself (`rm -rf .git`), in `auto` and `plan` its classifier may decide instead, and
# `dontAsk` always denies.
ASKING = frozenset({"acceptEdits", "default"})

BEFORE = "PreToolUse"
AFTER = {"PostToolUse": True, "PostToolUseFailure": False}


def read(event: bytes, surrounds: Surrounds) -> Event:
    """One event of the hook, from its standard input.

    Raises:
        MalformedEvent: it is not JSON, not an event of a hook we install, or a field that matters is not there.
    """
    told = fields(event, TITLE)
    name, tool = told.text("hook_event_name"), told.text("tool_name")
    if name != BEFORE and name not in AFTER:
        raise malformed(TITLE, f"`{name}` is not an event this hook answers")
    talk = (told.optional("session_id"), told.optional("agent_type"))
    if tool in HARMLESS:
        return Harmless(tool, *talk) if name == BEFORE else Harmless(tool)
    if name in AFTER:
        return After(told.optional("tool_use_id"), None if _goes_on(told) else AFTER[name])
    cwd = told.optional("cwd")
    cwd = cwd if os.path.isabs(cwd) else surrounds.cwd
    body = _body(tool, told.object("tool_input"), cwd, surrounds.environ)
    call, asks = Call(body, cwd, NAME, surrounds.user), told.optional("permission_mode") in ASKING
    return Before(call, told.optional("tool_use_id"), *talk, asks=asks)


def _goes_on(told: Fields) -> bool:
    """Is it a command that was sent to the background, by the model or at its time limit: nobody knows its end yet."""
    given, came = told.values.get("tool_input"), told.values.get("tool_response")
    asked = isinstance(given, dict) and given.get("run_in_background") is True
    return asked or (isinstance(came, dict) and bool(came.get("backgroundTaskId")))


def preludes(environ: Mapping[str, str]) -> Preludes:
    """What Claude Code's shell reads before each line: the session's snapshot of aliases and functions, and
    CLAUDE_ENV_FILE. The hook is not told which snapshot is its session's; the newest is taken.
    """
    home = environ.get("CLAUDE_CONFIG_DIR") or os.path.join(environ.get("HOME", "/nonexistent"), ".claude")
    prefix = f"snapshot-{_dialect(environ)}-"
    file = environ.get("CLAUDE_ENV_FILE", "")
    return Preludes(os.path.join(home, "shell-snapshots"), (prefix,), (file,) if os.path.isabs(file) else ())


def reply(action: Action, reason: str) -> HookReply:
    """The answer in Claude Code's words: silence to pass, its own prompt to ask, exit 2 with the reason to deny."""
    if action is Action.ALLOW:
        return SILENCE
    if action is Action.ASK:
        return HookReply(0, _decision("ask", reason))
    return HookReply(2, _decision("deny", reason), reason.encode("utf-8", "replace") + b"\n")


def _decision(decision: str, reason: str) -> bytes:
    told = {"hookEventName": BEFORE, "permissionDecision": decision, "permissionDecisionReason": reason}
    return json.dumps({"hookSpecificOutput": told}).encode("ascii") + b"\n"


# Tools ------------------------------------------------------------------------------------------------------------


def _shell(_tool: str, given: Fields, _cwd: str, environ: Mapping[str, str]) -> Body:
    return ShellLine(given.text("command"), _dialect(environ))


def _write(_tool: str, given: Fields, cwd: str, _environ: Mapping[str, str]) -> Body:
    return FileWrite(given.path("file_path", cwd), given.text("content"))


def _edit(_tool: str, given: Fields, cwd: str, _environ: Mapping[str, str]) -> Body:
    return FileWrite(given.path("file_path", cwd), given.text("new_string"), whole=False)


def _edits(_tool: str, given: Fields, cwd: str, _environ: Mapping[str, str]) -> Body:
    edits = given.values.get("edits")
    if not isinstance(edits, list) or not all(isinstance(edit, dict) for edit in edits):
        raise malformed(TITLE, "`edits` is not a list of edits")
    content = "\n".join(Fields(edit, TITLE).text("new_string") for edit in edits)
    return FileWrite(given.path("file_path", cwd), content, whole=False)


def _cell(_tool: str, given: Fields, cwd: str, _environ: Mapping[str, str]) -> Body:
    return FileWrite(given.path("notebook_path", cwd), given.optional("new_source"), whole=False)


def _any(tool: str, given: Fields, _cwd: str, _environ: Mapping[str, str]) -> Body:
    return ToolCall(tool, given.values)


Reader = Callable[[str, Fields, str, Mapping[str, str]], Body]

TOOLS: Mapping[str, Reader] = {
    "Bash": _shell,  # Monitor comes under this name too
    "Edit": _edit,
    "MultiEdit": _edits,
    "NotebookEdit": _cell,
    "Write": _write,
}


def _body(tool: str, given: Fields, cwd: str, environ: Mapping[str, str]) -> Body:
    return TOOLS.get(tool, _any)(tool, given, cwd, environ)


def _dialect(environ: Mapping[str, str]) -> str:
    shell = os.path.basename(environ.get("CLAUDE_CODE_SHELL") or environ.get("SHELL", ""))
    return "zsh" if shell == "zsh" else "bash"


AGENT = Agent(NAME, asks=True, read=read, preludes=preludes, reply=reply)
