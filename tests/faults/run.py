"""Many storms one after the other, and a table of what they broke: the figures for a release.

    python -m tests.faults.run [--runs 10] [--kills 20] [--seed 1]

Ends with 1 where anything was lost, passed twice, or was wrongly allowed; the sentences say what.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.storm import Outcome, storm
from tests.faults.told import Answer

HEAD = ("run", "kills", "calls", "passed", "asked", "denied", "approved", "lost", "twice", "wrongly", "seconds")


def main() -> int:
    given = argparse.ArgumentParser(description="Kill the broker under load, and count what that broke.")
    for name, usual in (("runs", 10), ("kills", 20), ("seed", 1)):
        given.add_argument(f"--{name}", type=int, default=usual)
    wanted = given.parse_args()
    _tell("".join(f"{name:>9}" for name in HEAD))
    return max([_one(run, wanted.kills, wanted.seed + run) for run in range(wanted.runs)], default=0)


def _one(run: int, kills: int, seed: int) -> int:
    """One storm as one row, and its faults as lines below it. 1 where there are any."""
    with tempfile.TemporaryDirectory(prefix="ag-", dir="/tmp") as folder:  # short: a socket's path has 103 bytes
        outcome = storm(Path(folder), kills, seed)
    _tell("".join(f"{figure:>9}" for figure in (run + 1, *figures(outcome))))
    found = outcome.findings
    faults = [*found.lost, *found.twice, *found.wrongly_allowed]
    for fault in faults:
        _tell(f"          {fault}")
    return int(bool(faults))


def figures(outcome: Outcome) -> tuple[int, ...]:
    """One row of the table, without the run's number."""
    found = outcome.findings
    wrong = (len(found.lost), len(found.twice), len(found.wrongly_allowed))
    answers = (outcome.count(answer) for answer in (Answer.PASSED, Answer.ASKED, Answer.DENIED))
    return (outcome.kills, len(outcome.replies), *answers, outcome.approvals, *wrong, round(outcome.seconds))


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the table is the answer of this program


if __name__ == "__main__":
    sys.exit(main())
