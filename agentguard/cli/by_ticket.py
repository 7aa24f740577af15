"""Voting on another machine: a ticket in, the card on the screen, an answer to paste back. No broker is asked.

Promises: the order of `voting.py`: look, type, sign. Nothing is signed but the ballot of the card that was shown.
"""

from __future__ import annotations

import time

import click

from agentguard.broker.signatures import key_in, sign
from agentguard.broker.tickets import Signed, ballot_of, ticket_in
from agentguard.broker.votes import body_of
from agentguard.cli import terminal
from agentguard.cli.card import challenge
from agentguard.cli.pasted import STDIN, Form, received, wrapped
from agentguard.cli.persons import Identity
from agentguard.cli.show import show
from agentguard.cli.voting import typed
from agentguard.model.errors import Refused
from agentguard.model.hold import Decision
from agentguard.model.record import canonical, to_record

OPTION = click.option(
    "--ticket",
    metavar="[FILE|-]",
    is_flag=False,
    flag_value=STDIN,
    help="Vote on a ticket from another machine (pasted where no FILE is named); prints an answer for `vote` there.",
)


def one_of(hold_id: str | None, ticket: str | None) -> None:
    """Raise a usage error unless there is either an ID or a ticket."""
    if (hold_id is None) == (ticket is None):
        raise click.UsageError("give the ID of a held call, or --ticket")


def answer(file: str, me: Identity, decision: Decision, reason: str) -> None:
    """Show the card of a ticket, have a yes typed, and print the signed answer. Raises Refused with the reason."""
    ticket = ticket_in(received(Form.TICKET, file), time.time_ns() // 1_000_000)
    hold = ticket.hold
    body = body_of(ballot_of(ticket, decision, reason, me.name))
    show(hold)
    if decision is Decision.YES:
        typed(challenge(hold))
    signature = sign(body, me.key)
    if hold.hardware and decision is Decision.YES and not key_in(signature).hardware:
        raise Refused(f"{hold.id} needs a key in hardware that was touched", hint="sign with an sk- key")
    signed = canonical(to_record(Signed(body.decode(), signature)))
    terminal.say("\nPaste this back. It counts once `agentguard vote` has taken it in, where the ticket came from:\n")
    terminal.answer(wrapped(Form.ANSWER, hold.id, signed))
