"""The command itself: look, check, and lay the results out."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.doctor.checks import Checked, Result, checked
from agentguard.cli.doctor.level import Level, level
from agentguard.cli.doctor.look import looked
from agentguard.cli.install.agents import MANAGED_SETTINGS, Where, named
from agentguard.cli.text import BLANK, Line, Span, Tone, line, paragraph
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit

MARKS = {Result.GOOD: ("✓", Tone.GOOD), Result.BAD: ("✗", Tone.BAD), Result.NONE: ("–", Tone.FAINT)}
MARGIN = 14  # columns of mark and name


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@click.option(
    "--at",
    "managed",
    type=click.Path(dir_okay=False, path_type=Path),
    default=MANAGED_SETTINGS,
    show_default=True,
    help="Where managed settings lie.",
)
@at_places
def doctor(places: Places, *, as_json: bool, managed: Path) -> int:
    """Try the guard as it is installed: hooks are asked what they must deny, and nothing of it is run.

    Ends with 0 where a hook is installed and all that is installed works, else with 1.
    """
    facts = looked(places, Where("user", os.environ, Path.cwd(), managed.absolute(), named(places)))
    checks = checked(facts)
    proved = level(facts, checks)
    if as_json:
        terminal.answer_json(_record(checks, proved))
    else:
        terminal.paint(list(_laid_out(checks, proved, terminal.columns())))
    return Exit.DONE if proved.works else Exit.ERROR


def _record(checks: Sequence[Checked], proved: Level) -> dict[str, object]:
    return {
        "works": proved.works,
        "assurance": proved.assurance,
        "layers": list(proved.layers),
        "sentence": proved.sentence,
        "checks": [
            {
                "about": one.about,
                "check": one.name,
                "result": one.said.result,
                "told": one.said.told,
                "way": one.said.way,
            }
            for one in checks
        ],
    }


def _laid_out(checks: Sequence[Checked], proved: Level, columns: int) -> Iterator[Line]:
    for about, of_it in itertools.groupby(checks, lambda one: one.about):
        yield line(display(about), Tone.STRONG)
        for one in of_it:
            yield from _row(one, columns)
        yield BLANK
    yield from paragraph(proved.sentence, columns, tone=Tone.STRONG)


def _row(one: Checked, columns: int) -> Iterator[Line]:
    mark, tone = MARKS[one.said.result]
    first, *rest = paragraph(display(one.said.told), columns - MARGIN)
    name = one.name.ljust(MARGIN - 4)
    yield Line((Span(f"  {mark} ", tone), Span(name, Tone.FAINT), *first.spans))
    yield from (Line((Span(" " * MARGIN), *more.spans)) for more in rest)
    if one.said.way:
        way = paragraph(f"→ {display(one.said.way)}", columns, indent=MARGIN, tone=Tone.FAINT)
        yield from way
