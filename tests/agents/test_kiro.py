"""Kiro's events and answers, as its documentation and the sources of the Amazon Q CLI have them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentguard.agents import agent
from agentguard.agents.dialect import Before, Event, Harmless, MalformedEvent, Preludes, Surrounds
from agentguard.agents.kiro import HARMLESS, preludes, read, reply
from agentguard.model.call import Argv, Body, FileWrite, ShellLine, ToolCall
from agentguard.model.verdict import Action

HERE = Surrounds({"SHELL": "/bin/zsh", "HOME": "/home/ada"}, "/hook/cwd", "ada")


def event(tool: str, given_: object, **more: object) -> bytes:
    fields = {"hook_event_name": "preToolUse", "cwd": "/repo", "tool_name": tool, "tool_input": given_, **more}
    return json.dumps(fields).encode()


def before(found: Event) -> Before:
    assert isinstance(found, Before)
    return found


def aws(*words: str) -> Argv:
    return Argv(("aws", "--region", "eu-west-1", *words))


def use_aws(**more: object) -> dict[str, object]:
    return {"service_name": "rds", "region": "eu-west-1", "label": "x", **more}


BODIES: dict[str, tuple[str, object, Body]] = {
    "a shell line": ("execute_bash", {"command": "ls | wc", "summary": "x"}, ShellLine("ls | wc", "bash")),
    "a shell line by its other name": ("shell", {"command": "ls"}, ShellLine("ls", "bash")),
    "a new file": ("fs_write", {"command": "create", "path": "/repo/a", "file_text": "x"}, FileWrite("/repo/a", "x")),
    "a new file whose text stands elsewhere": (
        "fs_write",
        {"command": "create", "path": "/a", "new_str": "x"},
        FileWrite("/a", "x"),
    ),
    "a new file of version 3": ("write", {"path": "/a", "content": "x"}, FileWrite("/a", "x")),
    "a new file of the IDE": ("fsWrite", {"path": "a", "text": "x"}, FileWrite("/repo/a", "x")),
    "a file at home": ("fs_write", {"command": "create", "path": "~/a", "file_text": ""}, FileWrite("/home/ada/a", "")),
    "a file of a name that begins like home": (
        "fs_write",
        {"command": "create", "path": "~bob/a", "file_text": ""},
        FileWrite("/repo/~bob/a", ""),
    ),
    "an edit": (
        "fs_write",
        {"command": "str_replace", "path": "/a", "old_str": "x", "new_str": "y"},
        FileWrite("/a", "y", whole=False),
    ),
    "an insertion": (
        "fs_write",
        {"command": "insert", "path": "/a", "insert_line": 3, "new_str": "y"},
        FileWrite("/a", "y", whole=False),
    ),
    "an end": ("fs_write", {"command": "append", "path": "/a", "new_str": "y"}, FileWrite("/a", "y", whole=False)),
    "an edit of the IDE": ("strReplace", {"path": "/a", "oldStr": "", "newStr": "y"}, FileWrite("/a", "y", False)),
    "an end of the IDE": ("fsAppend", {"path": "/a", "text": "y"}, FileWrite("/a", "y", False)),
    "a file that goes": ("deleteFile", {"targetFile": "b/a"}, Argv(("rm", "-f", "--", "/repo/b/a"))),
    "an AWS call": (
        "use_aws",
        use_aws(
            operation_name="delete-db-cluster",
            parameters={"db-cluster-identifier": "shop", "skip-final-snapshot": ""},
            profile_name="p",
        ),
        aws("--profile", "p", "rds", "delete-db-cluster", "--db-cluster-identifier", "shop", "--skip-final-snapshot"),
    ),
    "names of the API": (
        "use_aws",
        use_aws(operation_name="x", parameters={"DBInstanceIdentifier": "s", "TableName": "t", "--max_items": 3}),
        aws("rds", "x", "--db-instance-identifier", "s", "--table-name", "t", "--max-items", "3"),
    ),
    "values that are not text": (
        "use_aws",
        use_aws(operation_name="x", parameters={"a": {"b": [1, None]}, "c": True}),
        aws("rds", "x", "--a", '{"b":[1,null]}', "--c", "true"),
    ),
    "arguments without a name": (
        "use_aws",
        {"service_name": "s3", "operation_name": "rm", "positional_args": ["s3://x"], "parameters": {"recursive": ""},
         "region": "eu-west-1"},
        aws("s3", "rm", "s3://x", "--recursive"),
    ),
    "an AWS call without parameters": ("aws", use_aws(operation_name="ls", parameters=None), aws("rds", "ls")),
    "an AWS call without an operation": ("use_aws", use_aws(), aws("rds")),
    "an MCP tool": ("@pg/query", {"sql": "SELECT 1"}, ToolCall("mcp__pg__query", {"sql": "SELECT 1"})),
    "an MCP tool with a slash": ("@a/b/c", {}, ToolCall("mcp__a__b/c", {})),
    "a tool nobody knows": ("frobnicate", {"x": [1]}, ToolCall("frobnicate", {"x": [1]})),
    "a subagent": ("use_subagent", {"query": "tidy up"}, ToolCall("use_subagent", {"query": "tidy up"})),
}  # fmt: skip


@pytest.mark.parametrize(("tool", "given_", "body"), BODIES.values(), ids=BODIES.keys())
def test_a_tool_use_becomes_its_call(tool: str, given_: object, body: Body) -> None:
    found = before(read(event(tool, given_), HERE))
    assert found.call.body == body
    assert (found.call.cwd, found.call.agent, found.call.user) == ("/repo", "kiro", "ada")
    assert (found.tool_use, found.session, found.asks) == ("", "", False)


@pytest.mark.parametrize("name", ["preToolUse", "PreToolUse"])
def test_both_spellings_of_the_event_are_read(name: str) -> None:
    found = before(read(event("shell", {"command": "ls"}, hook_event_name=name, session_id="s", tool_use_id="t"), HERE))
    assert (found.session, found.tool_use) == ("s", "t")


DIRECTORIES = {
    "its own": ({"command": "ls", "working_dir": "/tmp"}, "/repo", "/tmp"),
    "its own, at home": ({"command": "ls", "working_dir": "~/x"}, "/repo", "/home/ada/x"),
    "its own, below": ({"command": "ls", "working_dir": "a/../b"}, "/repo", "/repo/b"),
    "its own, in the IDE": ({"command": "ls", "cwd": "a"}, "/repo", "/repo/a"),
    "the event's": ({"command": "ls"}, "/repo", "/repo"),
    "the hook's": ({"command": "ls"}, None, "/hook/cwd"),
    "the hook's, for a relative one": ({"command": "ls"}, "x", "/hook/cwd"),
}


@pytest.mark.parametrize(("given_", "cwd", "expected"), DIRECTORIES.values(), ids=DIRECTORIES.keys())
def test_a_line_runs_in_its_directory(given_: object, cwd: str | None, expected: str) -> None:
    assert before(read(event("execute_bash", given_, cwd=cwd), HERE)).call.cwd == expected


@pytest.mark.parametrize("tool", sorted(HARMLESS))
def test_a_tool_that_only_reads_or_talks_passes(tool: str) -> None:
    assert read(event(tool, {}, session_id="s"), HERE) == Harmless(tool, "s")


def test_an_empty_input_makes_room_for_the_variable_and_no_other_does() -> None:
    old = Surrounds({"USER_PROMPT": event("shell", {"command": "rm x"}).decode()}, "/hook/cwd")
    assert before(read(b"", old)).call.body == ShellLine("rm x", "bash")
    assert before(read(event("shell", {"command": "ls"}), old)).call.body == ShellLine("ls", "bash")


MALFORMED = {
    "nothing": b"",
    "no JSON": b"{",
    "no UTF-8": b'{"a": "\xff"}',
    "a list": b"[]",
    "nested without end": b"[" * 100_000,
    "a field that is there twice": b'{"hook_event_name": "preToolUse", "tool_name": "shell", "tool_name": "read"}',
    "another event": event("shell", {"command": "ls"}, hook_event_name="agentSpawn"),
    "an event that is over": event("shell", {"command": "ls"}, hook_event_name="postToolUse"),
    "no tool": event("shell", {"command": "ls"}, tool_name=None),
    "input that is text": event("shell", "ls"),
    "no command": event("shell", {}),
    "a file without a path": event("fs_write", {"command": "create", "file_text": "x"}),
    "a path that no file can have": event("fs_write", {"command": "create", "path": "/a\0", "file_text": "x"}),
    "a way of writing that is not known": event("fs_write", {"command": "truncate", "path": "/a"}),
    "a file that goes, without a path": event("delete_file", {}),
    "no service": event("use_aws", {"operation_name": "ls", "region": "x"}),
    "parameters that are a list": event("use_aws", use_aws(operation_name="x", parameters=["a"])),
    "arguments that are a text": event("use_aws", use_aws(operation_name="x", positional_args="a")),
    "an argument that no program can be given": event("use_aws", use_aws(operation_name="x", parameters={"a": "\0"})),
    "half a surrogate": event("use_aws", use_aws(operation_name="x", parameters={"a": "\ud83e"})),
    "a directory that is a number": event("shell", {"command": "ls", "working_dir": 1}),
}


@pytest.mark.parametrize("data", MALFORMED.values(), ids=MALFORMED.keys())
def test_an_event_that_cannot_be_read_whole_is_an_error(data: bytes) -> None:
    with pytest.raises(MalformedEvent, match="from Kiro could not be read"):
        read(data, HERE)


JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = some.sampled_from(["command", "path", "parameters", "service_name", "positional_args", "working_dir", "text"])


@given(some.sampled_from(["shell", "fs_write", "use_aws", "strReplace", "@a/b"]), some.dictionaries(NAMES, JSON))
def test_whatever_a_tool_is_given_is_a_call_or_that_error(tool: str, given_: dict[str, object]) -> None:
    with contextlib.suppress(MalformedEvent):
        assert before(read(event(tool, given_), HERE)).call


@pytest.mark.parametrize("action", [Action.ASK, Action.HOLD, Action.BLOCK])
def test_a_denial_is_exit_two_with_the_reason_for_the_model(action: Action) -> None:
    said = reply(action, "HELD ag-x: drop é")
    assert (said.status, said.output, said.error.decode()) == (2, b"", "HELD ag-x: drop é\n")


def test_to_let_pass_is_to_say_nothing() -> None:
    said = reply(Action.ALLOW, "anything")
    assert (said.status, said.output, said.error) == (0, b"", b"")


def test_it_cannot_ask_and_its_shell_reads_nothing_first() -> None:
    assert agent("kiro").asks is False
    assert preludes({"HOME": "/h"}) == Preludes()
