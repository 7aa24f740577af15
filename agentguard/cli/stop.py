"""`agentguard stop`: end the broker. The next call of an agent starts it again, with the policy as it then is."""

from __future__ import annotations

import time

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.broker.seat import GRACE, answers
from agentguard.cli import terminal
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit, Unreachable

PATIENCE = 10.0  # seconds: the broker gives what it has begun five


@click.command()
@at_places
def command(places: Places) -> int:
    """Stop the broker. Nothing of an agent passes unseen: its next call starts the broker again."""
    if not answers(places):
        terminal.say("no broker runs")
        return Exit.DONE
    broker(places, start=False).stop()
    deadline = time.monotonic() + PATIENCE
    while answers(places):
        if time.monotonic() > deadline:
            raise Unreachable("the broker does not end", place=str(places.journal), hint="its log says more")
        time.sleep(GRACE)
    terminal.say("the broker has stopped")
    return Exit.DONE
