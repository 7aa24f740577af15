"""Shell texts made from `grammar.txt`: the same seed gives the same texts."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

DEEP = 7  # alternatives inside each other, below which only the first is taken
HOLE = re.compile(r"<([a-z-]+)(?:\.(\d))?>")


@cache
def grammar() -> dict[str, tuple[str, ...]]:
    """The alternatives by name."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in Path(__file__).with_name("grammar.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            name = line[2:].strip()
        elif line and not (line.startswith("# ") and not found):
            found.setdefault(name, []).append(line.replace("⏎", "\n"))
    return {name: tuple(each) for name, each in found.items()}


def texts(count: int, seed: int) -> Iterator[str]:
    """So many texts; every alternative of `hidden` and `state` comes once before chance decides."""
    chance = random.Random(seed)  # noqa: S311 - texts, not keys
    fixed = [*grammar()["hidden"], *(f'{each}\nrm "$x" $y "${{arr[@]}}" *.txt' for each in grammar()["state"])]
    for place in range(count):
        yield filled(fixed[place] if place < len(fixed) else "<snippet>", chance)


def filled(text: str, chance: random.Random, depth: int = 0) -> str:
    """The text with every hole filled."""
    same: dict[str, str] = {}

    def fill(found: re.Match[str]) -> str:
        name, number = found.groups()
        ways = grammar().get(name)
        if ways is None:  # a `<` of the shell's own
            return found.group()
        if number and found.group() in same:
            return same[found.group()]
        chosen = filled(ways[0] if depth >= DEEP else chance.choice(ways), chance, depth + 1)
        if number:
            same[found.group()] = chosen
        return chosen

    return HOLE.sub(fill, text)
