"""What cannot be read is an Unknown beside what was found; nothing is an exception, and everything ends."""

from __future__ import annotations

import random

import pytest

from agentguard.parse.budget import Budget
from tests.parse.shell.reading import read

UNKNOWN = [
    ("$(mystery) rm x", [["mystery"], ["rm", "x"]]),  # it may be nothing at all
    ('"$(mystery)" a', [["mystery"], ["a"]]),
    ("pre$(mystery) a", [["mystery"]]),
    ('eval "$(mystery)"', [["mystery"]]),
    ('eval "cd $(mystery); rm x"', [["mystery"], ["cd", "…"], ["rm", "x"]]),
    ('. "$(mystery)"', [["mystery"]]),
    ("mystery | . /dev/stdin", [["mystery"]]),
    ("f() { f; }; f", []),
]  # fmt: skip


@pytest.mark.parametrize(("line", "argvs"), UNKNOWN)
def test_what_is_made_at_run_time_is_unknown_beside_the_rest(line: str, argvs: list[list[str]]) -> None:
    found = read(line)
    assert len(found.unknowns) == 1
    assert found.argvs == argvs


def test_a_program_in_a_directory_nobody_knows_is_still_that_program() -> None:
    assert read('"$(git rev-parse --show-toplevel)/bin/rm" x').argvs[-1] == ["rm", "x"]


def test_a_budget_that_runs_out_keeps_what_was_found() -> None:
    found = read("rm x; " + "true; " * 100, budget=Budget(steps=40))
    assert found.argvs[0] == ["rm", "x"]
    assert found.unknowns == ["more than 20000 steps to read"]


OPENERS = [
    ("$(", ")"), ('"$(', ')"'), ("( ", ")"), ("{ ", ";}"), ("if a; then ", "; fi"), ("f() { ", "; }"), ("${x:-", "}"),
    ('"${x:-"', '"}"'), ("$((", "))"), ("((", "))"), ("cat <(", ")"), ("case x in a) ", ";; esac"), ("[[ ( ", " ) ]]"),
    ("echo @(", ")"), ("{a,", "}"), ("x[$((x[", "]))]=1"), ("`", "`"), ("command ", ""), ("! ", ""), ("eval ", ""),
]  # fmt: skip


@pytest.mark.parametrize(("opener", "closer"), OPENERS)
@pytest.mark.parametrize("depth", [30, 63, 200, 5000])
def test_nesting_ends_without_an_exception(opener: str, closer: str, depth: int) -> None:
    read(opener * depth + "rm x" + closer * depth)
    read(opener * depth)


GROWING = [
    "x=a;" + "x=$x$x;" * 200 + "echo $x$x",
    "x=(a);" + 'x+=("${x[@]}");' * 60,
    "x=a;" + "x=${x//a/aaaaaaaa};" * 60,
    ":(){ :|:& };:",
    "for i in {1..60}; do for j in {1..60}; do for k in {1..60}; do rm $i$j$k; done; done; done",
    'x=\'eval "$x"\'; eval "$x"',
    "printf %99999999d",
    "x=y; y=x; echo $((x))",
]


@pytest.mark.parametrize("line", GROWING)
def test_texts_that_grow_and_rounds_that_multiply_end_in_the_budget(line: str) -> None:
    assert len(read(line).items) < 20_000


LINES = [
    'rm -rf "$d" && cd .. || exit 1',
    "for f in *.txt; do echo ${f%.txt}; done",
    "cat <<EOF | sh\nrm $x\nEOF",
    'x=$(echo `date` "$(pwd)")',
    "case $1 in a|b) rm x;; *) echo ${y:-$(ls)};; esac",
    'f() { local a=$1; rm "$a"; }; f b',
    'while read -r l; do rm "$l"; done < <(ls)',
    '[[ $x =~ ^(a|b)$ ]] && eval "rm $x"',
    "arr=(a 'b c'); rm \"${arr[@]}\" {a,b}{1..3}",
    "((i++)); echo $((i*2)) $[i]",
    "trap 'rm -rf \"$T\"' EXIT; T=$(mktemp -d)",
    "printf '%s\\n' a b | xargs -n1 rm > >(tee log) 2>&1",
    "coproc W { rm x; }; time ls | wc",
    'export A=1 B="$A"; env A=2 cmd >out 2>&1 &',
]
PIECES = [
    "$(",
    "`",
    ")",
    "((",
    "${",
    "}",
    "<<E\n",
    "\nE\n",
    '"',
    "'",
    "\\",
    "\\\n",
    ";;",
    "&&",
    "|",
    "<(",
    "[[",
    "esac",
]


def test_every_mutation_of_real_lines_is_read_without_an_exception() -> None:
    chance = random.Random(7)  # noqa: S311 - which mutation is tried is no secret
    for _ in range(1500):
        line = chance.choice(LINES)
        for _ in range(chance.randint(1, 4)):
            place = chance.randrange(len(line) + 1)
            line = line[:place] + chance.choice(PIECES) + line[place + chance.randrange(3) :]
        read(line, dialect=chance.choice(["bash", "zsh"]))
