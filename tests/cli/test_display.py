"""What comes from elsewhere is shown so that no two texts look alike and nothing can hide or move."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from agentguard.cli.display import argument, display, fold, width
from agentguard.cli.layout import FURTHER, arguments, gutter, laid_out

TRICKY = st.text(alphabet="\\u{}a09 \n\r\x1b\u202e\u200b\u00ad\ufe0f\u3164'\"é漢́", max_size=12)
# Pieces that could be mistaken for one another; drawn letter by letter, two texts hardly ever come that close.
PIECES = ("\\", "\\u{a}", "\n", "u{", "}", "a", " ", "  ", "'", '"', "漢", "↩", "│")
PART = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
MIDDLE = st.sampled_from(PIECES) | PART
NEIGHBOURS = st.tuples(PART, MIDDLE, MIDDLE, PART).map(lambda p: (p[0] + p[1] + p[3], p[0] + p[2] + p[3]))
TEXTS = TRICKY | st.text(max_size=40)


def read_back(shown: str) -> str:
    """The text that `display` made `shown` of: the proof that only one text looks like that."""

    def back(token: re.Match[str]) -> str:
        slashes, code = token.groups()
        half = slashes[: len(slashes) // 2]
        return half + (chr(int(code[:-1], 16)) if len(slashes) % 2 else f"u{{{code or ''}")

    return re.sub(r"(\\+)u\{([0-9a-f]+\})?", back, shown)


@given(TEXTS)
def test_what_is_shown_can_be_read_back(text: str):
    assert read_back(display(text)) == text


@settings(max_examples=500)
@given(NEIGHBOURS)
def test_two_texts_never_look_alike(pair: tuple[str, str]):
    one, other = pair
    assert (display(one) == display(other)) == (one == other)
    assert (argument(one) == argument(other)) == (one == other)


@given(st.text())
def test_no_character_that_cannot_be_seen_gets_through(text: str):
    shown = display(text)
    assert all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in shown)


@given(TEXTS, st.integers(1, 30))
def test_folding_loses_nothing_and_keeps_to_its_width(text: str, columns: int):
    pieces = fold(display(text), columns)
    assert "".join(pieces) == display(text)
    assert all(width(piece) <= max(columns, 2) for piece in pieces)


@given(TEXTS)
def test_the_layout_of_a_call_loses_nothing(text: str):
    assert "".join(arguments(text)) == text


@settings(max_examples=500)
@given(NEIGHBOURS, st.integers(8, 40))
def test_two_calls_never_look_alike_on_a_card(pair: tuple[str, str], columns: int):
    one, other = ([str(line) for line in gutter(laid_out(text), columns)] for text in pair)
    assert (one == other) == (pair[0] == pair[1])


MUTANTS: dict[str, Callable[[str], object]] = {
    "backslashes are left alone": lambda text: re.sub(r"[^ -~]", lambda c: f"\\u{{{ord(c[0]):x}}}", text),
    "hidden characters go away": lambda text: "".join(c for c in text if c.isprintable()),
    "blanks are folded": lambda text: display(" ".join(text.split(" "))).replace("  ", " "),
    "the end is cut": lambda text: display(text)[:4],
    "trailing blanks are not seen": lambda text: [display(piece.rstrip(" ")) for piece in arguments(text)],
    "quotes are taken off": lambda text: display(text.strip("'")),
}


@pytest.mark.parametrize("mutant", MUTANTS.values(), ids=MUTANTS)
def test_the_law_finds_a_planted_bug(mutant: Callable[[str], object]):
    find(
        NEIGHBOURS, lambda pair: pair[0] != pair[1] and mutant(pair[0]) == mutant(pair[1])
    )  # raises where none is found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain text stays", "plain text stays"),
        ("line\nbreak", r"line\u{a}break"),
        ("\x1b[2Jgone", r"\u{1b}[2Jgone"),
        ("abc\u202ecod", r"abc\u{202e}cod"),
        ("no\u00a0break", r"no\u{a0}break"),
        ("zero\u200bwidth", r"zero\u{200b}width"),
        ("seen\ufe0f", r"seen\u{fe0f}"),
        (r"\u{a}", r"\\u{a}"),
        ("\\\n", r"\\\u{a}"),
        (r"C:\users", r"C:\users"),
    ],
)
def test_hidden_characters_are_written_out(text: str, shown: str):
    assert display(text) == shown


def test_one_argument_is_one_line():
    assert arguments("psql -c 'DROP TABLE orders'  x") == ["psql ", "-c ", "'DROP TABLE orders' ", " ", "x"]


def test_a_script_is_laid_out_by_its_lines():
    assert arguments("cat <<E\na b\nE\n") == ["cat <<E\n", "a b\n", "E\n"]


def test_a_long_argument_goes_on_beside_a_broken_rule():
    lines = [str(line) for line in gutter(["a" * 90], 40)]
    assert len(lines) == 3
    assert all(line.startswith(FURTHER) for line in lines[1:])
