"""`agentguard vote`: the answer to a ticket, taken in where the ticket came from."""

from __future__ import annotations

import os

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.broker.tickets import Signed, value_in
from agentguard.broker.votes import ballot_in
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.pasted import STDIN, Form, received
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.voting import became
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import State


@click.command()
@click.argument("file", metavar="[FILE|-]", default=STDIN)
@at_places
def command(places: Places, file: str) -> int:
    """Take in the answer that `approve --ticket` or `deny --ticket` printed elsewhere (pasted where no FILE is named).

    It counts as a vote made here does. Ends with 0 once the call is approved or denied, 3 where it needs further
    persons, 4 where the vote does not count.
    """
    refuse_inside_agent("vote", os.environ)
    signed = value_in(Signed, received(Form.ANSWER, file))
    body = signed.body.encode()
    ballot = ballot_in(body)
    after = broker(places).vote(ballot.hold, body, signed.signature)
    terminal.say(display(f"The {ballot.decision} of {ballot.person} counts; {became(after)}"))
    return Exit.HELD if after.state is State.HELD else Exit.DONE
