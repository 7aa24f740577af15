"""How text that came from elsewhere is shown: everything visible, nothing cut, no two texts alike.

Promises: `display` is injective, and what it returns holds no control, format, surrogate, private or unassigned
character and no space but the plain one. So nothing on a card can move the cursor, hide, or turn the reading order
round. Refuses to shorten anything.
"""

from __future__ import annotations

import re
import unicodedata

GOES_ON = "↩"

# A run of backslashes and what follows it: the runs that lead up to an escape, ours or one that only looks so, are
# doubled, so that an odd run before `u{` is always ours.
_TOKEN = re.compile(r"(\\*)(u\{|.|\Z)", re.DOTALL)

# Letters and marks that a terminal shows as nothing at all (Default_Ignorable_Code_Point of Unicode 15, beyond the
# categories C and Z) and the blank braille pattern.
_UNSEEN = frozenset(
    (
        *(0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x2800, 0x3164, 0xFFA0),
        *range(0xFE00, 0xFE10),
        *range(0xE0100, 0xE01F0),
    )
)


def display(text: str) -> str:
    r"""The text with every character that cannot be seen written `\u{…}`: categories C* and Z*, but the plain space.

    No two texts are shown the same.
    """
    return _TOKEN.sub(_shown, text)


def argument(text: str) -> str:
    """One argument of a command line as a card shows it: in double quotes where its ends could not be seen."""
    shown = display(text)
    return f'"{shown}"' if not text or " " in text or text.startswith('"') else shown


def width(text: str) -> int:
    """How many columns of a terminal a displayed text takes."""
    return sum(map(_columns, text))


def fold(text: str, columns: int) -> list[str]:
    r"""A displayed text in pieces of at most `columns`; the pieces joined are the text, to the character.

    A new piece begins after each line break (`\u{a}`) too, so that scripts read as they were written.
    """
    return [piece for line in re.split(r"(?<=\\u\{a\})", text) if line for piece in _pieces(line, columns)] or [""]


def marked(text: str, columns: int) -> list[str]:
    """As `fold`, with a sign at the end of each piece that goes on, so that a blank before it can be seen."""
    *pieces, last = fold(text, columns - len(GOES_ON))
    return [*(piece + GOES_ON for piece in pieces), last]


def _pieces(line: str, columns: int) -> list[str]:
    pieces, taken = [""], 0
    for character in line:
        taken += _columns(character)
        if taken > columns and pieces[-1]:
            pieces.append("")
            taken = _columns(character)
        pieces[-1] += character
    return pieces


def _shown(token: re.Match[str]) -> str:
    slashes, rest = token.groups()
    if len(rest) == 1 and _hidden(rest):
        return f"{slashes * 2}\\u{{{ord(rest):x}}}"
    return (slashes * 2 if rest == "u{" else slashes) + rest


def _hidden(character: str) -> bool:
    return character != " " and (unicodedata.category(character)[0] in "CZ" or ord(character) in _UNSEEN)


def _columns(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
