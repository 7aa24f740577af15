"""A small sample of what the kept scripts do over thousands of public texts: the rows, held to the shells."""

from __future__ import annotations

import shutil
import subprocess
from collections import Counter

import pytest

from agentguard.parse.shell.grammar import parse
from tests.parse.shell.test_commands import DEAD, HIDDEN
from tests.parse.shell.test_grammar import RUNS
from tests.public.bash_agrees import accepts, found_unread
from tests.public.extract import Snippet
from tests.public.shfmt_agrees import SHFMT, names, opinion

LATE = {"cat <<E\n${x\nE\nrm x"}  # what a heredoc holds is read when it runs: -n does not say that it is broken
UNLIKE_SHFMT = {
    "coproc rm x | cat": "a simple command behind coproc has no name in bash",
    "echo ${n:-<(rm x)}": "bash runs a process substitution inside `${…}`",
    "[[ $a == @($(rm x)) ]]": "bash runs a substitution inside an extended glob of a test",
    'cat <<E"O"F\n$(no)\nEOF\nrm x': "a delimiter that is quoted in part makes the text dead, too",
    "echo \"${n:-'$(rm x)'}\"": 'single quotes do not quote inside `"${…}"`',
    "!(rm x)": "where a command begins this is a negated subshell, since bash starts without extended globs",
}


def _bash() -> bool:
    found = shutil.which("bash")
    said = subprocess.run([found, "--version"], capture_output=True, check=True).stdout if found else b""
    return b"version 5.2" in said


@pytest.mark.skipif(not _bash(), reason="the rows are bash 5.2's, which is not here")
@pytest.mark.parametrize("line", [*HIDDEN, *DEAD, *RUNS])
def test_the_grammar_reads_what_bash_takes(line: str) -> None:
    snippet = Snippet("bash", "row", line, whole=False)
    if accepts(snippet) and line not in LATE:
        assert not found_unread(snippet)


@pytest.mark.skipif(not SHFMT.exists(), reason="shfmt-py is not installed")
@pytest.mark.parametrize("line", [*HIDDEN, *DEAD, *RUNS])
def test_shfmt_sees_the_same_commands(line: str) -> None:
    said = opinion(Snippet("bash", "row", line, whole=False))
    if said is not None:
        assert (Counter(names(parse(line))) == said) is (line not in UNLIKE_SHFMT)
