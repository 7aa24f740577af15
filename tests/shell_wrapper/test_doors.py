"""Hook, shell and shims as a dialogue: what one let pass nobody asks about again, and nothing is judged less for it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import count

import pytest

from agentguard.broker.launchers import remove, shims, write_shims
from agentguard.broker.start import hook_words
from agentguard.model.errors import AgentguardError
from tests.shell_wrapper.stage import BASH, SNAPSHOT, Ended, Stage, asked, passed, quoted

NUMBERS = count()
HELD = "aws s3 rb s3://orders-{} --force"
ASKED = "git reset --hard HEAD~{}"


@pytest.fixture
def held() -> str:
    """A command that must wait for a second person, another one for every test."""
    return HELD.format(next(NUMBERS))


@pytest.fixture
def risky() -> str:
    """A command that the developer is asked about, another one for every test."""
    return ASKED.format(next(NUMBERS))


def refused(ended: Ended) -> str:
    """What the agent is told of a refusal."""
    assert (ended.returncode, ended.stdout) == (77, b"")
    return ended.stderr.decode()


def told_by_the_hook(ended: Ended) -> str:
    assert ended.returncode == 2
    return ended.stderr.decode()


def shimmed(stage: Stage) -> dict[str, str]:
    return {"PATH": f"{stage.shims}:{stage.stubs}:/usr/bin:/bin"}


# Refused ------------------------------------------------------------------------------------------------------------


def test_a_refused_line_runs_nothing_and_says_what_the_hook_says(stage: Stage, held: str) -> None:
    line = f"touch ran; {held}; rm -f kept"
    assert refused(stage.wrapped(line)) == told_by_the_hook(stage.hook(line))
    assert stage.called() == ""
    assert not (stage.work / "ran").exists()


def test_a_line_that_no_hook_saw_is_refused_too(stage: Stage, held: str) -> None:
    assert "HELD ag-" in refused(stage.run(str(stage.prefix), held))
    assert "HELD ag-" in refused(stage.run(str(stage.prefix.parent / "bash"), "-c", "-l", held))
    assert "HELD ag-" in refused(stage.run(BASH, "-c", f"{stage.prefix} {quoted(held)}"))
    assert stage.called() == ""


def test_a_block_stays_a_block(stage: Stage) -> None:
    assert "BLOCKED" in refused(stage.wrapped("rm -rf /"))
    assert "BLOCKED" in refused(stage.run(str(stage.shims / "rm"), "-rf", "/"))
    assert stage.called() == ""


FRAMES = {  # a frame that is none: what is wrong with it, and what is put in place of what
    "another file is read first": ("snapshot-bash-1795220499366-6050pj.sh", "../../../evil.sh"),
    "its end writes elsewhere": ("-cwd", "-cwd-of-mine"),
    "one more command stands in it": ("true && {", "true && git reset --hard HEAD~77 && {"),
    "a substitution stands in it": ("'which'", '"$(git reset --hard HEAD~77)"'),
}


@pytest.mark.parametrize(("old", "new"), FRAMES.values(), ids=FRAMES.keys())
def test_what_only_looks_like_a_frame_is_judged_whole(old: str, new: str, stage: Stage) -> None:
    (stage.folder / "evil.sh").write_text("git reset --hard HEAD~77\n")
    (stage.folder / "claude-46a0-cwd-of-mine").write_text("mine\n")
    line = stage.line("git reset --hard HEAD~77").replace(old, new)
    assert asked(stage.hook("git reset --hard HEAD~77"))
    assert "HELD ag-" in refused(stage.run(BASH, "-c", f"{stage.prefix} {quoted(line)}"))
    assert stage.called() == ""


# Not asked twice ----------------------------------------------------------------------------------------------------


def test_what_the_developer_agreed_to_runs_once(stage: Stage, risky: str) -> None:
    assert asked(stage.hook(risky))
    assert passed(stage.wrapped(risky))
    assert stage.called() == f"{risky}\n"
    assert "HELD ag-" in refused(stage.wrapped(risky))
    assert stage.called() == ""


def test_what_was_approved_runs_once(stage: Stage, risky: str) -> None:
    stage.confirm(told_by_the_hook(stage.hook(risky, mode="dontAsk")))
    assert passed(stage.hook(risky, mode="dontAsk", use="toolu_2"))
    assert passed(stage.wrapped(risky))
    assert stage.called() == f"{risky}\n"
    assert "HELD ag-" in refused(stage.wrapped(risky))


def test_an_approval_that_no_hook_used_is_used_by_the_shell(stage: Stage, risky: str) -> None:
    stage.confirm(refused(stage.wrapped(risky)))
    assert passed(stage.wrapped(risky))
    assert stage.called() == f"{risky}\n"
    assert "HELD ag-" in refused(stage.wrapped(risky))


@pytest.mark.parametrize("tool", ["Bash", "Skill"])
def test_a_question_is_answered_with_no_once_the_agent_goes_on(tool: str, stage: Stage, risky: str) -> None:
    assert asked(stage.hook(risky))
    assert passed(stage.hook("ls", tool=tool, use="toolu_9"))
    assert "HELD ag-" in refused(stage.wrapped(risky))
    assert stage.called() == ""


def test_a_pass_is_for_its_own_session_and_directory_alone(stage: Stage, risky: str) -> None:
    assert asked(stage.hook(risky))
    assert "HELD ag-" in refused(stage.wrapped(risky, session="s2"))
    assert "HELD ag-" in refused(stage.wrapped(risky, session=""))
    assert "HELD ag-" in refused(stage.wrapped(f"{risky} --quiet"))
    assert "HELD ag-" in refused(stage.run("/usr/bin/env", "-C", str(stage.home), str(stage.prefix), stage.line(risky)))
    assert passed(stage.wrapped(risky))
    assert stage.called() == f"{risky}\n"


def test_the_hook_itself_is_not_asked_about_where_its_agent_starts_it_through_the_shell(
    stage: Stage, risky: str
) -> None:
    before = len(stage.entries())
    ended = stage.run(BASH, "-c", f"{stage.prefix} {quoted(stage.own)}", given=stage.event(risky))
    assert asked(ended)
    (entry,) = (entry for entry in stage.entries()[before:] if entry["kind"] != "ended")  # of a call before this one
    assert risky in entry["body"]["call"]
    assert passed(stage.wrapped(risky))
    assert stage.called() == f"{risky}\n"
    assert refused(stage.run(str(stage.prefix), f"{stage.own} ; {risky}"))


FORGE = """
import json, os, subprocess, sys, time
words = json.load(open(sys.argv[2]))
if sys.argv[1] == "leaves":
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    os.setsid()
    while os.getppid() == parent:
        time.sleep(0.01)
with open("event.json") as event, open("told", "w") as told:
    subprocess.run(words, stdin=event, stdout=told)
"""


@pytest.mark.parametrize("how", ["stays", "leaves"])
def test_an_agent_cannot_tell_its_own_tale_of_what_was_asked(how: str, stage: Stage, risky: str) -> None:
    """Neither below a line of its own, nor from a process that has left it."""
    (stage.work / "event.json").write_bytes(stage.event(risky))
    (stage.work / "words").write_text(json.dumps(hook_words(stage.here, "claude-code")))
    (stage.work / "forge.py").write_text(FORGE)
    opaque = stage.stubs / "frobnicate"  # a program without a table
    opaque.write_text(f'#!/bin/sh\nexec {sys.executable} -I "$@"\n')
    opaque.chmod(0o755)
    assert passed(stage.wrapped(f"frobnicate forge.py {how} words"))
    told = stage.work / "told"
    subprocess.run([BASH, "-c", f"until grep -q ask {quoted(str(told))}; do sleep 0.02; done"], timeout=10, check=True)
    told.unlink()
    assert "HELD ag-" in refused(stage.wrapped(risky))
    assert stage.called() == ""


TAKE = """
import os, time
open("ready", "w").close()
while not os.path.exists("asked"):
    time.sleep(0.01)
words = [open(name).read() for name in ("prefix", "risky")]
os.execv(words[0], words)
"""


def test_a_line_that_runs_already_cannot_take_what_is_being_asked(stage: Stage, risky: str) -> None:
    """It became the agent's own child long before, and starts our shell in its own place."""
    (stage.work / "take.py").write_text(TAKE)
    opaque = stage.stubs / "frobnicate"
    opaque.write_text(f'#!/bin/sh\nexec {sys.executable} -I "$@"\n')
    opaque.chmod(0o755)
    (stage.work / "risky").write_text(risky)
    (stage.work / "prefix").write_text(str(stage.prefix))
    words = (str(stage.prefix), "exec frobnicate take.py")
    with subprocess.Popen(words, cwd=stage.work, env=stage.environ(), stderr=subprocess.PIPE) as running:
        ready = quoted(str(stage.work / "ready"))
        subprocess.run([BASH, "-c", f"until [ -e {ready} ]; do sleep 0.02; done"], timeout=10, check=True)
        assert asked(stage.hook(risky))
        (stage.work / "asked").touch()
        _, told = running.communicate(timeout=20)
    assert (running.returncode, b"HELD ag-" in told) == (77, True)
    assert stage.called() == ""


def test_where_we_are_shell_and_prefix_the_prefix_asks_and_nobody_twice(stage: Stage, risky: str) -> None:
    shell = str(stage.prefix.parent / "bash")
    assert asked(stage.hook(risky))
    assert passed(stage.run(shell, "-c", f"{stage.prefix} {quoted(stage.line(risky))}"))
    assert stage.called() == f"{risky}\n"
    more = f"{stage.prefix} {quoted(stage.line('ls'))}{quoted(risky)}; {risky}"
    for line in (more, f"{stage.prefix} 'ls'; {risky}; echo 'x'", f"{stage.prefix} 'ls' $({risky}) 'x'"):
        assert "HELD ag-" in refused(stage.run(shell, "-c", line))
    assert stage.called() == ""


def test_what_was_approved_at_a_shim_runs_once(stage: Stage, risky: str) -> None:
    stage.confirm(refused(stage.run(*risky.split(), **shimmed(stage))))
    assert passed(stage.run(*risky.split(), **shimmed(stage)))
    assert stage.called() == f"{risky}\n"
    assert "HELD ag-" in refused(stage.run(*risky.split(), **shimmed(stage)))


def test_a_snapshot_that_came_after_the_hook_and_changes_nothing_is_no_other_call(stage: Stage, risky: str) -> None:
    snapshot = stage.home / ".claude" / "shell-snapshots" / SNAPSHOT
    text = snapshot.read_text()
    snapshot.unlink()
    assert asked(stage.hook(risky))
    snapshot.write_text(text)
    assert passed(stage.wrapped(risky))
    assert asked(stage.hook(risky))
    snapshot.write_text('git() { command git -C / "$@"; }\n')
    ended = stage.wrapped(risky)
    snapshot.write_text(text)
    assert "HELD ag-" in refused(ended)
    assert stage.called() == f"{risky}\n"


def test_what_was_let_pass_already_stands_in_the_log(stage: Stage, risky: str) -> None:
    asked(stage.hook(risky))
    stage.wrapped(risky)
    ended = stage.last("ended")
    passed = stage.entries()[-2]
    assert (passed["kind"], passed["body"]["door"]) == ("passed", "shell")
    assert (ended["kind"], ended["body"]["entry"], ended["body"]["status"]) == ("ended", passed["number"], 0)


# Shims --------------------------------------------------------------------------------------------------------------


def test_a_shim_becomes_the_program_with_its_arguments_and_input(stage: Stage) -> None:
    words = ("s3", "ls", "", "a b", "it's", "\udcff")
    ended = stage.run("aws", *words, given=b"fed\n", **shimmed(stage))
    assert passed(ended)
    told = stage.log.read_bytes()
    assert told == os.fsencode(f"{stage.stubs}/aws s3 ls  a b it's \udcff\nfed\n")


def test_a_program_in_a_script_nobody_could_read_is_caught_by_its_shim(stage: Stage, held: str) -> None:
    script = stage.work / "opaque.py"
    script.write_text("import subprocess, sys\nsys.exit(subprocess.run(sys.stdin.read().split()).returncode)\n")
    ended = stage.run(sys.executable, "-I", str(script), given=held.encode(), **shimmed(stage))
    assert ended.returncode == 77
    assert b"HELD ag-" in ended.stderr
    assert stage.called() == ""


def test_a_line_with_shims_is_asked_about_once(stage: Stage, risky: str) -> None:
    assert asked(stage.hook(f"for n in 1; do {risky}; done"))
    ended = stage.wrapped(f"for n in 1; do {risky}; done", **shimmed(stage))
    assert passed(ended), ended
    assert stage.called() == f"{risky}\n"


def test_with_the_hook_alone_a_shim_knows_what_was_approved_once(stage: Stage, risky: str) -> None:
    stage.confirm(told_by_the_hook(stage.hook(risky, mode="dontAsk")))
    assert passed(stage.hook(risky, mode="dontAsk", use="toolu_2"))
    assert passed(stage.run(*risky.split(), **shimmed(stage)))
    assert "HELD ag-" in refused(stage.run(*risky.split(), **shimmed(stage)))
    assert stage.called() == f"{risky}\n"


def test_with_the_hook_alone_an_answer_in_a_prompt_is_not_enough_for_a_shim(stage: Stage, risky: str) -> None:
    assert asked(stage.hook(risky))
    assert "HELD ag-" in refused(stage.run(*risky.split(), **shimmed(stage)))
    assert stage.called() == ""


def test_below_an_approved_line_a_shim_lets_nothing_else_pass(stage: Stage, risky: str) -> None:
    opaque = stage.stubs / "frobnicate"  # a program without a table
    opaque.write_text("#!/bin/sh\nexec $(cat other)\n")
    opaque.chmod(0o755)
    (stage.work / "other").write_text("git reset --hard HEAD~99\n")
    line = f"{risky}; frobnicate"
    assert asked(stage.hook(line))
    ended = stage.wrapped(line, **shimmed(stage))
    assert b"HELD ag-" in ended.stderr
    assert stage.called() == f"{risky}\n"


def test_sql_that_is_fed_to_a_shim_is_judged(stage: Stage) -> None:
    script = stage.work / "drop.sql"
    script.write_text("DROP TABLE orders;\n")
    for line in (
        f"psql -h db.prod < {script}",
        f"cat {script} | psql -h db.prod",
        "psql -h db.prod <<< 'DROP TABLE orders;'",
    ):
        ended = stage.run(BASH, "-c", line, **shimmed(stage))
        assert (ended.returncode, b"HELD ag-" in ended.stderr) == (77, True), line
    assert stage.called() == ""
    assert passed(stage.run(BASH, "-c", "psql -h db.prod -c 'SELECT 1' < /dev/null", **shimmed(stage)))


READS = "psql -h localhost -d shop <<< 'SELECT 1'"


def test_what_a_line_pipes_into_a_program_was_judged_with_the_line(stage: Stage) -> None:
    assert passed(stage.wrapped(READS, **shimmed(stage)))
    assert stage.called() == "psql -h localhost -d shop\nSELECT 1\n"
    ended = stage.wrapped(f"{READS}; frobnicate 2>/dev/null", **shimmed(stage))  # could start psql with another input
    assert b"HELD ag-" in ended.stderr
    assert stage.called() == ""


def test_a_program_that_is_not_there_is_not_found(stage: Stage) -> None:
    ended = stage.run(str(stage.shims / "aws"), "s3", "ls", PATH=f"{stage.shims}:/nowhere")
    assert (ended.returncode, ended.stderr) == (127, b"aws: command not found\n")


def test_a_shim_never_finds_a_shim(stage: Stage) -> None:
    others = stage.folder / "more"
    write_shims(others, stage.here, ("aws",))
    assert passed(stage.run("aws", "s3", "ls", PATH=f"{others}:{stage.shims}:{others}:{stage.stubs}:/usr/bin:/bin"))
    assert stage.called() == "aws s3 ls\n"
    assert remove(others) == ("aws",)
    assert not others.exists()


def test_a_program_without_a_first_line_is_run_by_sh_as_a_shell_does(stage: Stage) -> None:
    plain = stage.folder / "plain"
    plain.mkdir(exist_ok=True)
    (plain / "aws").write_text('echo "$0 $1 $2"\n')
    (plain / "aws").chmod(0o755)
    ended = stage.run("aws", "s3", "ls", PATH=f"{stage.shims}:{plain}:/usr/bin:/bin")
    assert ended.stdout.decode() == f"{plain}/aws s3 ls\n"


# What is broken -----------------------------------------------------------------------------------------------------


def test_a_launcher_whose_package_is_gone_refuses(stage: Stage) -> None:
    launcher = stage.folder / "broken"
    launcher.write_text(stage.prefix.read_text().replace("/agentguard/broker", "/gone/broker"))
    launcher.chmod(0o700)
    assert "install it again" in refused(stage.run(str(launcher), "echo x")).splitlines()[0]


def test_without_a_broker_nothing_runs(stage: Stage) -> None:
    launcher = stage.folder / "alone"
    text = stage.prefix.read_text().replace(str(stage.here.socket), f"{stage.folder}/alone-s/broker.sock")
    launcher.write_text(text)
    launcher.chmod(0o700)
    assert "no directory to work in" in refused(stage.run(str(launcher), "echo x"))


def test_nothing_that_is_not_ours_is_written_over_or_removed(stage: Stage) -> None:
    theirs = stage.folder / "theirs"
    theirs.mkdir(mode=0o700)
    (theirs / "aws").write_text("mine")
    with pytest.raises(AgentguardError, match="something else stands here"):
        write_shims(theirs, stage.here, ("aws", "git"))
    assert (remove(theirs), [path.name for path in theirs.iterdir()]) == ((), ["aws"])
    (theirs / "agentguard-shim").write_text("mine")
    with pytest.raises(AgentguardError, match="not agentguard's"):
        remove(theirs)
    shutil.rmtree(theirs)


def test_installing_again_drops_what_is_not_wanted_any_more(stage: Stage) -> None:
    some = stage.folder / "some"
    assert write_shims(some, stage.here, ("git", "aws")) == ("aws", "git")
    assert write_shims(some, stage.here, ("git", "psql")) == ("git", "psql")
    assert shims(some) == ("git", "psql")
    remove(some)
