"""`agentguard hook AGENT`: answer one event of an agent's hook, by the same client that an installed hook starts.

It costs the start of this whole program more than the installed form; the answer is the same.
"""

from __future__ import annotations

import os

import click

from agentguard.agents import AGENTS
from agentguard.broker.places import Places
from agentguard.broker.start import hook_words
from agentguard.cli.where import at_places


@click.command()
@click.argument("agent", type=click.Choice(sorted(AGENTS)))
@at_places
def command(places: Places, agent: str) -> int:
    """Answer the event of AGENT's hook on standard input, with the exit status and output that agent wants."""
    words = hook_words(places, agent)
    os.execv(words[0], words)  # noqa: S606 - this process becomes the client; nothing of ours is left to fail open
