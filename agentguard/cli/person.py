"""`agentguard person`: who may vote on held calls, as the policy of this place has it."""

from __future__ import annotations

import os
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.broker.rulebook import layers_of
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.persons import add, public_key
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.policy import Policy, load
from agentguard.policy.schema import Person


@click.group()
def command() -> None:
    """List the persons who may vote, or add one."""


@command.command("add")
@click.argument("name")
@click.option("--key", type=click.Path(path_type=Path), required=True, help="A file with their SSH public key.")
@click.option("--role", "roles", multiple=True, default=("approver",), show_default=True, help="May be given again.")
@at_places
def add_person(places: Places, name: str, key: Path, roles: tuple[str, ...]) -> int:
    """List NAME as a person who may vote, by their SSH public key."""
    refuse_inside_agent("person add", os.environ)
    add(places, Person(name=name, keys=(public_key(key.expanduser()),), roles=roles))
    terminal.say(f"{name} may vote from now on ({', '.join(roles)}).")
    for warning in _policy(places).warnings:
        terminal.say(f"warning: {warning}")
    return Exit.DONE


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@at_places
def list_persons(places: Places, *, as_json: bool) -> int:
    """List who may vote: name, roles, keys."""
    persons = _policy(places).people
    if as_json:
        terminal.answer_json([person.model_dump(mode="json") for person in persons])
        return Exit.DONE
    for person in persons:
        terminal.answer(f"{display(person.name)}  ({display(', '.join(person.roles)) or 'no role'})")
        for key in person.keys:
            terminal.answer(f"    {display(key)}")
    if not persons:
        terminal.say("Nobody is listed: `agentguard init --key ~/.ssh/id_ed25519.pub` lists you.")
    return Exit.DONE


def _policy(places: Places) -> Policy:
    """The policy that holds everywhere on this machine, its examples left alone: only the persons are asked for."""
    layers = layers_of(places)
    return load(layers.base, further=layers.further)
