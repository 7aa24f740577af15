"""Every budget from both sides: what stays within it is read, what goes beyond it is Unknown and held; all of it soon.

The clock is CPU time with a wide margin: what grows faster than its text takes minutes, not seconds.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.verdict import Action, Plan, Standing
from agentguard.parse import budget
from agentguard.parse.irregular.find import RUN_LIMIT
from agentguard.parse.shell import lexer
from agentguard.surroundings import LIST_LIMIT, Memory, Surroundings
from tests.laws import world

SECONDS = 5.0  # CPU: some ten times what the slowest takes here
HELD = (Action.HOLD, Action.BLOCK)
DANGER = "kubectl delete deployment api"


# Each budget: its constant, the line that spends so much of it, the most that is within, the least that is beyond.
SIDES: dict[str, tuple[Callable[[int], str], int, int]] = {
    "INPUT_LIMIT": (lambda n: f"echo {'x' * (n - 6)}\n", budget.INPUT_LIMIT, budget.INPUT_LIMIT + 1),
    "DEPTH_LIMIT": (lambda n: "( " * n + "true" + " )" * n, budget.DEPTH_LIMIT // 2 - 1, budget.DEPTH_LIMIT + 1),
    "STEP_LIMIT": (lambda n: "true;" * n, budget.STEP_LIMIT // 8, budget.STEP_LIMIT),
    "WRAP_LIMIT": (lambda n: "nohup " * n + "true", budget.WRAP_LIMIT, budget.WRAP_LIMIT + 1),
    "REENTRY_LIMIT": (lambda n: "eval " * n + "true", budget.REENTRY_LIMIT - 1, budget.REENTRY_LIMIT + 2),
    "SCRIPT_LIMIT": (
        lambda n: ";".join(f"sh s{number}" for number in range(n)), budget.SCRIPT_LIMIT, budget.SCRIPT_LIMIT + 1
    ),
    "NODE_LIMIT": (lambda n: "echo" + " x" * n, 4_000, lexer.NODE_LIMIT),
    "RUN_LIMIT": (lambda n: "find ." + " -exec true ;".replace(";", "\\;") * n, RUN_LIMIT, RUN_LIMIT + 1),
}  # fmt: skip
SCRIPTS = Memory({**world.FILES, **{f"{world.CWD}/s{n}": "true\n" for n in range(100)}}, world.ENVIRON)


def planned(line: str, machine: Memory = SCRIPTS) -> Plan:
    begun = time.process_time()
    made = plan(Call(ShellLine(line), world.CWD), Surroundings(machine, world.CWD), world.toolbox())
    assert time.process_time() - begun < SECONDS
    assert not any("guard itself failed" in unknown.why for unknown in made.reading.unknowns), made.reading.unknowns
    return made


def action(made: Plan) -> Action:
    return judge(made, world.policy(), Standing()).action


@pytest.mark.parametrize("name", SIDES)
def test_what_stays_within_a_budget_is_read(name: str) -> None:
    line, within, _ = SIDES[name]
    made = planned(line(within))
    assert made.reading.unknowns == ()
    assert action(made) is Action.ALLOW


@pytest.mark.parametrize("name", SIDES)
def test_what_goes_beyond_a_budget_is_unknown_and_held(name: str) -> None:
    line, _, beyond = SIDES[name]
    made = planned(line(beyond))
    assert any(unknown.anywhere for unknown in made.reading.unknowns)
    assert action(made) in HELD


@pytest.mark.parametrize("many", ["true\n", "x=1 cmd $y\n", "if a; then b; fi\n", "for i in 1 2; do a $i; done\n"])
def test_a_budget_that_runs_out_behind_a_jump_is_told_as_well(many: str) -> None:
    made = planned("rm -f a\nreturn 1\n" + many * 20_000)
    assert any(unknown.anywhere for unknown in made.reading.unknowns)
    assert action(made) in HELD


@pytest.mark.parametrize("name", SIDES)
def test_what_stands_before_a_budget_ran_out_is_seen(name: str) -> None:
    line, _, beyond = SIDES[name]
    if name == "INPUT_LIMIT":
        pytest.skip("a text over this limit is not read at all, and held")
    made = planned(f"{DANGER}\n{line(beyond)}")
    assert "kubectl" in [command.program for command in made.reading.commands]


MANY = Memory({f"{world.CWD}/d/{n}": "" for n in range(LIST_LIMIT // 5)}, world.ENVIRON)
EXTREME = {
    "1,000 pipeline stages": "true | " * 999 + "cat",
    "200 nested $(": "$(" * 200 + "ls" + ")" * 200,
    "a brace bomb": "echo {1..99999999}",
    "a brace product": "echo " + "{a,b}" * 30,
    "${x:0:n} that doubles": "x=aaaaaaaa;" + "x=${x:0:99999}${x:0:99999};" * 300 + "eval $x",
    "text that doubles": "x=a;" + "x=$x$x;" * 200 + "eval $x",
    "output that doubles": "x=$(cat data.txt);" + 'x=$(echo "$x$x" | tr a b);' * 60 + 'eval "$x"',
    "a pipe of promises": "cat data.txt | " + "xargs -P4 | " * 400 + "sh",
    "a recursive function": "f() { f; f; }; f",
    "functions that call each other": "f() { g; g; }; g() { f; f; }; f",
    "functions that double": "".join(f"f{n}() {{ f{n + 1}; f{n + 1}; }};" for n in range(30)) + "f0",
    "aliases of each other": "alias a='b;b' b='a;a'\na",
    "nested eval": 'x=\'eval "$x"\'; eval "$x"',
    "a line of 10 MB": "echo " + "x" * 10_000_000,
    "100,000 words": "echo" + " x" * 100_000,
    "deep arithmetic": "echo $((" + "(" * 3_000 + "1" + ")" * 3_000 + "))",
    "long arithmetic": "echo $((" + "1+" * 20_000 + "1))",
    "parentheses": "(" * 50_000,
    "an array of many words": "x=(man" + " 1an" * 22_000 + ")",
    "elements one by one": "".join(f"a[{n}]=x;" for n in range(15_000)),
    "an array that grows": "a=(x);" + 'a+=("${a[@]}");' * 40 + "echo ${a[@]}",
    "a flood of heredocs": "".join(f"cat <<E{n}\nx\nE{n}\n" for n in range(5_000)),
    "heredocs on a line": "cat " + " ".join(f"<<E{n}" for n in range(3_000)) + "\n" + "x\n" * 3_000,
    "a storm of globs": "rm " + "d/* " * 40 + "*/*" * 30,
    "a pattern that tries everything": "x=" + "a" * 20_000 + "; echo ${x//*a*b*c*/}",
    "a case that tries everything": "case " + "a" * 5_000 + " in +(+(a|aa)|aaa)b) rm x;; esac",
    "printf of a width": "x=$(printf %1000000s x); eval $x",
    "a script that sources itself": "printf '. ./self; . ./self\\n' > self; . ./self",
    "variables for programs": "".join(f"export v{n}={n};" for n in range(3_000)) + "ls;" * 3_000,
    "branches with variables": "".join(f"if a; then x{n}=1; else x{n}=2; fi;" for n in range(2_000)),
    "directories inside each other": "for i in {1..64}; do for j in {1..64}; do pushd victim; rm *; done; done",
    "a command of many words": "gcloud kms keys" + " versions" * 9_000,
    "find inside find": "find . -exec " * 400 + "rm x",
    "a name of dashes": "x" + "-" * 45_000,
    "names of a place": "turso db shell db" + " el" * 425 + "".join(f" el{n}" for n in range(425)),
    "a flood of names": "export" + " ENVort" * 25_000,
    "a flood of declarations": "export" + " A=1" * 25_000,
    "a flood of texts": "psql" + " -c 'select 1'" * 4_000,
    "a flood of redirects": "cat" + " >README.md" * 18_000,
    "holes of SQL": "psql -c '" + "{" * 40_000 + "'",
    "brackets of SQL": "psql -c 'DELETE FROM t WHERE f(" + "),(" * 20_000 + "'",
}


@pytest.mark.parametrize("name", EXTREME)
def test_what_is_made_to_exhaust_it_ends_soon(name: str) -> None:
    planned(EXTREME[name], MANY)


NUMBERED = (
    "echo a{1..9}", "echo ${9} $((9))", "a[9]=x; echo ${a[9]}", "a=(1 2); echo ${a[-9]}", "mapfile -n 9 a <<< x",
    "x=$(printf %9s x)", "x=$(echo x | head -9)", "x=abc; echo ${x:9:9}", "shift 9", "kill %9", "x=$(seq 9)",
    "x=$(echo a | cut -c9)", "[[ 9 -lt 3 ]] && ls", "((x=9))", "pushd +9", "echo x 9>f", "break 9", "psql -p 9",
    "redis-cli -n 9 get x", "head -c9 data.txt | sh", "sed -n 9p data.txt | sh", "git log -9", "read -n9 x <<< y",
)  # fmt: skip


@pytest.mark.parametrize("line", NUMBERED)
def test_a_number_of_thousands_of_digits_fails_nothing(line: str) -> None:
    made = planned(line.replace("9", "9" * 9_005))
    assert not [unknown.why for unknown in made.reading.unknowns if "guard itself" in unknown.why]


def test_a_file_opened_both_ways_may_have_no_name() -> None:
    assert planned("<>$(>=)").reading.commands
