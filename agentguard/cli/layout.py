"""The exact text of a call, laid out so that every argument or line can be read, and nothing of it is lost.

Promises: the pieces of `arguments` joined are the text, to the character; one piece is one argument with the blank
that ends it, or one line where the text has several. No two texts are laid out the same, trailing blanks included.
Quotes only guide the layout: nothing is decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from agentguard.cli.display import display, marked
from agentguard.cli.text import Line, Span, Tone

# A quoted run, an escaped character, or any other character; what is left open runs to the end.
_PARTS = re.compile(r"'[^']*(?:'|\Z)|\"(?:\\.|[^\"\\])*(?:\"|\Z)|\\.|.", re.DOTALL)

FIRST, FURTHER = "  │ ", "  ┆ "  # an argument begins; an argument that did not fit goes on


def arguments(text: str) -> list[str]:
    """The text in pieces, one an argument; one a line where it has several lines."""
    if "\n" in text:
        return re.findall(r"[^\n]*\n|[^\n]+", text)
    pieces = [""]
    for part in _PARTS.findall(text):
        pieces[-1] += part
        if part == " ":
            pieces.append("")
    return pieces


def laid_out(text: str) -> list[str]:
    """The pieces of `arguments` as they are displayed, with blanks that end the text made visible."""
    *pieces, last = arguments(text)
    shown = [display(piece.removesuffix(" ")) for piece in pieces]  # the blank that ends a piece is the line's end
    return [*shown, re.sub(r" \Z", r"\\u{20}", display(last))]


def gutter(shown: Iterable[str], columns: int) -> Iterator[Line]:
    """Displayed pieces as lines beside a rule; a piece that does not fit goes on beside a broken one."""
    for piece in shown:
        for rule, part in zip(chain((FIRST,), repeat(FURTHER)), marked(piece, columns - len(FIRST)), strict=False):
            yield Line((Span(rule, Tone.FAINT), Span(part, Tone.STRONG)))
