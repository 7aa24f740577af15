"""The lines that are tried: shared cases where they are at hand, our own corpus, and the examples of the tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random

from agentguard.tools import shipped
from tests.corpus.checkout import BELOW
from tests.shell_wrapper.forms import FORMS, ZSH, Form
from tests.shell_wrapper.ground import Case

FAMILIES = ("evasions", "lookalikes", "scenarios", "session")
CORPUS = Path(__file__).parents[1] / "corpus"
LINE_BREAK, TAB = "⏎", "⇥"

MARKS = re.compile(r"((read|write|admin|destructive|unknown|allow|ask|hold|block)[/ ]*)+")  # before a row's line

Try = tuple[Case, Form]


def drawn(cases: Path | None, count: int, own: int, seed: int) -> list[Try]:
    """So many tries of the shared cases and so many of our own, the same for the same seed."""
    chance = Random(seed)  # noqa: S311 - a test's draw, to be had again by its seed
    forms = [form for form in FORMS if form.shell != ZSH or Path(ZSH).exists()]
    shared = [(case, form) for case in (_shared(cases) if cases else ()) for form in forms if _fits(case, form)]
    ours = [(case, form) for case in (*_corpus(), *_examples()) for form in forms]
    return [*chance.sample(shared, min(count, len(shared))), *chance.sample(ours, min(own, len(ours)))]


def _fits(case: Case, form: Form) -> bool:
    """A line of zsh's is for zsh alone."""
    return case.shell == "bash" or form.shell == ZSH


def _shared(folder: Path) -> Iterator[Case]:
    for family in FAMILIES:
        for row in map(json.loads, (folder / f"{family}.jsonl").read_text("utf-8").splitlines()):
            yield Case(row["id"], row["cmd"], row.get("shell", "bash"), row.get("files") or {}, row.get("env") or {})


def _corpus() -> Iterator[Case]:
    for path in sorted(CORPUS.glob("*.txt")):
        for number, row in enumerate(path.read_text("utf-8").splitlines(), 1):
            classes, bar, line = row.partition(" | ")
            text = line if bar and MARKS.fullmatch(classes) else row
            if text and not row.startswith("#"):
                yield Case(f"{path.stem}-{number}", text.replace(LINE_BREAK, "\n").replace(TAB, "\t"), files=BELOW)


def _examples() -> Iterator[Case]:
    for table in {id(table): table for table in shipped().values()}.values():
        for number, example in enumerate(table.example, 1):
            yield Case(f"{table.program}-{number}", example.run)
