"""`agentguard deny ID`: one signed no ends a hold."""

from __future__ import annotations

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import by_ticket, terminal
from agentguard.cli.persons import Identity
from agentguard.cli.voting import as_voter, became, cast
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision


@click.command()
@click.argument("hold_id", metavar="[ID]", required=False)
@by_ticket.OPTION
@click.option("--reason", required=True, help="Why; the agent is told.")
@at_places
@as_voter("deny")
def command(places: Places, me: Identity, hold_id: str | None, ticket: str | None, reason: str) -> int:
    """Vote no on the held call ID. One no is enough: it will not run."""
    by_ticket.one_of(hold_id, ticket)
    if ticket is not None:
        by_ticket.answer(ticket, me, Decision.NO, reason)
        return Exit.DONE
    guard = broker(places)
    after = cast(guard, guard.hold(hold_id or ""), me, Decision.NO, reason)
    terminal.say(became(after))
    return Exit.DONE
