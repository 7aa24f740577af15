"""Rows of grammar that shells read in a way of their own; each was tried against the shell it is about."""

from __future__ import annotations

import pytest

from tests.parse.shell.reading import read

RUNS = [  # `rm x` runs in bash, and all of the line is read
    """echo "${n:-'}" '}"; rm x; : ' '""",  # inside `"${…}"` bash pairs single quotes, so the second `}` closes
    "echo $((1 ' )) ' ))\nrm x # '",
    """echo "${n:-'$(rm x)'}\"""",
    "echo ${!n*} ${!n@}; rm x",
    "echo $(cat <<E)\necho no\nE\nrm x",  # the text of a heredoc may stand behind its substitution
    "echo $(cat <<E\nbody\nE rm x)",  # `E …)` ends a heredoc inside a substitution
    "echo $(cat <<\\)\nbody\n) rm x)",
    "cat <<A && (\nbody\nA\nrm x)",
    "(cat <<E)\nE)\nE\nrm x",
    "coproc @ { rm x; }",
    "coproc $n { rm x; }",
    "for 'i' in a; do rm x; done",
    "(time -p) && rm x",
    "time -\\\np rm x",
    "let y=(1)+3\nrm x",
    "eval y=(1)z\nrm x",
    "!(rm x)",  # extended globs are off where bash starts
]
DEAD = [  # nothing of it runs but the commands that are no rm
    """echo "${n:-'}"; rm x; echo "'}\"""",
    "cat <<A && (\nrm x\nA\necho)",
    "echo $(cat <<E)\nrm x\nE\necho",
    "(cat <<E)\nrm x\nE",
]
REFUSED = [
    "`w \\",
    "echo | ! bar",
    "{ }",
    "if a; then b; else fi",
    ">f foo() { bar; }",
    "in",
    "]]",
    "a[b",
    "case a in a) b ;| esac",
]
REDIRECTS = [("echo a >!file", ">", "!file"), ("echo a >&!file", ">&", "!file")]


SH = ["((rm x))", "[[ a || rm x ]]", "[[ a && b || rm x ]]", "(( n )); rm x", "[[ a ]] && rm x", "rm x &> /dev/null"]
DIFFERS = ["echo $'a\\'; rm x; echo '", "echo a &>b rm x", """echo "${n:-'}"; rm x; echo "'}\""""]


@pytest.mark.parametrize("line", SH)
def test_what_sh_runs_is_found_whichever_shell_it_is(line: str) -> None:
    assert ["rm", "x"] in [argv[:2] for argv in read(line, dialect="sh").argvs]


@pytest.mark.parametrize("line", DIFFERS)
def test_what_two_shells_called_sh_read_differently_is_unknown(line: str) -> None:
    assert read(line, dialect="sh").unknowns


@pytest.mark.parametrize("line", RUNS)
def test_what_bash_runs_is_found(line: str) -> None:
    assert ["rm", "x"] in read(line).argvs


@pytest.mark.parametrize("line", DEAD)
def test_what_bash_takes_for_text_is_no_command(line: str) -> None:
    found = read(line)
    assert not [argv for argv in found.argvs if argv[0] == "rm"]
    assert not found.unknowns


@pytest.mark.parametrize("line", REFUSED)
def test_what_bash_refuses_is_told(line: str) -> None:
    assert read(line).unknowns


@pytest.mark.parametrize("line", ["echo ${n!m}", "echo ${%m}", "echo ${m@}"])
def test_an_expansion_that_bash_refuses_has_no_value_and_no_unknown(line: str) -> None:
    found = read(line)
    assert found.argvs == [["echo", "…"]]
    assert not found.unknowns


def test_what_a_refused_expansion_would_run_is_read_all_the_same() -> None:
    assert ["rm", "x"] in read("echo ${n!$(rm x)}").argvs


@pytest.mark.parametrize(("line", "operator", "target"), REDIRECTS)
def test_a_sign_of_zsh_is_part_of_the_name_in_bash(line: str, operator: str, target: str) -> None:
    (program,) = read(line).programs
    assert [(each.operator, str(each.target)) for each in program.redirects] == [(operator, target)]
