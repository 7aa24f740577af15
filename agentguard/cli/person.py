"""`agentguard person`: who may vote on held calls, as the policy of this place has it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.broker.rulebook import layers_of, people_here
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.persons import add, person_with
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.person import People
from agentguard.model.record import to_record
from agentguard.policy import load


@click.group()
def command() -> None:
    """List the persons who may vote, or add one."""


@command.command("add")
@click.argument("name")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="A file with their SSH public key.")
@click.option("--os-user", default="", help="Their account on this machine, where they have one.")
@click.option("--role", "roles", multiple=True, default=("approver",), show_default=True, help="May be given again.")
@at_places
def add_person(places: Places, name: str, key: Path, os_user: str, roles: tuple[str, ...]) -> int:
    """List NAME as a person who may vote, by their SSH public key."""
    refuse_inside_agent("person add", os.environ)
    add(places, person_with(name, key.expanduser(), roles, os_user))
    terminal.say(f"{name} is listed ({', '.join(roles)}).")
    people = _people(places)
    if people.named(name) is None:
        terminal.say(f"But only those count whom {people.place} lists.")
    return Exit.DONE


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@at_places
def list_persons(places: Places, *, as_json: bool) -> int:
    """List who may vote: name, roles, keys."""
    people = _people(places)
    if as_json:
        terminal.answer_json([to_record(person) for person in people.persons])
        return Exit.DONE
    for person in people.persons:
        account = f", account {display(person.os_user)}" if person.os_user else ""
        terminal.answer(f"{person.name}  ({display(', '.join(person.roles)) or 'no role'}{account})")
        for key in person.keys:
            terminal.answer(f"    {key.kind} {key.fingerprint}")
    if not people.persons:
        terminal.say("Nobody is listed: `agentguard init --key ~/.ssh/id_ed25519.pub` lists you.")
    return Exit.DONE


def _people(places: Places) -> People:
    """Whoever counts here; the policy's own examples need not run for that."""
    layers = layers_of(places)
    return people_here(places, load(layers.base, further=layers.further))
