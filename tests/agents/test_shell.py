"""What a shell and a program are given, as a call: the frame of Claude Code's line, and everything that is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentguard.agents.claude_line import Framed, framed
from agentguard.agents.dialect import HookReply, MalformedEvent, Surrounds
from agentguard.agents.shell import read_shell, read_shim, reply
from agentguard.model.call import Argv, Body, ShellLine
from agentguard.model.verdict import Action

SNAPSHOT = "/home/ada/.claude/shell-snapshots/snapshot-bash-1795220499366-6050pj.sh"
BEGIN = f"source {SNAPSHOT} 2>/dev/null || true && "
END = " && pwd -P >| /tmp/claude-46a0-cwd"
UNALIAS = "{ \\builtin unalias -- 'which'; \\builtin unset -f -- 'which'; } >/dev/null 2>&1 || true && "
NEW_SHELL = (  # seen where a command has backticks in it
    "{ case \"${BASH_VERSINFO-}\" in '2'|'3') \\builtin printf '%s\\n' '__CLAUDE_CODE_DID_NOT_RUN_BASH_TOO_OLD='"
    '"${BASH_VERSION-}" >&2; \\builtin exit 126; \\exit 126;; esac; } && '
)
HERE = Surrounds({"CLAUDECODE": "1", "HOME": "/home/ada", "CLAUDE_CODE_SESSION_ID": "s1"}, "/repo", "ada")

FRAMES = {  # line -> the command in it
    BEGIN + "\\builtin shopt -u extglob 2>/dev/null || true && eval 'ls -la' < /dev/null" + END: "ls -la",
    BEGIN + UNALIAS + "eval 'ls' < /dev/null" + END: "ls",
    NEW_SHELL + BEGIN + "eval 'echo `date`' < /dev/null" + END: "echo `date`",
    BEGIN + "eval 'echo '\"'\"'it'\"'\"' \"$HOME\" | cat '" + END: "echo 'it' \"$HOME\" | cat ",
    BEGIN + "eval 'cat <<E\n$x\nE'" + END: "cat <<E\n$x\nE",
    BEGIN + "{ shopt -u extglob || setopt NO_EXTENDED_GLOB NO_EQUALS; } >/dev/null 2>&1 || true && eval ''" + END: "",
}


@pytest.mark.parametrize(("line", "command"), FRAMES.items())
def test_the_agents_command_is_taken_out_of_its_frame(line: str, command: str) -> None:
    assert framed(line, "bash") == Framed(command, (SNAPSHOT,))


@given(some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_any_command_comes_out_of_its_frame_as_it_went_in(command: str) -> None:
    quoted = "'" + command.replace("'", "'\"'\"'") + "'"
    assert framed(f"{BEGIN}eval {quoted} < /dev/null{END}", "bash") == Framed(command, (SNAPSHOT,))


NO_FRAMES = (
    "",
    "ls",
    "eval 'ls'",
    "eval 'ls'; pwd -P >| /tmp/claude-46a0-cwd",
    BEGIN + "eval 'ls'",
    BEGIN + 'eval "ls $x"' + END,
    BEGIN + "eval ls -la" + END,
    BEGIN + "eval 'ls' < /etc/passwd" + END,
    BEGIN + "eval 'ls' > /etc/passwd" + END,
    BEGIN + "X=1 eval 'ls'" + END,
    BEGIN + "eval 'ls' && eval 'rm x'" + END,
    BEGIN + "eval 'ls' | eval 'sh'" + END,
    BEGIN + "eval 'ls'" + END + "; rm x",
    BEGIN + "eval 'ls'" + END + " && rm x",
    BEGIN + "eval 'ls'" + END + " &",
    BEGIN + "eval 'ls' && pwd -P >| /home/ada/.bashrc",
    BEGIN + "eval 'ls' && pwd -P >| /tmp/claude-46a0-cwd > x",
    BEGIN + "eval 'ls' && pwd -P $(rm x) >| /tmp/claude-46a0-cwd",
    BEGIN + "rm x && eval 'ls'" + END,
    BEGIN + "cd / && eval 'ls'" + END,
    BEGIN + "export AWS_PROFILE=prod && eval 'ls'" + END,
    BEGIN + "ls() { rm x; } && eval 'ls'" + END,
    BEGIN + "shopt -s expand_aliases && eval 'ls'" + END,
    BEGIN + "true > x && eval 'ls'" + END,
    BEGIN + "true $(rm x) && eval 'ls'" + END,
    BEGIN + "true <(rm x) && eval 'ls'" + END,
    BEGIN + "printf `rm x` && eval 'ls'" + END,
    BEGIN + "printf x > 2 && eval 'ls'" + END,
    BEGIN + "(true) && eval 'ls'" + END,
    BEGIN + "{ case $(rm x) in a) true;; esac; } && eval 'ls'" + END,
    BEGIN + "{ case x in $(rm x)) true;; esac; } && eval 'ls'" + END,
    BEGIN + "unalias -- \"$(rm x)\" && eval 'ls'" + END,
    BEGIN.replace("snapshot-bash", "other") + "eval 'ls'" + END,
    BEGIN.replace("source", "source -x") + "eval 'ls'" + END,
    BEGIN.replace(SNAPSHOT, "$HOME/shell-snapshots/snapshot-bash-1-a.sh") + "eval 'ls'" + END,
)


@pytest.mark.parametrize("line", NO_FRAMES)
def test_what_differs_from_a_frame_is_none(line: str) -> None:
    assert framed(line, "bash") is None


def shell(*words: str, here: Surrounds = HERE) -> Body:
    return read_shell(b"".join(word.encode() + b"\0" for word in words), here).call.body


LINE = BEGIN + "eval 'ls'" + END


def test_a_framed_line_is_the_call_its_hook_was_asked_about() -> None:
    found = read_shell(b"/bin/bash\0-c\0" + LINE.encode() + b"\0", HERE)
    assert found.call.body == ShellLine("ls", "bash", (SNAPSHOT,))
    assert (found.call.agent, found.call.user, found.call.cwd, found.session) == ("claude-code", "ada", "/repo", "s1")
    assert shell("/usr/bin/zsh", "-c", LINE.replace("-bash-", "-zsh-")) == ShellLine(
        "ls", "zsh", (SNAPSHOT.replace("-bash-", "-zsh-"),)
    )


def test_a_snapshot_that_is_not_where_the_agent_keeps_them_makes_no_frame() -> None:
    line = LINE.replace("/home/ada/", "/tmp/evil/")
    assert shell("/bin/bash", "-c", line) == ShellLine(line)
    there = Surrounds({"CLAUDE_CONFIG_DIR": "/tmp/evil/.claude"}, "/repo")
    assert isinstance(shell("/bin/bash", "-c", line, here=there), ShellLine)
    assert shell("/bin/bash", "-c", line, here=there) != ShellLine(line)


@pytest.mark.parametrize(
    "words", [("/bin/bash",), ("/bin/bash", "x.sh"), ("/bin/bash", "-c", "-l", "ls"), ("sh", "-lc", LINE)]
)
def test_a_shell_that_is_started_otherwise_is_judged_as_a_program(words: tuple[str, ...]) -> None:
    assert shell(*words) == Argv(words)


SHIMS: dict[bytes, Argv] = {
    b"-\0\0psql\0-c\0\0": Argv(("psql", "-c", "")),
    b"?\0\0psql\0": Argv(("psql",), piped=True),
    b"=\x003\0a\0bpsql\0": Argv(("psql",), "a\0b", piped=True),
    b"=\x000\0psql\0": Argv(("psql",), "", piped=True),
    b"-\0\0rm\0\xff\0": Argv(("rm", "\udcff")),
}


@pytest.mark.parametrize(("event", "body"), SHIMS.items())
def test_a_shim_tells_what_its_program_is_given(event: bytes, body: Argv) -> None:
    assert read_shim(event, HERE).call.body == body


@pytest.mark.parametrize("event", [b"", b"-", b"-\0\0", b"-\0\0rm", b"x\0\0rm\0", b"=\x0099\0rm\0"])
def test_a_call_that_is_not_whole_is_refused(event: bytes) -> None:
    with pytest.raises(MalformedEvent):
        read_shim(event, HERE)
    with pytest.raises(MalformedEvent):
        read_shell(event.rstrip(b"\0"), HERE)


def test_who_asks_is_told_by_what_the_agent_gives_to_what_it_starts() -> None:
    for environ, agent in (({"GEMINI_CLI": "1"}, "gemini"), ({}, "shim")):
        assert read_shim(b"-\0\0ls\0", Surrounds(environ, "/repo")).call.agent == agent


def test_a_refusal_is_77_with_the_reason_and_nothing_on_standard_output() -> None:
    assert reply(Action.ALLOW, "x") == HookReply()
    assert {reply(action, "why") for action in Action if action is not Action.ALLOW} == {HookReply(77, b"", b"why\n")}
