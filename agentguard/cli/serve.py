"""`agentguard serve`: run the broker in the foreground. Clients start it by themselves; a person need not."""

from __future__ import annotations

import click

from agentguard.broker.places import Places
from agentguard.broker.server import serve
from agentguard.cli import terminal
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit


@click.command()
@at_places
def command(places: Places) -> int:
    """Run the broker until it is stopped. Where one serves already, say so and end."""
    if not serve(places):
        terminal.say(f"a broker serves {places.state} already")
    return Exit.DONE
