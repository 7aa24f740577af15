"""Brace expansion, on the parts of a word: `{a,b}`, `{1..9}`, nested and side by side.

Where it would make very many words, the word is one that is not known; what runs inside it is still read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell.tree import Literal, Part
from agentguard.parse.shell.values import DIGITS_LIMIT

WAYS_LIMIT = 512  # words that the braces of one word may yield
RANGE = re.compile(r"(-?\d+|[A-Za-z])\.\.(-?\d+|[A-Za-z])(?:\.\.(-?\d+))?")
NEST_LIMIT = 32  # braces inside and behind braces
LOOK_LIMIT = 200_000  # letters looked at for matching braces: a generated word is not worth more

Letter = Part | str  # an unquoted letter by itself, or any other part
Letters = tuple[Letter, ...]


class TooManyWays(Exception):
    """A word's braces yield more than WAYS_LIMIT words."""


def braced(parts: tuple[Part, ...]) -> tuple[tuple[Part, ...], ...]:
    """The words that the braces of a word make, each as its parts; none where they are no expansion."""
    letters = _letters(parts)
    if letters.count("{") * len(letters) > LOOK_LIMIT:
        return ((*parts, Literal(UNKNOWN_PART)),)
    try:
        ways = _expand(letters, 0)
    except TooManyWays:
        return ((*parts, Literal(UNKNOWN_PART)),)
    return tuple(_joined(way) for way in ways) if len(ways) > 1 or ways[0] != letters else ()


def _letters(parts: tuple[Part, ...]) -> Letters:
    found: list[Letter] = []
    for part in parts:
        if isinstance(part, Literal) and not part.quoted:
            found.extend(part.text)
        else:
            found.append(part)
    return tuple(found)


def _joined(letters: Letters) -> tuple[Part, ...]:
    found: list[Part] = []
    text: list[str] = []
    for letter in letters:
        if isinstance(letter, str):
            text.append(letter)
            continue
        if text:
            found.append(Literal("".join(text)))
            text = []
        found.append(letter)
    if text:
        found.append(Literal("".join(text)))
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _Brace:
    """One `{…}`: its place, and the places of its commas."""

    begin: int
    end: int
    commas: tuple[int, ...]


def _first(letters: Letters) -> _Brace | None:
    """The first brace that is an expansion, the outermost of its kind."""
    for begin, letter in enumerate(letters):
        if letter == "{" and not (begin and isinstance(dollar := letters[begin - 1], Literal) and dollar.text == "$"):
            brace = _matched(letters, begin)
            if brace and (brace.commas or _range(letters[begin + 1 : brace.end])):
                return brace
    return None


def _matched(letters: Letters, begin: int) -> _Brace | None:
    depth, commas = 0, []
    for at in range(begin, len(letters)):
        letter = letters[at]
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 1:
            commas.append(at)
        if depth == 0:
            return _Brace(begin, at, tuple(commas))
    return None


def _expand(letters: Letters, depth: int) -> list[Letters]:
    brace = _first(letters)
    if brace is None:
        return [letters]
    if depth > NEST_LIMIT:
        raise TooManyWays
    inner, tails = _choices(letters, brace, depth), _expand(letters[brace.end + 1 :], depth + 1)
    if len(inner) * len(tails) > WAYS_LIMIT:
        raise TooManyWays
    return [letters[: brace.begin] + choice + tail for choice in inner for tail in tails]


def _choices(letters: Letters, brace: _Brace, depth: int) -> list[Letters]:
    if not brace.commas:
        return [tuple(text) for text in _range(letters[brace.begin + 1 : brace.end])]
    edges = (brace.begin, *brace.commas, brace.end)
    found: list[Letters] = []
    for left, right in pairwise(edges):
        found.extend(_expand(letters[left + 1 : right], depth + 1))
    return found


def _range(letters: Letters) -> list[str]:
    """The members of `1..9`, `a..e`, `0..10..2`; empty where it is none."""
    if not all(isinstance(letter, str) for letter in letters):
        return []
    found = RANGE.fullmatch("".join(letter for letter in letters if isinstance(letter, str)))
    if not found:
        return []
    low, high, step = found.groups()
    numbers = low.lstrip("-").isdigit() and high.lstrip("-").isdigit()
    if numbers and max(map(len, (low, high, step or ""))) > DIGITS_LIMIT:  # more than bash counts with: it is text
        return []
    if not numbers and (len(low) > 1 or len(high) > 1 or low.isdigit() or high.isdigit()):
        return []
    first, last = (int(low), int(high)) if numbers else (ord(low), ord(high))
    by = abs(int(step or 1)) or 1
    if abs(last - first) // by > WAYS_LIMIT:
        return [UNKNOWN_PART]
    span = range(first, last + 1, by) if first <= last else range(first, last - 1, -by)
    width = max(len(low), len(high)) if numbers and (low.lstrip("-")[0] == "0" or high.lstrip("-")[0] == "0") else 0
    return [str(number).zfill(width) if numbers else chr(number) for number in span]
