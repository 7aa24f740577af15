"""`make demo` ends well, and tells what it promises: it is the one test of the whole line from end to end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TOLD = (  # in this order
    "HELD ag-",
    "▓▓ PROD ▓▓ shop",
    "'DROP TABLE orders'",
    "signs the vote",
    "DROP TABLE",
    "The table is gone.",
    "HELD ag-",
    "SQLite",
    "intact",
    "tampered at entry",
)


@pytest.mark.slow
def test_the_demo_tells_its_story_to_the_end():
    words = [sys.executable, "-m", "examples.demo"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    place = 0
    for landmark in TOLD:
        place = done.stdout.index(landmark, place) + len(landmark)
