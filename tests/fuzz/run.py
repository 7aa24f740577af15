"""Fuzz everything that reads: shell, SQL, tool calls, hook events, what is shown.

    python -m tests.fuzz.run --minutes 60 --seed 1 [--cases FOLDER]
    python -m tests.fuzz.run --again FILE          a finding once more, with its traceback

Each finding is made small and kept below .cache/fuzz, and the way to try it again is printed. Not part of the tests: a
short, seeded slice of it is (test_fuzz.py). Exit status 1 where anything was found.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path

from tests.fuzz import inputs, seeds
from tests.fuzz.minimise import minimised
from tests.fuzz.targets import Broke, Input, check, raising
from tests.fuzz.watch import Finding, Slate, judged, watched

KEPT = Path(".cache/fuzz")
TOLD = 60.0  # seconds between two lines of progress
DIED = 7  # what is added to the seed after a process that died


def main() -> int:
    """0 where nothing was found."""
    parser = argparse.ArgumentParser(description="fuzz everything that reads")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=Path, action="append", default=[], help="a folder of labelled cases")
    parser.add_argument("--again", type=Path, help="a finding that was kept")
    asked = parser.parse_args()
    return again(asked.again) if asked.again else fuzz(asked.minutes * 60, asked.seed, asked.cases)


def fuzz(seconds: float, seed: int, cases: list[Path]) -> int:
    """Read inputs for so long, in a process that is watched and started anew where it dies."""
    until, found = time.monotonic() + seconds, 0
    pool = [*seeds.always(), *seeds.labelled(cases), *seeds.scripts()]
    say(f"fuzz: {len(pool)} seeds, seed {seed}, {seconds / 60:.0f} minutes")
    while time.monotonic() < until:
        status, last = watched(lambda slate, at=seed: read(pool, at, until, slate))  # type: ignore[misc]
        if status in (0, 1):
            return max(status, int(bool(found)))
        found, seed = found + 1, seed + DIED
        tell(Finding(f"the process ended with status {status}", last))
    return int(bool(found))


def read(pool: list[seeds.Seed], seed: int, until: float, slate: Slate) -> int:
    """Read inputs until it is time; 1 where something was found."""
    source, told, begun = inputs.Source(pool, seed), time.monotonic() + TOLD, time.monotonic()
    known: set[str] = set()
    for count, item in enumerate(source, 1):
        slate.write(item)
        finding, seen = judged(item)
        source.saw(item, seen)
        if finding and finding.kind not in known:
            known.add(finding.kind)
            tell(minimised(finding))
        if time.monotonic() > told or time.monotonic() > until:
            told = time.monotonic() + TOLD
            spent = f"{(time.monotonic() - begun) / 60:.1f} min, {time.process_time() / 60:.1f} of CPU"
            say(f"{count} inputs ({source.told()}), {len(known)} findings, {spent}")
        if time.monotonic() > until:
            break
    return int(bool(known))


def tell(finding: Finding) -> None:
    """Keep a finding, and say how it is tried again."""
    KEPT.mkdir(parents=True, exist_ok=True)
    data = f"{finding.item.target}\n{finding.item.text}".encode("utf-8", "surrogatepass")
    path = KEPT / hashlib.sha256(data).hexdigest()[:12]
    path.write_bytes(data)
    say(f"FOUND {finding.why}\n  {finding.item.target}: {finding.item.text[:300]!r}")
    say(f"  again: python -m tests.fuzz.run --again {path}")


def again(path: Path) -> int:
    """Read a kept finding, its traceback not caught."""
    target, _, text = path.read_bytes().decode("utf-8", "surrogatepass").partition("\n")
    item, begun = Input(target, text), time.process_time()
    with raising():
        try:
            check(item)
        except Broke as broke:
            say(f"FOUND {broke}")
    finding, _ = judged(item)
    say(f"{finding.why if finding else 'nothing found'}; read in {time.process_time() - begun:.2f} s")
    return int(bool(finding))


def say(text: str) -> None:
    """A line of a tool for developers."""
    print(text.encode("utf-8", "backslashreplace").decode(), flush=True)  # noqa: T201 - its output is its answer


if __name__ == "__main__":
    os.environ.setdefault("PYTHONHASHSEED", "0")
    sys.exit(main())
