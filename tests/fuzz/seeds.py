"""What the fuzzer begins with: real lines and scripts. Nothing of it is ever run.

The corpus of the tests and the examples of the tools' tables are always there; labelled cases and the shell scripts of
the machine are read where they can be had.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from agentguard.tools import shipped

CORPUS = Path(__file__).parents[1] / "corpus"
PLACES = ("/usr/bin", "/usr/sbin", "/usr/lib", "/etc", "/usr/share")
SCRIPTS = 600  # scripts of the machine that are taken at most
LARGEST = 1 << 16  # bytes of one script
DIALECTS = ("bash", "bash", "bash", "sh", "zsh")  # how often each is tried


@dataclass(frozen=True, slots=True)
class Seed:
    """One text, and the kind of reader it is for: `shell` or `sql`."""

    kind: str
    text: str


def always() -> list[Seed]:
    """The seeds that come with the checkout."""
    named = {id(tool): tool for tool in shipped().values()}.values()
    examples = (example.run for tool in named for example in tool.example)
    return [Seed("shell", text) for text in (*_corpus(), *examples)]


def _corpus() -> Iterator[str]:
    for path in sorted(CORPUS.glob("*.txt")):
        for row in path.read_text(encoding="utf-8").splitlines():
            line = row.partition(" | ")[2] if path.name in ("evasions.txt", "harmless.txt") else row
            if line and not row.startswith("#"):
                yield line.replace("⏎", "\n").replace("⇥", "\t")


def labelled(folders: Iterable[Path]) -> list[Seed]:
    """The commands and statements of labelled cases (*.jsonl with `cmd` or `sql`)."""
    paths = [path for folder in folders for path in sorted(folder.glob("*.jsonl"))]
    rows = [json.loads(line) for path in paths for line in path.read_text(encoding="utf-8").splitlines() if line]
    return [Seed("sql", row["sql"]) if "sql" in row else Seed("shell", row["cmd"]) for row in rows]


def scripts() -> list[Seed]:
    """Shell scripts that lie on this machine, as far as they may be read."""
    return [Seed("shell", text) for text in islice(_scripts(), SCRIPTS)]


def _scripts() -> Iterator[str]:
    for place in PLACES:
        for folder, _, names in os.walk(place):
            for name in sorted(names):
                text = _script(os.path.join(folder, name))
                if text:
                    yield text


def _script(path: str) -> str:
    try:
        if not os.path.isfile(path) or os.path.getsize(path) > LARGEST:
            return ""
        with open(path, "rb") as file:
            data = file.read(2)
            data += file.read() if data == b"#!" or path.endswith((".sh", ".bash", ".zsh")) else b""
    except OSError:
        return ""
    first = data.partition(b"\n")[0]
    ours = (first.startswith(b"#!") and b"sh" in first) or path.endswith((".sh", ".bash", ".zsh"))
    return data.decode("utf-8", "surrogateescape") if ours else ""
