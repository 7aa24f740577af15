"""`agentguard wait ID`: wait until a held call is decided, for an agent whose own tools are cut off after two minutes.

Promises: it returns within 100 s with one sentence; 0 once the call may run, 4 where it will not, 75 where nobody has
decided yet. It only looks: waiting changes nothing.
"""

from __future__ import annotations

import time

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.hold import Decision, Hold, Kind, State

LONGEST = 95.0  # seconds: below the 100 that are promised, and the 120 after which Claude Code lets go of a command
PAUSE = 0.5  # seconds between two looks

NEVER = {
    State.DENIED: "denied",
    State.EXPIRED: "expired: nobody answered in time",
    State.VOIDED: "void: what it depended on has changed",
    State.WITHDRAWN: "withdrawn by the requester",
}


@click.command()
@click.argument("hold_id", metavar="ID")
@click.option("--timeout", type=click.FloatRange(0, LONGEST), default=LONGEST, show_default=True, help="Seconds.")
@at_places
def command(places: Places, hold_id: str, timeout: float) -> int:
    """Wait until the held call ID is decided: 0 approved, 4 denied or expired, 75 still held."""
    deadline = time.monotonic() + timeout
    guard = broker(places)
    hold = guard.hold(hold_id)
    while hold.state is State.HELD and time.monotonic() < deadline:
        time.sleep(PAUSE)
        hold = guard.hold(hold_id)
    say(hold)
    return code(hold)


def say(hold: Hold) -> None:
    """Tell how a hold stands; its reasons are a voter's own words."""
    terminal.tell(display(told(hold)))


def code(hold: Hold) -> Exit:
    """The exit code that says how a hold stands."""
    if hold.state is State.HELD:
        return Exit.STILL_HELD
    return Exit.BLOCKED if hold.state in NEVER else Exit.DONE


def told(hold: Hold) -> str:
    """How a hold stands, and what to do, in one sentence."""
    if hold.state is State.HELD:
        missing = "your confirmation" if hold.kind is Kind.ASK else "approval"
        return f"{hold.id} still waits for {missing}; run `agentguard wait {hold.id}` again."
    if hold.state in NEVER:
        return f"{hold.id} is {_why_never(hold)}; it will not run."
    if hold.state is State.APPROVED:
        return f"{hold.id} is approved by {_by(hold)}; run the same command again, unchanged."
    return f"{hold.id} was approved by {_by(hold)} and has been used; ask again for another run."


def _why_never(hold: Hold) -> str:
    """How it ended, each word once: `denied by bob: not on a Friday` says it all."""
    ended, message = NEVER[hold.state], hold.message
    if message.startswith(str(hold.state)):
        return message
    return f"{ended} ({message})" if message and message not in ended else ended


def _by(hold: Hold) -> str:
    names = [vote.ballot.person for vote in hold.votes if vote.ballot.decision is Decision.YES]
    return " and ".join(names) or hold.confirmed_by or "its quorum"
