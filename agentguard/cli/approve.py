"""`agentguard approve ID`: the card, a word from it typed, and a vote signed with the person's SSH key."""

from __future__ import annotations

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import by_ticket, terminal
from agentguard.cli.card import challenge
from agentguard.cli.persons import Identity
from agentguard.cli.show import show
from agentguard.cli.voting import as_voter, became, cast, may_vote, typed
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision, State


@click.command()
@click.argument("hold_id", metavar="[ID]", required=False)
@by_ticket.OPTION
@click.option("--reason", default="", help="Why; it goes into the record.")
@at_places
@as_voter("approve")
def command(places: Places, me: Identity, hold_id: str | None, ticket: str | None, reason: str) -> int:
    """Show the card of the held call ID and vote yes, once you have typed what it asks for.

    Ends with 0 once the call is approved (a ticket: once the answer is signed), 3 where it needs further persons, 4
    where the vote does not count.
    """
    by_ticket.one_of(hold_id, ticket)
    if ticket is not None:
        by_ticket.answer(ticket, me, Decision.YES, reason)
        return Exit.DONE
    return _here(places, hold_id or "", me, reason)


def _here(places: Places, hold_id: str, me: Identity, reason: str) -> int:
    guard = broker(places)
    hold = guard.hold(hold_id)
    may_vote(guard, hold, me, reason)
    show(hold)
    typed(challenge(hold))
    after = cast(guard, hold, me, Decision.YES, reason)
    approved = after.state is State.APPROVED
    terminal.say(became(after) if approved else f"Your vote counts; {became(after)}")
    return Exit.DONE if approved else Exit.HELD
