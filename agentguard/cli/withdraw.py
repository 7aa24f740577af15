"""`agentguard withdraw ID`: the requester takes a held call back. It never runs; asked again, it is a new hold."""

from __future__ import annotations

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit


@click.command()
@click.argument("hold_id", metavar="ID")
@at_places
def command(places: Places, hold_id: str) -> int:
    """Take back the held call ID, which you asked for. It will not run."""
    hold = broker(places).withdraw(hold_id)
    terminal.say(f"{hold.id} is {hold.state}; nothing has run.")
    return Exit.DONE
