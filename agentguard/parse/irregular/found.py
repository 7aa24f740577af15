"""The paths that a find hands to its actions: its starting points, and what its expression asks of the names.

Promises to name no less than an action can reach: tests count only where they stand before the action in the same
conjunction; behind `-o` and `,` another begins, `!` turns one around, and of a group all alternatives count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agentguard.model.command import UNKNOWN_PART, Word

NAMES = frozenset({"-name", "-iname"})
ALTERNATIVES = frozenset({"-o", "-or", ","})
NEGATES = frozenset({"!", "-not"})
PLAIN = frozenset(  # tests, actions and options without an argument
    "-a -and -d -daystart -delete -depth -empty -executable -false -follow -ignore_readdir_race -ls -mount -nogroup "
    "-noignore_readdir_race -noleaf -nouser -nowarn -print -print0 -prune -quit -readable -true -warn -writable -xdev "
    "-X -s -x".split()
)
# Tests and options that leave nothing out that matters: whoever deletes every file below a directory empties it.
IDLE = PLAIN - {"-empty", "-executable", "-false", "-nogroup", "-nouser", "-prune", "-readable", "-writable"} | {
    "-mindepth"
}
ANY_TYPE = frozenset({"f", "d", "f,d", "d,f", "f,l", "f,d,l"})
ACTIONS = frozenset(
    {"-exec", "-execdir", "-ok", "-okdir", "-delete", "-fprint", "-fprint0", "-fls", "-printf", "-fprintf"}
)
PATH_LIMIT = 40  # starting points times names: beyond, the paths are not told one by one
GLOBS = str.maketrans(dict.fromkeys("*?[]", UNKNOWN_PART))
Names = tuple[str, ...] | None  # None: any name


@dataclass(slots=True)
class Level:
    """One level of brackets: what the conjunction so far asks of the name, and what the alternatives before it did."""

    names: Names = None
    narrowed: bool = False
    before: list[Names] = field(default_factory=list)
    some: bool = False  # whether any alternative leaves something out
    negated: bool = False

    def next(self) -> None:
        self.before.append(self.names)
        self.some = self.some or self.narrowed
        self.names, self.narrowed = None, False

    def group(self) -> Names:
        """The names that the whole of the brackets lets through."""
        every = [*self.before, self.names]
        known = [names for names in every if names is not None]
        return tuple(name for names in known for name in names) if len(known) == len(every) else None


def roots(words: Sequence[Word]) -> tuple[Word, ...]:
    """The starting points of a find, `.` where none is given."""
    return tuple(words[slice(*_bounds(words))]) or (Word("."),)


def _bounds(words: Sequence[Word]) -> tuple[int, int]:
    start = 0
    while start < len(words) and words[start].text.startswith(("-H", "-L", "-P", "-O", "-D")):
        start += 2 if words[start].text == "-D" else 1
    end = start
    while end < len(words) and not words[end].text.startswith(("-", "(", "!")):
        end += 1
    return start, end


def found_paths(words: Sequence[Word], place: int) -> tuple[Word, ...]:
    """What stands for the paths that reach the action at `place` of a find's words (without its name).

    The starting points themselves where nothing is left out; else something unknown below each of them, and the
    names that are asked for.
    """
    starts = roots(words)
    texts = [word.text for word in words]
    if "-maxdepth" in texts[:-1] and texts[texts.index("-maxdepth") + 1] == "0":
        return starts
    levels = _levels(texts, _bounds(words)[1], place)
    if not any(level.narrowed for level in levels):
        return starts
    asked = next((level.names for level in reversed(levels) if level.names is not None), None)
    names = asked if asked is not None and len(asked) * len(starts) <= PATH_LIMIT else ("*",)
    return tuple(_below(root, name) for root in starts[:PATH_LIMIT] for name in dict.fromkeys(names))


def _below(root: Word, name: str) -> Word:
    last = name.translate(GLOBS) if name.strip("*") else UNKNOWN_PART
    return Word(f"{root.text.rstrip('/')}/{UNKNOWN_PART}/{last}", known=False)


def _levels(texts: Sequence[str], start: int, end: int) -> list[Level]:
    """The brackets that are open at `end`, the outermost first."""
    levels = [Level()]
    for word, argument in _terms(texts, start, end):
        if word == "(":
            levels.append(Level())
        elif word == ")" and len(levels) > 1:
            inner = levels.pop()
            _and(levels[-1], inner.group(), narrowed=inner.narrowed and (inner.some or not inner.before))
        elif word in ALTERNATIVES:
            levels[-1].next()
        elif word in NEGATES:
            levels[-1].negated = not levels[-1].negated
        elif word in NAMES:
            _and(levels[-1], (argument,), narrowed=bool(argument.strip("*")))
        elif word not in ACTIONS:
            _and(levels[-1], None, narrowed=word not in IDLE and not (word == "-type" and argument in ANY_TYPE))
    return levels


def _and(level: Level, names: Names, *, narrowed: bool) -> None:
    """One more test of a conjunction."""
    if level.negated:
        names = None
    level.names = names if level.names is None else level.names
    level.narrowed = level.narrowed or narrowed or level.negated
    level.negated = False


def _terms(texts: Sequence[str], start: int, end: int) -> Iterator[tuple[str, str]]:
    """Each word of the expression before `end` that is no argument, with its argument."""
    place = start
    while place < end:
        text = texts[place]
        if text in ("-exec", "-execdir", "-ok", "-okdir"):
            while place < end and texts[place] != ";" and not (texts[place] == "+" and texts[place - 1] == "{}"):
                place += 1
            yield text, ""
        elif text in PLAIN or not text.startswith("-") or text in NEGATES | ALTERNATIVES:
            yield text, ""
        else:
            place += 1
            yield text, texts[place] if place < len(texts) else ""
        place += 1
