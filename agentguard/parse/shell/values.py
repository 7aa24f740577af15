"""What a variable, an alias or a text may be while a shell is being read.

A text that is not known holds UNKNOWN_PART; one that is only looked up if something would run it holds a mark, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART, Word

TEXT_LIMIT = 1 << 16  # characters of one value that are followed
DIGITS_LIMIT = 18  # of a number that a shell surely counts with
LATER = 0xF0000  # the letter of the first Later, in a private plane of Unicode
MARK = re.compile(f"{UNKNOWN_PART}([{chr(LATER)}-{chr(LATER + 0xFFFD)}])")


@dataclass(frozen=True, slots=True)
class Variable:
    """One value: `text`, or None where it is unset; `items` of an array by key. `flags` are the letters of declare."""

    text: str | None = None
    items: tuple[tuple[str, str], ...] | None = None
    flags: str = ""
    others: tuple[Variable, ...] = ()

    def ways(self) -> tuple[Variable, ...]:
        return (Variable(self.text, self.items, self.flags), *self.others) if self.others else (self,)


def end_of(items: tuple[tuple[str, str], ...]) -> int:
    """The number behind the last one of an array."""
    return max((int(at) for at, _ in items if at.isdigit()), default=-1) + 1


def ordered(items: tuple[tuple[str, str], ...], *, named: bool) -> tuple[tuple[str, str], ...]:
    """The elements as the shell walks them: by number; those of an associative array by its hash (bash, hashlib.c)."""
    if not named:
        return tuple(sorted(items, key=lambda item: int(item[0]) if item[0].isdigit() else -1))
    return tuple(sorted(items, key=lambda item: _hashed(item[0])))


def _hashed(key: str) -> int:
    found = 2166136261
    for byte in key.encode("utf-8", "surrogateescape"):
        found = (found * 16777619 & 0xFFFFFFFF) ^ byte
    return found % 1024


@dataclass(frozen=True, slots=True)
class Later:
    """A text that is only looked up when something would run it: `cat .env` alone reads nothing.

    In texts it stands as UNKNOWN_PART and one letter of its own. `path` is set where it is just that file;
    `splits` where its words are words of the command.
    """

    text: Callable[[], str | None]
    path: str = ""
    splits: bool = False


class Files(dict[str, str]):
    """The texts of files by path, as the line has written them so far."""

    _words: tuple[tuple[str, Word], ...] | None = None

    def __setitem__(self, path: str, text: str) -> None:
        super().__setitem__(path, text)
        self._words = None

    @property
    def words(self) -> tuple[tuple[str, Word], ...]:
        """The same as words; made once for each change, since every program is told of them."""
        if self._words is None:
            self._words = tuple((path, word_of(shown(text))) for path, text in self.items())
        return self._words


GLOBAL = "\1"  # before the name of a global alias; a suffix alias has "\0" there
UNSET = Variable()
UNKNOWN = Variable(UNKNOWN_PART)


@dataclass(frozen=True, slots=True)
class Alias:
    """An alias; `certain` when it was there before the line, so that the word cannot mean itself."""

    text: str
    certain: bool


def cased(text: str | None, flags: str) -> str | None:
    """A value as `declare -l` and `-u` keep it."""
    if text is None or not ("l" in flags or "u" in flags):
        return text
    return text.lower() if "l" in flags else text.upper()


def shown(text: str) -> str:
    """The text with UNKNOWN_PART alone for every Later."""
    return MARK.sub(UNKNOWN_PART, text) if UNKNOWN_PART in text else text


def word_of(text: str, glob: str = "") -> Word:
    """A Word of a text in which UNKNOWN_PART stands for what is not known."""
    return Word(text, UNKNOWN_PART not in text, glob)
