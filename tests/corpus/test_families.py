"""Reading and destroying, one line of every tool family after the other: what only looks passes, what destroys is seen.

`reads.txt` and `destroys.txt` hold one command line a line; none of them is ever run.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.model.verdict import Action
from tests.laws import world


def lines(name: str) -> list[str]:
    return (Path(__file__).parent / name).read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", lines("reads.txt"))
def test_what_only_looks_is_a_read_and_allowed(line: str) -> None:
    verdict = world.judged(line)
    assert (str(verdict.finding.class_), verdict.action) == ("read", Action.ALLOW)


@pytest.mark.parametrize("line", lines("destroys.txt"))
def test_what_destroys_or_opens_up_is_seen(line: str) -> None:
    assert str(world.judged(line).finding.class_) in ("destructive", "admin", "unknown")
