"""What passes runs as it would have without us: the same status, output, signals, environment, files and directory."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.shell_wrapper.stage import BASH, Stage, quoted

LINES = (
    "exit 0",
    "exit 7",
    "echo out; echo err >&2; exit 3",
    "false | true; echo ${PIPESTATUS[*]}",
    "kill -TERM $$",
    "kill -INT $$",
    "kill -PIPE $$",
    "kill -XFSZ $$",
    "set -o pipefail; yes | head -1; echo $?",  # 141: the pipe's signal must kill, and Python ignores it
    "trap 'echo got it' INT; kill -INT $$; echo on",
    "trap",
    "echo $0 $# $- $SHLVL",
    "echo \"it's\" 'a \"b\"' a\\ b $'\\t|'",
    "printf '\\377\\001' | od -c",
    "printf '%s' é🦉 | od -c",
    "nosuchprogram --really",
    "env | sort",
    "umask; ulimit -n",
    "ls /proc/self/fd",
    "cd /; pwd; pwd -P",
    "cat",
    'read first; echo "<$first>"; cat',
    "sleep 0.05 & wait $!; echo ended $?",
    "(sleep 0.05; echo later) & echo now; wait",
    "for n in 1 2 3; do echo $n; done | tail -1",
    "cat <<E\n$HOME\nE",
    "exec 3>&1; echo three >&3",
    "exec true; echo never",
    "f() { return 9; }; f",
    "",
)


# What runs in our place, and what runs as our child since the record wants its end: the same to all who look on.
AS_IT_IS, AS_A_CHILD = "{}", "mkdir -p made\n{}"
WAYS = pytest.mark.parametrize("way", [AS_IT_IS, AS_A_CHILD], ids=["as it is", "as a child"])


def compare(stage: Stage, line: str, **more: str) -> None:
    bare = stage.run(BASH, "-c", line, given=b"one\ntwo\n", **more)
    ours = stage.run(str(stage.prefix.parent / "bash"), "-c", line, given=b"one\ntwo\n", **more)
    assert (ours.returncode, ours.stdout, ours.stderr) == (bare.returncode, bare.stdout, bare.stderr)


@pytest.mark.parametrize("line", LINES)
@WAYS
def test_a_line_ends_as_under_the_bare_shell(line: str, way: str, stage: Stage) -> None:
    compare(stage, way.format(line))
    assert way == AS_IT_IS or stage.last("ended")["kind"] == "ended"


@pytest.mark.parametrize("line", ["exit 7", "echo $0", "cat", "cd /; pwd"])
def test_what_only_reads_runs_in_our_place(line: str, stage: Stage) -> None:
    stage.run(str(stage.prefix), line)
    assert stage.last()["kind"] == "decision"


@pytest.mark.parametrize(
    "more", [{"LANG": "C"}, {"LANG": ""}, {"LC_ALL": "C"}, {"LC_CTYPE": "C.UTF-8"}, {"ODD": "a\nb"}]
)
@WAYS
def test_the_environment_is_the_one_that_came(way: str, more: dict[str, str], stage: Stage) -> None:
    compare(stage, way.format("env -0 | sort -z | od -c; printf '\\303\\251' | sed 's/./x/g'"), **more)


def test_bytes_that_are_no_text_stay_as_they_are(stage: Stage) -> None:
    compare(stage, "printf '%s' '\udcff\udc80' | od -c")


@pytest.mark.parametrize(
    "words", [("-c", "echo $0 $1", "name", "one"), ("-l", "-c", "shopt login_shell"), ("-e", "-c", "false; echo x")]
)
def test_a_shell_gets_the_arguments_it_was_given(words: tuple[str, ...], stage: Stage) -> None:
    bare = stage.run(BASH, *words)
    ours = stage.run(str(stage.prefix.parent / "bash"), *words)
    assert (ours.returncode, ours.stdout, ours.stderr) == (bare.returncode, bare.stdout, bare.stderr)


def test_a_line_of_claude_code_runs_in_its_frame_and_keeps_its_directory(stage: Stage) -> None:
    ended = stage.wrapped('mkdir -p sub && cd sub && echo "it\'s here" | cat')
    assert (ended.returncode, ended.stdout) == (0, b"it's here\n")
    assert (stage.folder / "claude-46a0-cwd").read_text() == f"{stage.work}/sub\n"
    bare = stage.run(BASH, "-c", stage.line("cd /; exit 4"))
    assert stage.wrapped("cd /; exit 4").returncode == bare.returncode == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
@WAYS
def test_a_signal_ends_what_runs_and_is_told_as_that(way: str, number: signal.Signals, stage: Stage) -> None:
    words = (str(stage.prefix), way.format("echo ready; exec sleep 30"))
    running = subprocess.Popen(words, stdout=subprocess.PIPE, cwd=stage.work, env=stage.environ())
    assert running.stdout
    with running.stdout as output:
        assert output.readline() == b"ready\n"
        running.send_signal(number)
        assert running.wait(10) == -number


@WAYS
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGALRM, signal.SIGCHLD, signal.SIGHUP])
def test_signals_that_were_ignored_stay_ignored(number: signal.Signals, way: str, stage: Stage) -> None:
    told = f"import signal,sys,os; signal.signal({number:d}, signal.SIG_IGN); os.execv(sys.argv[1], sys.argv[1:])"
    line = way.format("grep -E 'Sig(Ign|Blk)' /proc/self/status")
    ours, bare = (
        stage.run(sys.executable, "-I", "-c", told, shell, "-c", line)
        for shell in (str(stage.prefix.parent / "bash"), BASH)
    )
    ignored = [int(ended.stdout.split()[3], 16) >> (number - 1) & 1 for ended in (ours, bare)]
    blocked = [int(ended.stdout.split()[1], 16) for ended in (ours, bare)]
    assert (ignored, blocked) == ([1, 1], [0, 0])


def test_what_runs_in_the_background_outlives_the_line(stage: Stage) -> None:
    fifo = stage.folder / "fifo"
    os.mkfifo(fifo)
    ended = stage.run(
        str(stage.prefix), f'(read line < {quoted(str(fifo))}; echo "$line" > after) > /dev/null 2>&1 & echo gone on'
    )
    assert ended.stdout == b"gone on\n"
    with fifo.open("w") as writing:
        writing.write("still here\n")
    told = stage.work / "after"
    subprocess.run([BASH, "-c", f"until [ -s {quoted(str(told))} ]; do sleep 0.02; done"], timeout=10, check=True)
    assert told.read_text() == "still here\n"


def test_a_zsh_that_was_not_there_at_the_install_is_a_refusal(stage: Stage) -> None:
    if Path("/bin/zsh").exists() or Path("/usr/bin/zsh").exists():
        pytest.skip("there is a zsh here")
    ended = stage.run(str(stage.prefix), "echo x", SHELL="/bin/zsh")
    assert (ended.returncode, ended.stdout) == (77, b"")
    assert b"install the shell again" in ended.stderr
