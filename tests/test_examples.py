"""Every example runs to its end and prints what it promises. The demo is the test of the whole line from end to end."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

PATIENCE = 120  # seconds
EXAMPLES = Path(__file__).parent.parent / "examples"
FOLDERS = sorted(path.parent for path in EXAMPLES.glob("*/README.md"))

DIFFERS = (  # from run to run and from machine to machine; the order counts
    (r"\bag-[a-z2-7]{10}\b", "ag-…"),
    (r"\b[0-9a-f]{64}\b", "‹digest›"),
    (r"\bpolicy [0-9a-f]{12}\b", "policy ‹digest›"),
    (r"default\.toml \d+ rules, \d+ examples", "default.toml"),
    (r"/tmp/agentguard-\w+", "‹scratch›"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", "‹time›"),
    (r"\d+ (s|min)\b", "‹a while›"),
    (r"\b\d{5}\b", "‹port›"),
    (r"\(\S+\) on \S+", "(‹account›) on ‹machine›"),
    (r"he types [^`]+`[^`]+`", "he types ‹a thing on the card›"),
)


def told(text: str, folder: Path) -> list[str]:
    """What is the same in every run, paragraph by paragraph; where a line was broken depends on what differs."""
    return [_same(" ".join(part.split())) for part in re.split(r"\n\s*\n", text.replace(str(folder), "‹here›"))]


def _same(paragraph: str) -> str:
    for pattern, name in DIFFERS:
        paragraph = re.sub(pattern, name, paragraph)
    return paragraph


def test_there_are_examples_and_each_is_whole():
    assert len(FOLDERS) >= 2
    assert sorted(path.parent for path in EXAMPLES.glob("*/run.sh")) == FOLDERS
    assert sorted(path.parent for path in EXAMPLES.glob("*/expected.txt")) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_example_prints_what_it_promises(folder: Path, tmp_path: Path):
    environ = {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", "HOME": str(tmp_path), "LANG": "C.UTF-8"}
    status, output, error = ended([folder / "run.sh"], environ)
    assert status == 0, output + error
    assert told(output, folder) == told((folder / "expected.txt").read_text("utf-8"), folder)


def ended(words: list[Path], environ: dict[str, str]) -> tuple[int, str, str]:
    """Exit status, output and error; a program that is broken off may end what it has started."""
    with subprocess.Popen(words, env=environ, stdout=PIPE, stderr=PIPE, text=True) as running:
        try:
            output, error = running.communicate(timeout=PATIENCE)
        except BaseException:
            running.terminate()
            raise
        return running.returncode, output, error
