"""`agentguard serve`: run the broker in the foreground. Clients start it by themselves; a person need not."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from agentguard.broker.assembly import assemble
from agentguard.broker.places import Places
from agentguard.broker.server import serve
from agentguard.cli import terminal
from agentguard.cli.where import at_places_given
from agentguard.model.errors import Exit

FILE = click.Path(exists=True, dir_okay=False, resolve_path=True, path_type=Path)


@click.command()
@click.option("--policy", type=FILE, help="A policy file instead of those of system and user.")
@at_places_given
def command(places: Places, policy: Path | None) -> int:
    """Run the broker until it is stopped. Where one serves already, say so and end."""
    if not serve(places, partial(assemble, policy=policy)):
        terminal.say(f"a broker serves {places.state} already")
    return Exit.DONE
