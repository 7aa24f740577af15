"""The only file that prints. Standard output is the answer, standard error is for people.

Promises: colour only where it can be seen (a terminal, no NO_COLOR, TERM not dumb), and never alone: every mark it
colours is legible without. Nothing is cut; what does not fit a screen is paged to its end, on a terminal only.
Refuses to clean up: text that came from elsewhere goes through `display` before it comes here.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import termios
from collections.abc import Sequence
from io import TextIOWrapper
from textwrap import fill
from typing import TYPE_CHECKING

from agentguard.cli.display import display
from agentguard.cli.text import Line, Tone
from agentguard.model.errors import AgentguardError

if TYPE_CHECKING:  # rich takes 50 ms to import: only where something is painted
    from rich.text import Text

PLAIN_COLUMNS = 80  # where nobody looks: files, pipes
MOST_COLUMNS = 120  # longer lines are hard to read

STYLES = {  # the reader's own sixteen colours
    Tone.PLAIN: "",
    Tone.FAINT: "dim",
    Tone.STRONG: "bold",
    Tone.GOOD: "green",
    Tone.CARE: "yellow",
    Tone.BAD: "bold red",
    Tone.GOOD_BAND: "bold black on green",
    Tone.CARE_BAND: "bold black on yellow",
    Tone.BAD_BAND: "bold white on red",
    Tone.NOTE_BAND: "bold white on blue",
}


def answer(text: str) -> None:
    """The answer itself, on standard output."""
    print(text)


def tell(text: str) -> None:
    """The answer in sentences, on standard output; broken at its spaces where that is a terminal."""
    print(_broken(text) if _seen() else text)


def answer_json(value: object) -> None:
    """The answer for a program: one line of JSON on standard output, ASCII, so that no reader can be confused by it."""
    print(json.dumps(value))


def say(text: str) -> None:
    """A sentence for the person, on standard error; broken at its spaces where that is a terminal."""
    print(_broken(text) if sys.stderr.isatty() else text, file=sys.stderr)


def fail(error: AgentguardError) -> int:
    """Say what went wrong, where and the way out; returns the exit code."""
    say("\n".join(map(display, f"agentguard: {error}".split("\n"))))
    return int(error.exit)


def columns() -> int:
    """How many columns there are to write in."""
    return min(shutil.get_terminal_size((PLAIN_COLUMNS, 24)).columns, MOST_COLUMNS) if _seen() else PLAIN_COLUMNS


def paint(lines: Sequence[Line]) -> None:
    """The answer as styled lines, on standard output, without a stop."""
    from rich.console import Console  # noqa: PLC0415 - as above

    console = Console(highlight=False, markup=False, emoji=False)
    for line in lines:
        console.print(_text(line), soft_wrap=True)


def page(lines: Sequence[Line]) -> None:
    """As `paint`; on a terminal that is too small it stops at each screenful until Enter, down to the end."""
    height = shutil.get_terminal_size().lines - 2
    if not (_seen() and sys.stdin.isatty()) or len(lines) <= height:
        paint(lines)
        return
    for start in range(0, len(lines), height):
        paint(lines[start : start + height])
        left = len(lines) - start - height
        if left > 0:
            ask(f"-- {left} more lines: Enter --")


def ask(question: str) -> str:
    """What the person types, without its line break; empty where there is nobody or the input has ended."""
    print(_broken(question), end=" ", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")


def pasted(ends: str, most: int) -> str:
    """What the person pastes: down to the line with `ends` in it, the end of the input, or `most` characters.

    What was pasted behind that line is dropped on a terminal: it is no answer to the next question.
    """
    lines: list[str] = []
    taken = 0
    while taken <= most and (line := sys.stdin.readline(most)):
        lines.append(line)
        taken += len(line)
        if ends in line:
            break
    if sys.stdin.isatty():
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return "".join(lines)


def ready() -> None:
    """Make the streams take every text: what their encoding cannot write is written out, not an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def flush() -> None:
    """Everything out, so that a reader that has gone away is noticed here and not at exit."""
    sys.stdout.flush()


def leave() -> None:
    """Stop writing: the reader is gone, and the interpreter must not complain of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _broken(text: str) -> str:
    """Each line of a text broken at its spaces; a word that is too long stays whole, to be copied."""
    width = min(shutil.get_terminal_size((PLAIN_COLUMNS, 24)).columns, MOST_COLUMNS)
    lines = (fill(line, width, break_long_words=False, break_on_hyphens=False) for line in text.splitlines())
    return "\n".join(lines)


def _seen() -> bool:
    return sys.stdout.isatty()


def _text(line: Line) -> Text:
    from rich.text import Text  # noqa: PLC0415 - as above

    return Text.assemble(*((span.text, STYLES[span.tone]) for span in line.spans))
