"""Styled text as values: what cards and explanations are made of before anything is printed.

Promises: `str(line)` is everything a line means; a tone only repeats it in colour. Pure.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from agentguard.cli.display import marked


class Tone(StrEnum):
    """What a piece of text means; the terminal gives it a colour where there is one."""

    PLAIN = "plain"
    FAINT = "faint"
    STRONG = "strong"
    GOOD = "good"
    CARE = "care"
    BAD = "bad"
    GOOD_BAND = "good band"
    CARE_BAND = "care band"
    BAD_BAND = "bad band"
    NOTE_BAND = "note band"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a line in one tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Line:
    """One line of output, without its line break."""

    spans: tuple[Span, ...] = ()

    def __str__(self) -> str:
        return "".join(span.text for span in self.spans).rstrip()


BLANK = Line()


def line(text: str, tone: Tone = Tone.PLAIN, indent: int = 0) -> Line:
    """A line in one tone, `indent` columns in."""
    return Line((Span(" " * indent), Span(text, tone)))


def paragraph(text: str, columns: int, *, indent: int = 0, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Prose of our own broken at its spaces; a word that is too long is folded, never cut."""
    return [line(piece, tone, indent) for piece in _wrapped(text, columns - indent)]


def labelled(label: str, text: str, columns: int, *, margin: int = 12, tone: Tone = Tone.PLAIN) -> list[Line]:
    """Text beside a label in a column of its own; the text is shown to the character, folded where it is too long."""
    return _beside(label, marked(text, columns - margin), margin, tone)


def advice(label: str, text: str, columns: int, *, margin: int = 12, tone: Tone = Tone.PLAIN) -> list[Line]:
    """As `labelled`, for prose: broken at its spaces."""
    return _beside(label, _wrapped(text, columns - margin), margin, tone)


def _beside(label: str, pieces: list[str], margin: int, tone: Tone) -> list[Line]:
    first, *rest = pieces
    head = Line((Span(label.ljust(margin), Tone.FAINT), Span(first, tone)))
    return [head, *(line(piece, tone, margin) for piece in rest)]


def _wrapped(text: str, columns: int) -> list[str]:
    return textwrap.wrap(text, columns, break_on_hyphens=False) or [""]


def text_of(lines: Iterable[Line]) -> str:
    """The lines as plain text."""
    return "\n".join(map(str, lines))
