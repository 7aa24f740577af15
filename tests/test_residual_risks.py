"""Every example of docs/residual-risks.md gets the verdict the list says, and is covered by what the list says.

The machine is that of the laws: kubectl's context in production, a few scripts in the checkout.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path

import pytest

from agentguard.broker.shimmed import shimmed
from agentguard.engine import judge, plan
from agentguard.model.call import Argv, Call
from agentguard.model.verdict import Standing
from agentguard.surroundings import Memory, Surroundings
from tests.laws import world

LIST = Path(__file__).parent.parent / "docs" / "residual-risks.md"
ROW = re.compile(r"\| `(?P<line>.+)` \| (?P<says>\w+) \| (?P<by>\w+)(?:: `(?P<what>[^`]+)`(?: (?P<then>\w+))?)? \|")
SCRIPTS = {
    "clean.py": "import shutil\nshutil.rmtree('victim')\n",
    "clean.sh": "kubectl delete namespace shop\n",
    "Makefile": "clean:\n\trm -rf victim\n",
    "commands.txt": "rm -rf victim\n",
    "tsc-of-mine": "#!/bin/sh\naws s3 rb s3://prod-data --force\n",
    ".git/HEAD": "ref: refs/heads/feature\n",
    ".git/hooks/pre-commit": "#!/bin/sh\nkubectl delete namespace shop\n",
}
FILES = {f"{world.CWD}/{name}": text for name, text in SCRIPTS.items()}
MACHINE = Memory({**world.FILES, **FILES}, world.ENVIRON)


@dataclass(frozen=True, slots=True)
class Risk:
    """One row: the line, its verdict, the kind of cover, and what of it: a command line and its verdict, or a file."""

    line: str
    says: str
    by: str
    what: str
    then: str


def risks() -> list[Risk]:
    text = LIST.read_text(encoding="utf-8")
    rows = (ROW.fullmatch(line) for line in text.splitlines())
    return [Risk(row["line"].replace(r"\|", "|"), row["says"], row["by"], row["what"] or "", row["then"] or "")
            for row in rows if row]  # fmt: skip


def covered(by: str) -> list[object]:
    return [pytest.param(risk, id=risk.line) for risk in risks() if risk.by == by]


def test_every_row_of_the_list_is_understood() -> None:
    written = [line for line in LIST.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    assert len(risks()) == len(written) > 20
    assert {risk.by for risk in risks()} == {"digest", "rights", "shims", "verdict"}


@pytest.mark.parametrize("risk", risks(), ids=lambda risk: risk.line)
def test_the_engine_says_of_a_line_what_the_list_says(risk: Risk) -> None:
    assert world.judged(risk.line, MACHINE).action == risk.says


@pytest.mark.parametrize("risk", covered("shims"))
def test_a_shim_stands_before_what_the_program_starts_and_judges_it(risk: Risk) -> None:
    words = tuple(shlex.split(risk.what))
    assert words[0] in shimmed(world.toolbox().tools)
    started = plan(Call(Argv(words), world.CWD), Surroundings(MACHINE, world.CWD), world.toolbox())
    assert judge(started, world.policy(), Standing()).action == risk.then


@pytest.mark.parametrize("risk", covered("digest"))
def test_the_bytes_that_were_read_are_part_of_the_plan(risk: Risk) -> None:
    looks = {(look.kind, look.subject): look.answer for look in world.planned(risk.line, MACHINE).looks}
    assert looks["script", f"{world.CWD}/{risk.what}"] == SCRIPTS[risk.what]


@pytest.mark.parametrize("risk", covered("verdict"))
def test_what_could_not_be_read_is_not_let_pass_in_silence(risk: Risk) -> None:
    assert risk.says in ("ask", "hold", "block")


@pytest.mark.parametrize("risk", covered("rights"))
def test_what_nothing_here_covers_is_let_pass_and_said_to_be(risk: Risk) -> None:
    assert risk.says == "allow"
