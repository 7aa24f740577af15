"""What a hook's call depends on and its event does not say."""

from __future__ import annotations

import os
import pwd
import re
from pathlib import Path

import pytest

from agentguard.agents import agent
from agentguard.agents.dialect import Before
from agentguard.broker import context
from agentguard.broker.peer import Peer
from agentguard.model.call import Call, FileWrite, ShellLine
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker

CLAUDE = agent("claude-code")


def line(call: Call) -> ShellLine:
    assert isinstance(call.body, ShellLine)
    return call.body


def snapshot(home: Path, name: str, modified: int) -> str:
    path = home / ".claude/shell-snapshots" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("alias ll='ls -l'\n")
    os.utime(path, ns=(modified, modified))
    return str(path)


def test_the_newest_snapshot_of_the_shell_and_the_file_of_variables_come_first(tmp_path: Path) -> None:
    snapshot(tmp_path, "snapshot-bash-1.sh", 30)
    newest = snapshot(tmp_path, "snapshot-bash-2.sh", 40)
    snapshot(tmp_path, "snapshot-bash-3.sh", 20)
    snapshot(tmp_path, "snapshot-zsh-9.sh", 90)
    environ = {"HOME": str(tmp_path), "SHELL": "/bin/bash", "CLAUDE_ENV_FILE": "/e"}
    call = context.with_preludes(Call(ShellLine("ll"), "/"), CLAUDE, environ)
    assert line(call).preludes == (newest, "/e")


def test_where_there_is_no_snapshot_nothing_comes_first(tmp_path: Path) -> None:
    call = context.with_preludes(Call(ShellLine("ll"), "/"), CLAUDE, {"HOME": str(tmp_path)})
    assert line(call).preludes == ()


def test_only_a_shell_line_has_preludes(tmp_path: Path) -> None:
    snapshot(tmp_path, "snapshot-bash-1.sh", 30)
    call = Call(FileWrite("/a", ""), "/")
    assert context.with_preludes(call, CLAUDE, {"HOME": str(tmp_path)}) == call


def test_an_environment_arrives_as_the_system_keeps_it() -> None:
    block = b"A=1\0B=x=y\nz\0EMPTY=\0ODD=\xff\0"
    home = {"HOME": pwd.getpwuid(os.geteuid()).pw_dir}
    assert context.environment(block) == {**home, "A": "1", "B": "x=y\nz", "EMPTY": "", "ODD": "\udcff"}
    assert context.environment(b"") == home  # what a shell makes of `~` without the variable
    assert context.environment(b"HOME=/h") == {"HOME": "/h"}


def placed(cwd: str, fallback: str) -> str:
    return context.placed(Before(Call(ShellLine("x"), cwd)), fallback).call.cwd


def test_a_call_starts_where_its_links_lead_and_in_the_hooks_directory_where_its_own_is_gone(tmp_path: Path) -> None:
    here = os.path.realpath(tmp_path)
    (tmp_path / "link").symlink_to(here)
    assert placed(f"{tmp_path}/link", "/") == here
    assert placed(f"{tmp_path}/gone", f"{tmp_path}/link") == here
    with pytest.raises(AgentguardError, match="gone"):
        placed(f"{tmp_path}/gone", f"{tmp_path}/gone too")


def test_the_surroundings_see_the_hooks_variables_and_not_the_brokers(tmp_path: Path) -> None:
    seen = context.surroundings(Call(ShellLine("x"), str(tmp_path)), {"AWS_PROFILE": "prod"})
    assert (seen.cwd, seen.variable("AWS_PROFILE"), seen.variable("PATH")) == (str(tmp_path), "prod", None)


def test_who_asks_is_told_by_event_process_and_machine() -> None:
    event = Before(Call(ShellLine("x"), "/repo", "claude-code", "ada"), "toolu_1", "s1")
    asker = context.asker(event, CLAUDE, {"AI_AGENT": "claude-code_2.1.329_harness"}, Peer(501, 77), "f" * 64)
    assert isinstance(asker, Asker)
    assert (asker.os_user, asker.uid, asker.pid, asker.agent, asker.can_ask) == ("ada", 501, 77, "claude-code", True)
    assert (asker.session, asker.tool_use_id, asker.cwd) == ("s1", "toolu_1", "/repo")
    assert asker.agent_version == "claude-code_2.1.329_harness"


def test_an_agent_that_asks_but_not_in_this_mode_cannot_ask() -> None:
    event = Before(Call(ShellLine("x"), "/repo", "claude-code", "ada"), asks=False)
    assert not context.asker(event, CLAUDE, {}, Peer(501), "f" * 64).can_ask


def test_the_fingerprint_tells_users_apart_and_names_nobody() -> None:
    assert re.fullmatch("[0-9a-f]{64}", context.fingerprint("ada"))
    assert context.fingerprint("ada") == context.fingerprint("ada") != context.fingerprint("bob")
