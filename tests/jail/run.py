"""Run shell texts in the jail and compare what ran with what the reader lists.

    python -m tests.jail.run --count 5000 --seed 1
    python -m tests.jail.run --count 0 --lines FILE …      public lines: JSON with a `cmd` a line, or plain lines

Nothing may run that the reader neither listed nor marked Unknown, but for what `left.txt` gives a reason for.
Ends with 1 where something did, with 2 where the jail cannot be built.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests.jail import cell, compare, generate, left

SHOWN = 12  # commands of one reading that are shown


def main() -> int:
    """Run, compare and tell."""
    asked = _arguments()
    texts = list(dict.fromkeys([*generate.texts(asked.count, asked.seed), *_public(asked.lines)]))
    begun = time.monotonic()
    try:
        ran = cell.run([("bash", text) for text in texts])
    except cell.NoJail as why:
        say(f"no jail here: {why}")
        return 2
    middle = time.monotonic()
    every = [compare.compared("bash", text, each) for text, each in zip(texts, ran, strict=True)]
    say(f"{len(every)} texts started {sum(map(len, ran))} programs")
    say(f"the jail took {middle - begun:.0f} s, the reader {time.monotonic() - middle:.0f} s")
    return told(every, asked)


def told(every: list[compare.Compared], asked: argparse.Namespace) -> int:
    """Say the figures and what is behind them; the exit status."""
    unseen = [each for each in every if each.missed and not each.unknown]
    reasons = {each.text: left.reason(each.text) for each in unseen}
    groups = {
        "unseen": [each for each in unseen if not reasons[each.text]],
        "left": [each for each in unseen if reasons[each.text]],
        "covered": [each for each in every if each.missed and each.unknown],
        "careful": [each for each in every if not each.missed and each.unknown],
    }
    say(f"ran unseen: {len(groups['unseen'])}; left, with a reason: {len(groups['left'])}")
    for reason in sorted(set(reasons.values()) - {""}):
        say(f"    {sum(each == reason for each in reasons.values())} x {reason}")
    share = 100 * len(groups["careful"]) / max(1, len(every))
    say(f"ran behind an Unknown alone: {len(groups['covered'])}")
    say(f"Unknown beside all that ran: {len(groups['careful'])} ({share:.1f} %)")
    for group in asked.show:
        for each in groups[group][: asked.most]:
            show(group, each)
    return 1 if groups["unseen"] else 0


def show(group: str, each: compare.Compared) -> None:
    """One text: what ran unseen, what could not be read, what was listed."""
    say(f"--- {group} {each.text!r}")
    for ran in each.missed:
        say(f"    ran {ran.argv} in {ran.cwd} {ran.variables}")
    for unknown in each.reading.unknowns[:3]:
        say(f"    unknown {unknown.why} | {unknown.text[:80]}")
    for command in each.reading.commands[:SHOWN] if each.missed else ():
        given = {name: str(word) for name, word in command.variables if name in cell.TOLD}
        say(f"    listed {[str(word) for word in command.argv]} in {command.cwd} {given or ''}")


def say(line: str) -> None:
    """One line for people."""
    sys.stdout.write(line.encode("utf-8", "backslashreplace").decode() + "\n")


def _arguments() -> argparse.Namespace:
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument("--count", type=int, default=5000, help="texts to generate")
    ap.add_argument("--seed", type=int, default=1)
    ap.add_argument("--lines", type=Path, nargs="*", default=[], help="files of further texts")
    ap.add_argument("--show", nargs="*", default=["unseen"], choices=("unseen", "left", "covered", "careful"))
    ap.add_argument("--most", type=int, default=20, help="texts of each kind to show")
    return ap.parse_args()


def _public(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        for line in path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            if line.startswith("{"):
                case = json.loads(line)
                yield case.get("cmd") or case.get("text") or ""
            elif line:
                yield line.replace("⏎", "\n")


if __name__ == "__main__":
    sys.exit(main())
