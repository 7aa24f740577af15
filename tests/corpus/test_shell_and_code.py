"""Ways to hide a deed in shell and code, and text that only looks like one: a line a row, many to a technique.

`⏎` and `⇥` stand for a newline and a tab. Nothing in a row is ever run. Of an evasion the class must be found, or be
unknown where a row says so; of a harmless line it must be read or write, and the default policy lets it pass.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.verdict import Standing, Verdict
from agentguard.surroundings import Memory, Surroundings
from tests.corpus.checkout import CWD, ENVIRON, FILES
from tests.laws import world

CHECKOUT = Memory(FILES, ENVIRON)
AT_MOST = {"read": ("read",), "write": ("read", "write")}
ENOUGH = {"destructive": ("destructive",), "unknown": ("destructive", "unknown")}


def rows(name: str) -> list[object]:
    """(expected class, shell, line) of every row of a file; the section `zsh` is read as zsh."""
    found, family = list[object](), ""
    for row in Path(__file__).with_name(name).read_text(encoding="utf-8").splitlines():
        if row.startswith("## "):
            family = row[3:]
        elif row:
            expected, line = row.split(" | ", 1)
            shell = "zsh" if family == "zsh" else "bash"
            found.append(pytest.param(expected.strip(), shell, line, id=f"{family}: {line}"))
    return found


def judged(line: str, shell: str) -> Verdict:
    text = line.replace("⏎", "\n").replace("⇥", "\t")
    made = plan(Call(ShellLine(text, shell), CWD), Surroundings(CHECKOUT, CWD), world.toolbox())
    return judge(made, world.policy(), Standing())


@pytest.mark.parametrize(("expected", "shell", "line"), rows("evasions.txt"))
def test_a_hidden_deed_is_found(expected: str, shell: str, line: str) -> None:
    assert judged(line, shell).finding.class_ in ENOUGH[expected]


@pytest.mark.parametrize(("expected", "shell", "line"), rows("harmless.txt"))
def test_a_harmless_line_passes(expected: str, shell: str, line: str) -> None:
    verdict = judged(line, shell)
    assert verdict.action == "allow"
    assert verdict.finding.class_ in AT_MOST[expected]
