"""`agentguard hook AGENT`: answer one event of an agent's hook, by the same client that an installed hook starts.

It costs the start of this whole program more than the installed form; the answer is the same. What goes wrong before
the client takes over is a denial too: agents take any other failure of a hook for a yes.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import click

from agentguard.agents import AGENTS
from agentguard.broker.places import Places
from agentguard.broker.seat import make_private
from agentguard.broker.start import hook_words
from agentguard.cli.where import at_places_given
from agentguard.model.verdict import Action


def or_deny(command: Callable[..., int]) -> Callable[..., int]:
    """Turn every failure of a hook's command into the denial of its agent."""

    @functools.wraps(command)
    def guarded(agent: str, **options: object) -> int:
        try:
            return command(agent=agent, **options)
        except Exception as failure:  # noqa: BLE001 - whatever it was, the call must not pass
            reply = AGENTS[agent].reply(Action.BLOCK, f"agentguard: {failure}")
            os.write(1, reply.output)
            os.write(2, reply.error)
            return reply.status

    return guarded


@click.command()
@click.argument("agent", type=click.Choice(sorted(AGENTS)))
@or_deny
@at_places_given
def command(places: Places, agent: str) -> int:
    """Answer the event of AGENT's hook on standard input, with the exit status and output that agent wants."""
    make_private(places.socket.parent)
    words = hook_words(places, agent)
    os.execv(words[0], words)  # noqa: S606 - this process becomes the client
