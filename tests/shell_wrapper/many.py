"""Thousands of commands through shell and shims, next to the bare shell: a table of what came of them.

    python -m tests.shell_wrapper.many [--cases ../shared/cases] [--count 2000] [--own 500] [--seed 1] [--show RESULT…]

What is let pass must end, write, call and leave what it does under the bare shell; what is refused must run nothing and
say what the hook says. Ends with 1 where something differs that two bare runs agree on. All of it happens in `sandbox`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agentguard.agents.shell import REFUSED
from tests.shell_wrapper.forms import FORMS, TYPED, Form
from tests.shell_wrapper.ground import PART, Case, Ground, Ran, Told
from tests.shell_wrapper.lines import Try, drawn
from tests.shell_wrapper.sandbox import READY, inside

LONG = 600  # characters of what is shown of one side
MORE = 3  # bare runs that may show what differs by itself
HOLD = re.compile(rb"ag-[a-z2-7]{10}")
DENIED = 2  # a hook's status
AGAIN = re.compile(rb"^Asked again after .*\n", re.MULTILINE)  # how often it was asked, which each telling changes


class Result(StrEnum):
    """What came of one try; the last two are faults."""

    IDENTICAL = "identical"
    UNSTEADY = "unsteady"  # bare runs differ among themselves where ours differs from one of them
    REFUSED = "refused"  # and nothing was run
    CONFIRMED = "confirmed"  # the same, and then identical once somebody had confirmed it
    IN_PART = "in part"  # nothing but shims: some programs were refused, and those did not run
    CAUGHT = "caught"  # the line was let pass, and a shim refused what nobody could read in it; that did not run
    NAMES_SHIMS = "names shims"  # told where a program stands, which is in the shims' directory
    DIFFERS = "differs"
    RAN = "ran"


FAULTS = (Result.DIFFERS, Result.RAN)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one try, and why."""

    result: Result
    why: str = ""


def tried(ground: Ground, case: Case, form: Form) -> Outcome:
    """One line in one form, with us and without."""
    ground.lay_out({**case.files, **form.ours(ground, case).files})
    heard = _hook(ground, case, form)
    ground.told()
    ours, told = _run(ground, case, form, bare=False, anew=False), ground.told()
    refused = form.whole and ours.ended.status == REFUSED and told.refused and not told.passed
    said = (DENIED, AGAIN.sub(b"", ours.ended.error)) if refused else (0, b"")
    if form.alike and _nameless(heard) != _nameless(said):
        return Outcome(Result.DIFFERS, f"the hook says {heard}, we say {said}")
    if form.framed and heard != said and heard == _hook(ground, case, form):  # where it names one hold both times
        return Outcome(Result.DIFFERS, f"the hook says {heard}, we say {said}")
    return (_refused if refused else _passed)(ground, case, form, ours, told)


def _nameless(reply: tuple[int | None, bytes]) -> tuple[int | None, bytes]:
    """A reply without the name of its hold: without a frame it is not the very call that the hook judges."""
    return reply[0], HOLD.sub(b"", reply[1])


def _passed(ground: Ground, case: Case, form: Form, ours: Ran, told: Told) -> Outcome:
    """A line that was let pass; the shims below it were asked for themselves."""
    called = Counter(name for call in ours.calls if (name := call.partition(PART)[0]) in ground.shimmed)
    if form.shims and (too_often := called - told.passed):
        return Outcome(Result.RAN, f"called more often than it was let pass: {dict(too_often)}, {dict(told.passed)}")
    if told.refused:
        return Outcome(Result.CAUGHT if form.whole else Result.IN_PART, f"asked {told.asked}, passed {told.passed}")
    return _compared(ground, case, form, ours)


def _refused(ground: Ground, case: Case, form: Form, ours: Ran, _told: Told) -> Outcome:
    """Nothing has run; a developer's yes lets the very same run."""
    ran = {"calls": ours.calls, "output": ours.ended.output, "files": ours.tree != ours.before}
    if any(ran.values()):
        return Outcome(Result.RAN, f"refused, and yet there are {[name for name, was in ran.items() if was]}")
    if not ground.confirm(ours.ended.error.decode()):
        return Outcome(Result.REFUSED)
    ground.told()
    again = _run(ground, case, form, bare=False, anew=False)
    outcome = _passed(ground, case, form, again, ground.told())
    return Outcome(Result.CONFIRMED) if outcome.result is Result.IDENTICAL else outcome


def _hook(ground: Ground, case: Case, form: Form) -> tuple[int | None, bytes]:
    """What the hook says where it cannot ask: a refusal's status and text."""
    ended = ground.hook(case, "dontAsk", **form.ours(ground, case).environ)
    return ended.status, AGAIN.sub(b"", ended.error)


def _compared(ground: Ground, case: Case, form: Form, ours: Ran) -> Outcome:
    """What was let pass, next to bare runs: as many as it takes to see what differs by itself."""
    bare = [_run(ground, case, form, bare=True)]
    left = ours.differs(bare[0])
    while left and len(bare) <= MORE:
        bare.append(_run(ground, case, form, bare=True))
        left -= bare[0].differs(bare[-1])
        if not ours.differs(bare[-1]):
            return Outcome(Result.UNSTEADY, f"sometimes {_told(left, ours, bare[0])}")
    if not left:
        why = _told(ours.differs(bare[0]), ours, bare[0])
        return Outcome(Result.UNSTEADY, why) if len(bare) > 1 else Outcome(Result.IDENTICAL)
    if form.shims and left == {"output"} and ground.without_shims(ours.ended.output) == bare[0].ended.output:
        return Outcome(Result.NAMES_SHIMS)
    return Outcome(Result.DIFFERS, _told(left, ours, bare[0]))


def _told(aspects: Collection[str], ours: Ran, bare: Ran) -> str:
    return "; ".join(f"{name}: {_shown(name, ours, bare)} for {_shown(name, bare, ours)}" for name in aspects)


def _shown(aspect: str, ran: Ran, other: Ran) -> str:
    """An aspect of a run, in short; of the files those that the other one has not."""
    shown = {"end": ran.ended.how, "output": ran.ended.output, "error": ran.ended.error, "calls": ran.calls}
    return repr(shown.get(aspect, dict(ran.tree.items() - other.tree.items())))[-LONG:]


def _run(ground: Ground, case: Case, form: Form, *, bare: bool, anew: bool = True) -> Ran:
    start = form.bare(ground, case) if bare else form.ours(ground, case)
    if anew:
        ground.lay_out({**case.files, **start.files})
    return ground.run(case, start.words, b"" if form.shims else TYPED, **start.environ)


# Inside and outside -------------------------------------------------------------------------------------------------


def work(tries: list[Try]) -> None:
    """Inside the sandbox: what came of each try, told as one line of JSON."""
    ground = Ground()
    try:
        for case, form in tries:
            outcome = tried(ground, case, form)
            _tell(json.dumps([case.name, case.line, form.name, outcome.result, outcome.why]))
    finally:
        ground.close()


def main() -> int:
    given = argparse.ArgumentParser(description="Run commands through shell and shims, and next to the bare shell.")
    given.add_argument("--cases", type=Path, help="a folder of shared cases")
    for name, usual in (("count", 2000), ("own", 500), ("seed", 1), ("jobs", os.cpu_count() or 1), ("job", -1)):
        given.add_argument(f"--{name}", type=int, default=usual)
    given.add_argument("--show", nargs="*", choices=list(Result), default=FAULTS, help="tell each with these results")
    wanted = given.parse_args()
    if wanted.job >= 0:
        _tell(READY.strip())
        work(drawn(wanted.cases, wanted.count, wanted.own, wanted.seed)[wanted.job :: wanted.jobs])
        return 0
    rows = many(wanted.cases, wanted.count, wanted.own, wanted.seed, wanted.jobs)
    for name, line, form, result, why in rows:
        if result in wanted.show:
            _tell(f"{result}: {name} ({form}): {line!r}\n    {why}")
    _tell(table(rows))
    return int(any(row[3] in FAULTS for row in rows))


Row = tuple[str, str, str, str, str]  # name, line, form, result, why


def many(cases: Path | None, count: int, own: int, seed: int, jobs: int) -> list[Row]:
    """Try so many of the shared cases, and so many of our own. Raises Impossible where there is no sandbox."""
    figures = {"--count": count, "--own": own, "--seed": seed, "--jobs": jobs}
    words = ["-m", "tests.shell_wrapper.many", *(str(word) for pair in figures.items() for word in pair)]
    words += ["--cases", str(cases.resolve())] if cases else []
    also = (cases,) if cases else ()
    with ExitStack() as stack:
        started = [stack.enter_context(inside(*words, "--job", str(job), also=also)) for job in range(jobs)]
        with ThreadPoolExecutor(jobs) as pool:  # each is read as it comes: none waits for the other
            told = list(pool.map(lambda one: [json.loads(line) for line in one.stdout or ()], started))
    if any(one.returncode for one in started):
        raise AssertionError("a sandbox ended before its tries were through")
    return [row for rows in told for row in rows]


def table(rows: list[Row]) -> str:
    """How often each form had each result."""
    counts = Counter((form, result) for _, _, form, result, _ in rows)
    head = f"{'':24}" + "".join(f"{result:>13}" for result in Result) + f"{'all':>8}"
    lines = [_row(form.name, [counts[form.name, result] for result in Result]) for form in FORMS]
    return "\n".join((head, *lines, _row("all", [sum(counts[f.name, result] for f in FORMS) for result in Result])))


def _row(name: str, figures: list[int]) -> str:
    return f"{name:24}" + "".join(f"{figure:>13}" for figure in figures) + f"{sum(figures):>8}"


def _tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - the table is the answer of this program


if __name__ == "__main__":
    sys.exit(main())
