"""`agentguard show ID`: the card of one held call, to its end."""

from __future__ import annotations

import time

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.card import card
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Hold
from agentguard.model.record import to_record


@click.command()
@click.argument("hold_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="The whole record as JSON.")
@at_places
def command(places: Places, hold_id: str, *, as_json: bool) -> int:
    """Show the card of the held call ID: where, what exactly, who asks, what a no means."""
    hold = broker(places).hold(hold_id)
    if as_json:
        terminal.answer_json(to_record(hold))
    else:
        show(hold)
    return Exit.DONE


def show(hold: Hold) -> None:
    """Put the card on the screen, paged where it does not fit."""
    terminal.page(card(hold, time.time_ns() // 1_000_000, terminal.columns()))
