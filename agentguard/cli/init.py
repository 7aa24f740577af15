"""`agentguard init`: the first person, from an SSH public key that exists.

Of the key nothing is read but its public half.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from agentguard.broker.context import os_user
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.persons import Identity, add, own_list, person_with, remember, signing_key
from agentguard.cli.where import at_places
from agentguard.model.errors import AgentguardError, Exit


@click.command()
@click.option("--key", type=click.Path(path_type=Path), required=True, help="Your SSH public key, ~/.ssh/….pub.")
@click.option("--name", help="The name you are listed under; your user name where you do not say.")
@at_places
def command(places: Places, key: Path, name: str | None) -> int:
    """Set up the first person: you, by the SSH key that you sign votes with."""
    refuse_inside_agent("init", os.environ)
    if own_list(places).persons:
        raise AgentguardError("persons are listed already", hint="`agentguard person add NAME --key FILE` adds one")
    account = os_user()
    me = Identity(name or account, signing_key(key.expanduser()))
    add(places, person_with(me.name, key.expanduser(), ("approver",), account))
    remember(places, me)
    terminal.say(f"{me.name} is listed in {places.config}, and signs with {me.key}.")
    terminal.say("You cannot approve your own calls: `agentguard person add NAME --key FILE` lists who can.")
    return Exit.DONE
