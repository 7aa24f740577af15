"""Colour where it can be seen, the same words where it cannot, and pages on a screen only."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys

import pytest

PAINT = """
from agentguard.cli import terminal
from agentguard.cli.text import Line, Span, Tone
terminal.paint([Line((Span("▓▓ PROD ▓▓", Tone.BAD_BAND), Span(" [bold]:smile: " + "x" * 200)))])
"""
PAGE = """
from agentguard.cli import terminal
from agentguard.cli.text import line
terminal.page([line(f"line {n}") for n in range(60)])
"""
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
BASE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "COLUMNS": "80", "LINES": "24"}
SHOWN = "▓▓ PROD ▓▓ [bold]:smile: " + "x" * 200


def on_a_terminal(code: str, typed: bytes = b"", **variables: str) -> str:
    """What a program writes to a terminal of its own."""
    ours, theirs = pty.openpty()
    environment = {**BASE, "TERM": "xterm-256color", **variables}
    with subprocess.Popen([sys.executable, "-c", code], stdin=theirs, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        os.write(ours, typed)
        written = b""
        while part := _read(ours):
            written += part
    os.close(ours)
    return written.decode().replace("\r\n", "\n")


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:  # Linux: the other end is gone
        return b""


def test_a_terminal_gets_colour_and_the_same_words():
    written = on_a_terminal(PAINT)
    assert ESCAPE.search(written)
    assert ESCAPE.sub("", written).strip() == SHOWN


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colour_where_none_is_wanted(variables: dict[str, str]):
    written = on_a_terminal(PAINT, **variables)
    assert not re.search(r"\x1b\[[0-9;]*(3|4|9|10)[0-7]", written)
    assert ESCAPE.sub("", written).strip() == SHOWN


def test_a_pipe_gets_the_words_alone():
    done = subprocess.run([sys.executable, "-c", PAINT], capture_output=True, text=True, check=True, env=BASE)
    assert done.stdout.strip() == SHOWN


def test_a_terminal_that_cannot_write_a_sign_gets_it_written_out():
    code = PAINT.replace("terminal.paint", "terminal.ready(); terminal.paint")
    environment = {**BASE, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert r"\u2593\u2593 PROD" in done.stdout


def test_a_long_text_is_paged_to_its_end():
    written = on_a_terminal(PAGE, b"\n\n\n")
    assert written.count("more lines") == 2
    assert "line 59" in written


def test_a_pipe_is_never_paged():
    done = subprocess.run([sys.executable, "-c", PAGE], capture_output=True, text=True, check=True, env=BASE)
    assert done.stdout.splitlines() == [f"line {n}" for n in range(60)]
    assert not done.stderr
