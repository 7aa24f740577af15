"""`agentguard pending`: the calls that wait for a person, oldest first."""

from __future__ import annotations

import time
from collections.abc import Sequence

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.card import span
from agentguard.cli.display import display
from agentguard.cli.marks import environment
from agentguard.cli.text import BLANK, Line, Span, Tone, line, paragraph
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Hold, Kind, State
from agentguard.model.record import to_record

COLUMNS = (("id", 15), ("who", 26), ("age", 9), ("expires in", 12), ("environment", 0))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The records as JSON.")
@at_places
def command(places: Places, *, as_json: bool) -> int:
    """List the calls that wait for a person: id, who asks, age, expiry, environment, and what would happen."""
    holds = broker(places).pending()
    if as_json:
        terminal.answer_json([to_record(hold) for hold in holds])
    elif holds:
        terminal.paint(table(holds, time.time_ns() // 1_000_000, terminal.columns()))
    else:
        terminal.say("Nothing waits.")
    return Exit.DONE


def table(holds: Sequence[Hold], now: int, columns: int) -> list[Line]:
    """Two rows a hold: the facts in columns, and what would happen, in full. Pure."""
    heading = "".join(name.ljust(width) for name, width in COLUMNS)
    rows = [row for hold in holds for row in (BLANK, *_rows(hold, now, columns))]
    return [line(heading, Tone.FAINT), *rows]


def _rows(hold: Hold, now: int, columns: int) -> list[Line]:
    facts = (hold.id, display(_who(hold)), span(now - hold.created), _left(hold, now))
    told = "".join(f"{fact} ".ljust(width) for fact, (_, width) in zip(facts, COLUMNS, strict=False))
    first = Line((Span(told), *environment(hold.tier, hold.environment)))
    return [first, *paragraph(f"{display(hold.consequence)}{_for(hold)}", columns, indent=2, tone=Tone.STRONG)]


def _who(hold: Hold) -> str:
    return f"{hold.asker.agent} for {hold.asker.person or hold.asker.os_user}"


def _left(hold: Hold, now: int) -> str:
    return span((hold.approved_until if hold.state is State.APPROVED else hold.expires) - now)


def _for(hold: Hold) -> str:
    if hold.state is State.APPROVED:
        return " (approved, not run yet)"
    return " (waits for whoever asked: `agentguard confirm`)" if hold.kind is Kind.ASK else ""
