"""`agentguard deny ID`: one signed no ends a hold."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.voting import cast, voter
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision


@click.command()
@click.argument("hold_id", metavar="ID")
@click.option("--reason", required=True, help="Why; the agent is told.")
@click.option("--as", "name", help="The name you are listed under, where `init` was not run.")
@click.option("--key", type=click.Path(path_type=Path), help="The SSH key to sign with, where `init` was not run.")
@at_places
def command(places: Places, hold_id: str, reason: str, name: str | None, key: Path | None) -> int:
    """Vote no on the held call ID. One no is enough: it will not run."""
    refuse_inside_agent("deny", os.environ)
    me = voter(places, name, key)
    guard = broker(places)
    after = cast(guard, guard.hold(hold_id), me, Decision.NO, reason)
    terminal.say(f"{after.id} is {after.state}: nothing has run, and the agent is told why.")
    return Exit.DONE
