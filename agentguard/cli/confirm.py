"""`agentguard confirm ID`: whoever asked says yes themselves, where the agent has no prompt to ask them in.

It is for what is theirs alone to lose; a hold takes a second person, and the broker refuses it here.
"""

from __future__ import annotations

import os

import click

from agentguard.broker.api import broker
from agentguard.broker.context import os_user
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.card import challenge
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.persons import identity
from agentguard.cli.show import show
from agentguard.cli.voting import typed
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit, Refused
from agentguard.model.hold import Hold, Kind, State


@click.command()
@click.argument("hold_id", metavar="ID")
@at_places
def command(places: Places, hold_id: str) -> int:
    """Show the card of the call ID that you asked for, and confirm it. The record says that one person did."""
    refuse_inside_agent("confirm", os.environ)
    me = identity(places)
    guard = broker(places)
    hold = guard.hold(hold_id)
    if hold.kind is not Kind.ASK or hold.state is not State.HELD:
        raise Refused(f"{hold.id} does not wait for you alone", hint=_instead(hold))
    show(hold)
    typed(challenge(hold))
    after = guard.confirm(hold.id, me.name if me else os_user())
    terminal.say(f"{after.id} is confirmed by {after.confirmed_by}: run the same command again, unchanged.")
    return Exit.DONE


def _instead(hold: Hold) -> str:
    if hold.state is not State.HELD:
        return f"it is {hold.state} already"
    return f"a second person must approve it: they run `agentguard approve {hold.id}`"
