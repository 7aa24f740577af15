"""Claude Code's events and answers, as they were seen from the real program."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentguard.agents import AGENTS, agent
from agentguard.agents.claude_code import HARMLESS, preludes, read, reply
from agentguard.agents.dialect import After, Before, Event, Harmless, MalformedEvent, Preludes, Surrounds
from agentguard.model.call import Body, FileWrite, ShellLine, ToolCall
from agentguard.model.errors import AgentguardError
from agentguard.model.verdict import Action

HERE = Surrounds({"SHELL": "/bin/bash", "HOME": "/home/ada"}, "/hook/cwd", "ada")


def event(tool: str, given_: object, **more: object) -> bytes:
    fields = {
        "session_id": "s1",
        "transcript_path": "/t.jsonl",
        "cwd": "/repo",
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": given_,
        "tool_use_id": "toolu_1",
        **more,
    }
    return json.dumps(fields).encode()


def before(found: Event) -> Before:
    assert isinstance(found, Before)
    return found


BODIES: dict[str, tuple[str, object, Body]] = {
    "a shell line": ("Bash", {"command": "ls | wc", "description": "x"}, ShellLine("ls | wc", "bash")),
    "an empty line": ("Bash", {"command": ""}, ShellLine("", "bash")),
    "text beyond ASCII": ("Bash", {"command": "echo é 🦉"}, ShellLine("echo é 🦉", "bash")),
    "a new file": ("Write", {"file_path": "/repo/a", "content": "x"}, FileWrite("/repo/a", "x")),
    "a relative path": ("Write", {"file_path": "../b", "content": ""}, FileWrite("/b", "")),
    "an edit": (
        "Edit",
        {"file_path": "/repo/a", "old_string": "x", "new_string": "y"},
        FileWrite("/repo/a", "y", whole=False),
    ),
    "several edits": (
        "MultiEdit",
        {"file_path": "/a", "edits": [{"old_string": "", "new_string": "x"}, {"old_string": "", "new_string": "y"}]},
        FileWrite("/a", "x\ny", whole=False),
    ),
    "a notebook's cell": (
        "NotebookEdit",
        {"notebook_path": "/n.ipynb", "new_source": "print()"},
        FileWrite("/n.ipynb", "print()", whole=False),
    ),
    "a cell that goes": ("NotebookEdit", {"notebook_path": "/n", "edit_mode": "delete"}, FileWrite("/n", "", False)),
    "an MCP tool": ("mcp__pg__query", {"sql": "SELECT 1"}, ToolCall("mcp__pg__query", {"sql": "SELECT 1"})),
    "a tool nobody knows": ("Frobnicate", {"x": [1]}, ToolCall("Frobnicate", {"x": [1]})),
}


@pytest.mark.parametrize(("tool", "given_", "body"), BODIES.values(), ids=BODIES.keys())
def test_a_tool_use_becomes_its_call(tool: str, given_: object, body: Body) -> None:
    found = before(read(event(tool, given_), HERE))
    assert found.call.body == body
    assert (found.call.cwd, found.call.agent, found.call.user) == ("/repo", "claude-code", "ada")
    assert (found.tool_use, found.session, found.subagent) == ("toolu_1", "s1", "")


def test_a_subagent_is_named() -> None:
    assert before(read(event("Bash", {"command": "ls"}, agent_type="Explore"), HERE)).subagent == "Explore"


MODES = {
    "default": True,
    "acceptEdits": True,
    "auto": False,
    "bypassPermissions": False,
    "dontAsk": False,
    "plan": False,
    "": False,
    "a mode of tomorrow": False,
}


@pytest.mark.parametrize(("mode", "asks"), MODES.items(), ids=MODES.keys())
def test_only_a_mode_that_puts_its_questions_to_the_developer_can_ask(mode: str, asks: bool) -> None:
    assert before(read(event("Bash", {"command": "ls"}, permission_mode=mode), HERE)).asks is asks


TWICE = {
    "the tool": b'{"tool_name": "Bash", "tool_name": "Read", "hook_event_name": "PreToolUse", "tool_input": {}}',
    "the command": (
        b'{"tool_name": "Bash", "hook_event_name": "PreToolUse", "tool_input": {"command": "rm x", "command": "ls"}}'
    ),
}


@pytest.mark.parametrize("given_", TWICE.values(), ids=TWICE.keys())
def test_a_field_that_is_there_twice_is_no_event(given_: bytes) -> None:
    with pytest.raises(MalformedEvent, match="twice"):
        read(given_, HERE)


def test_a_path_that_no_file_can_have_is_no_event() -> None:
    with pytest.raises(MalformedEvent, match="cannot be a path"):
        read(event("Write", {"file_path": "/tmp/\0x", "content": ""}), HERE)


@pytest.mark.parametrize("cwd", [None, "", "relative"])
def test_without_a_directory_of_its_own_the_hooks_counts(cwd: str | None) -> None:
    assert before(read(event("Bash", {"command": "ls"}, cwd=cwd), HERE)).call.cwd == "/hook/cwd"


@pytest.mark.parametrize("tool", sorted(HARMLESS))
def test_a_tool_that_only_reads_or_talks_passes(tool: str) -> None:
    assert read(event(tool, {}, agent_type="explore"), HERE) == Harmless(tool, "s1", "explore")


@pytest.mark.parametrize("tool", ["bash", "read", "Read ", "READ"])
def test_a_name_that_only_looks_harmless_is_judged(tool: str) -> None:
    assert isinstance(before(read(event(tool, {}), HERE)).call.body, ToolCall)


@pytest.mark.parametrize(
    ("given", "came"),
    [({"run_in_background": True}, {}), ({}, {"stdout": "", "backgroundTaskId": "b1"})],
    ids=["sent there by the model", "sent there at its time limit"],
)
def test_of_a_command_in_the_background_nobody_knows_the_end(given: dict[str, object], came: dict[str, object]) -> None:
    told = event("Bash", {"command": "ls", **given}, hook_event_name="PostToolUse", tool_response=came)
    assert read(told, HERE) == After("toolu_1", None)


@pytest.mark.parametrize(("name", "succeeded"), [("PostToolUse", True), ("PostToolUseFailure", False)])
def test_what_came_of_a_tool_is_told(name: str, succeeded: bool) -> None:
    assert read(event("Bash", {"command": "ls"}, hook_event_name=name), HERE) == After("toolu_1", succeeded)


def test_what_came_of_a_tool_that_only_reads_is_nobodys_concern() -> None:
    assert read(event("Read", {}, hook_event_name="PostToolUse"), HERE) == Harmless("Read")


SHELLS = {
    "zsh": ({"SHELL": "/usr/bin/zsh"}, "zsh"),
    "bash": ({"SHELL": "/bin/bash"}, "bash"),
    "a shell Claude does not use": ({"SHELL": "/usr/bin/fish"}, "bash"),
    "none": ({}, "bash"),
    "Claude's own choice": ({"SHELL": "/bin/bash", "CLAUDE_CODE_SHELL": "/opt/zsh"}, "zsh"),
}


@pytest.mark.parametrize(("environ", "dialect"), SHELLS.values(), ids=SHELLS.keys())
def test_the_shell_is_the_one_of_the_hooks_environment(environ: dict[str, str], dialect: str) -> None:
    assert before(read(event("Bash", {"command": "x"}), Surrounds(environ, "/"))).call.body == ShellLine("x", dialect)


PLACES = {
    "the home": ({"HOME": "/home/ada"}, Preludes("/home/ada/.claude/shell-snapshots", ("snapshot-bash-",))),
    "a directory of its own": (
        {"HOME": "/home/ada", "CLAUDE_CONFIG_DIR": "/c", "SHELL": "/bin/zsh"},
        Preludes("/c/shell-snapshots", ("snapshot-zsh-",)),
    ),
    "a file of variables": (
        {"HOME": "/h", "CLAUDE_ENV_FILE": "/e"},
        Preludes("/h/.claude/shell-snapshots", ("snapshot-bash-",), ("/e",)),
    ),
    "a relative file is none": (
        {"HOME": "/h", "CLAUDE_ENV_FILE": "e"},
        Preludes("/h/.claude/shell-snapshots", ("snapshot-bash-",)),
    ),
}


@pytest.mark.parametrize(("environ", "expected"), PLACES.values(), ids=PLACES.keys())
def test_preludes_are_where_the_hooks_environment_says(environ: dict[str, str], expected: Preludes) -> None:
    assert preludes(environ) == expected


MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"a": "\xff"}',
    "a list": b"[]",
    "a number": b"1",
    "nested without end": b"[" * 100_000,
    "no event": b'{"tool_name": "Bash", "tool_input": {"command": "ls"}}',
    "another event": event("Bash", {"command": "ls"}, hook_event_name="SessionStart"),
    "no tool": event("Bash", {"command": "ls"}, tool_name=None),
    "input that is text": event("Bash", "ls"),
    "no command": event("Bash", {}),
    "a command that is a list": event("Bash", {"command": ["rm", "x"]}),
    "half a surrogate": event("Bash", {"command": "\ud83e"}),
    "a file without content": event("Write", {"file_path": "/a"}),
    "edits that are none": event("MultiEdit", {"file_path": "/a", "edits": "x"}),
    "a directory that is a number": event("Bash", {"command": "ls"}, cwd=1),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_event_that_cannot_be_read_whole_is_an_error(data: bytes) -> None:
    with pytest.raises(MalformedEvent, match="could not be read"):
        read(data, HERE)


@given(
    some.one_of(some.binary(max_size=200), some.text(max_size=200).map(lambda text: text.encode("utf-8", "replace")))
)
def test_whatever_comes_in_is_an_event_or_that_error(data: bytes) -> None:
    with contextlib.suppress(MalformedEvent):
        assert read(data, HERE)


def test_a_denial_says_no_in_all_three_ways() -> None:
    said = reply(Action.HOLD, 'HELD ag-x: drop "é"')
    assert said.status == 2
    assert said.error.decode() == 'HELD ag-x: drop "é"\n'
    assert json.loads(said.output) == {
        "hookSpecificOutput": {
            "hookEventName": "PreToolUse",
            "permissionDecision": "deny",
            "permissionDecisionReason": 'HELD ag-x: drop "é"',
        }
    }
    assert reply(Action.BLOCK, "x").status == 2


def test_to_let_pass_is_to_say_nothing() -> None:
    said = reply(Action.ALLOW, "anything")
    assert (said.status, said.output, said.error) == (0, b"", b"")


def test_to_ask_is_claudes_own_prompt() -> None:
    said = reply(Action.ASK, "why")
    assert (said.status, said.error) == (0, b"")
    assert json.loads(said.output)["hookSpecificOutput"]["permissionDecision"] == "ask"


def test_a_reason_that_is_no_unicode_is_still_a_denial() -> None:
    said = reply(Action.BLOCK, "\udcff")
    assert json.loads(said.output)["hookSpecificOutput"]["permissionDecision"] == "deny"
    assert said.error == b"?\n"


def test_agents_are_listed_and_a_misspelt_one_gets_a_hint() -> None:
    assert list(AGENTS) == sorted(AGENTS)
    assert agent("claude-code").asks
    with pytest.raises(AgentguardError, match="did you mean `claude-code`"):
        agent("claude")
