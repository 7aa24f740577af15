"""`agentguard status`: does the broker run, since when, by which policy, what waits, and what all that is worth."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path

import click

from agentguard.broker.api import broker
from agentguard.broker.places import Places
from agentguard.broker.seat import answers
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.text import Line, advice, labelled
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.status import Status

MEANING = {  # what each level of assurance gives, in one line
    "advisory": "catches accidents; an agent that wants to can walk around it",
    "brokered": "the agent can only ask: the broker alone holds the credentials",
    "remote": "the agent's machine can be lost without losing the record",
    "witnessed": "deleting the record shows",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@at_places
def command(places: Places, *, as_json: bool) -> int:
    """Say whether the broker runs, since when, under which policy, and how many holds are open."""
    if not answers(places):
        terminal.answer_json({"running": False}) if as_json else terminal.answer(
            "no broker runs; an agent's next call starts one"
        )
        return Exit.DONE
    status = broker(places, start=False).status(str(Path.cwd()))
    if as_json:
        terminal.answer_json({"running": True, **dataclasses.asdict(status)})
    else:
        terminal.paint(_told(status, places, terminal.columns()))
    return Exit.DONE


def _told(status: Status, places: Places, columns: int) -> list[Line]:
    since = datetime.fromtimestamp(status.since / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %z")
    rows = (
        ("running", f"since {since}"),
        ("policy", f"{display(status.policy)} ({status.policy_digest[:12]}), as it holds in this directory"),
        *(("not heard", display(warning)) for warning in status.warnings),
        ("open holds", str(status.open_holds)),
        ("assurance", f"{status.assurance}: {MEANING.get(status.assurance, 'not described')}"),
    )
    told = [line for name, value in rows for line in advice(name, value, columns)]
    return [*told, *labelled("state", display(str(places.state)), columns)]
