"""`agentguard approve ID`: the card, a word from it typed, and a vote signed with the person's SSH key."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.card import challenge, span
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.show import show
from agentguard.cli.voting import cast, may_vote, typed, voter
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision, Hold, State


@click.command()
@click.argument("hold_id", metavar="ID")
@click.option("--reason", default="", help="Why; it goes into the record.")
@click.option("--as", "name", help="The name you are listed under, where `init` was not run.")
@click.option("--key", type=click.Path(path_type=Path), help="The SSH key to sign with, where `init` was not run.")
@at_places
def command(places: Places, hold_id: str, reason: str, name: str | None, key: Path | None) -> int:
    """Show the card of the held call ID and vote yes, once you have typed what it asks for.

    Ends with 0 once the call is approved, 3 where it needs further persons, 4 where the vote does not count.
    """
    refuse_inside_agent("approve", os.environ)
    me = voter(places, name, key)
    guard = broker(places)
    hold = guard.hold(hold_id)
    may_vote(guard, hold, me, reason)
    show(hold)
    typed(challenge(hold))
    after = cast(guard, hold, me, Decision.YES, reason)
    terminal.say(_told(after))
    return Exit.DONE if after.state is State.APPROVED else Exit.HELD


def _told(hold: Hold) -> str:
    if hold.state is State.APPROVED:
        return f"{hold.id} is approved: it may run once, unchanged, within {span(_left(hold))}."
    yes = sum(vote.ballot.decision is Decision.YES for vote in hold.votes)
    return f"Your vote counts; {hold.id} has {yes} of {hold.quorum}."


def _left(hold: Hold) -> int:
    return hold.approved_until - max(vote.at for vote in hold.votes)
