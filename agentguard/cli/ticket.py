"""`agentguard ticket ID`: a held call as a text for a person on another machine, who shares nothing with this one."""

from __future__ import annotations

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.broker.tickets import ticket_of
from agentguard.cli import terminal
from agentguard.cli.pasted import Form, wrapped
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.record import Head, canonical, to_record


@click.command()
@click.argument("hold_id", metavar="ID")
@at_places
def command(places: Places, hold_id: str) -> int:
    """Print the held call ID as a text to paste into a chat.

    Whoever gets it runs `agentguard approve --ticket` (or `deny --ticket`) on their own machine and pastes the answer
    back; `agentguard vote` takes that in. Secrets are left out as on the card.
    """
    guard = broker(places)
    newest = guard.log_tail(1)[-1]  # a hold is an entry itself: the log is not empty
    ticket = ticket_of(guard.hold(hold_id), Head(newest.number, newest.hash))
    terminal.answer(wrapped(Form.TICKET, hold_id, canonical(to_record(ticket))))
    terminal.say("They run `agentguard approve --ticket`, paste this, and send you an answer for `agentguard vote`.")
    return Exit.DONE
