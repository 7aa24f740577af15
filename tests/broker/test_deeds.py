"""When a program is part of a line: the same words, in the same place, doing what the line was judged for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from agentguard.broker.deeds import deeds, is_read_whole, part_of
from agentguard.engine import plan
from agentguard.model.call import Argv, Body, Call, ShellLine
from agentguard.model.verdict import Plan
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped

TOOLBOX = Toolbox(shipped())
FILES = {"/repo/x": "x", "/repo/y": "y", "/other/x": "x", "/repo/clean.sh": "rm x\n", "/repo/d.sql": "DROP TABLE t;\n"}


def planned(body: Body, cwd: str = "/repo", environ: Mapping[str, str] | None = None) -> Plan:
    machine = Memory(FILES, {"HOME": "/home/ada", "PATH": "/usr/bin", **(environ or {})})
    return plan(Call(body, cwd, "claude-code", "ada"), Surroundings(machine, cwd), TOOLBOX)


def recognised(line: str, program: Argv, cwd: str = "/repo", **environ: str) -> bool:
    above = planned(ShellLine(line))
    return bool(part_of(planned(program, cwd, environ), deeds(above), whole=is_read_whole(above)))


RM = Argv(("rm", "x"))
PARTS: tuple[tuple[str, Argv], ...] = (
    ("rm x", RM),
    ("echo a; rm x; rm y", RM),
    ("/bin/rm x", RM),
    ("for f in x y; do rm $f; done", RM),
    ("sh clean.sh", RM),
    ("sudo rm x", RM),
    ("aws s3 rb s3://b --force", Argv(("aws", "s3", "rb", "s3://b", "--force"))),
    ("psql -h db.prod -c 'DROP TABLE t'", Argv(("psql", "-h", "db.prod", "-c", "DROP TABLE t"))),
    ("psql -h db.prod < d.sql", Argv(("psql", "-h", "db.prod"), "DROP TABLE t;\n", piped=True)),
    ("cat d.sql | psql -h db.prod", Argv(("psql", "-h", "db.prod"), piped=True)),
    ("psql -h db.prod <<< 'SELECT 1'", Argv(("psql", "-h", "db.prod"), piped=True)),
)


@pytest.mark.parametrize(("line", "program"), PARTS)
def test_a_program_that_the_line_starts_is_a_part_of_it(line: str, program: Argv) -> None:
    assert recognised(line, program)


NO_PARTS: tuple[tuple[str, Argv], ...] = (
    ("ls", RM),
    ("rm y", RM),
    ("rm x y", RM),
    ("rm -rf x", RM),
    ("rm x", Argv(("rm", "-f", "x"))),
    ("rm $(cat names)", RM),
    ("cd /other; rm x", RM),
    ("ssh host rm x", RM),
    ("docker exec c rm x", RM),
    ("psql -h db.prod -c 'DROP TABLE t'", Argv(("psql", "-h", "db.prod", "-c", "DROP TABLE u"))),
    ("psql -h db.prod < d.sql", Argv(("psql", "-h", "db.prod"), "DROP TABLE u;\n", piped=True)),
    ("psql -h db.prod <<< 'SELECT 1'; frobnicate", Argv(("psql", "-h", "db.prod"), piped=True)),
    ("AWS_PROFILE=dev aws s3 rb s3://b --force", Argv(("aws", "s3", "rb", "s3://b", "--force"))),
)


@pytest.mark.parametrize(("line", "program"), NO_PARTS)
def test_what_the_line_does_not_start_is_none(line: str, program: Argv) -> None:
    assert not recognised(line, program)


def test_the_same_words_elsewhere_or_in_another_environment_are_none() -> None:
    assert not recognised("rm x", RM, cwd="/other")
    bucket = Argv(("aws", "s3", "rb", "s3://b", "--force"))
    assert recognised("AWS_PROFILE=dev aws s3 rb s3://b --force", bucket, AWS_PROFILE="dev")
    assert not recognised("AWS_PROFILE=dev aws s3 rb s3://b --force", bucket, AWS_PROFILE="prod")


def test_a_program_that_only_reads_is_no_part_for_it_needs_to_be_none() -> None:
    assert not recognised("ls", Argv(("ls",)))
