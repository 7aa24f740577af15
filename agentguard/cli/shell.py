"""`agentguard shell`: the program an agent is given as its shell, which judges each line and then becomes the real one.

Promises: the real shell is the one found at the install, by its absolute path; only what is ours is written over or
removed. Refuses to change an agent's settings: it says what to put where.
"""

from __future__ import annotations

import click

from agentguard.agents import HOOKS
from agentguard.broker.become import PREFIX
from agentguard.broker.launchers import remove, write_shell
from agentguard.broker.places import Places, of_everybody
from agentguard.broker.start import hook_words
from agentguard.cli import terminal
from agentguard.cli.install.claude_code import hook_command
from agentguard.cli.where import at_places, for_everybody
from agentguard.model.errors import Exit

HOW = """\
For Claude Code, in the `env` of its settings (this one also sees what no hook does: lines that a skill runs by itself):
  "CLAUDE_CODE_SHELL_PREFIX": "{prefix}"
For an agent that takes its shell from SHELL:
  SHELL={shell}"""


@click.group()
def command() -> None:
    """Stand before an agent's shell."""


@command.command("install")
@for_everybody
@at_places
def _install(places: Places, *, everybody: bool) -> int:
    """Write the launchers of the shell, and say where to name them."""
    places = of_everybody() if everybody else places
    directory = places.shell
    own = tuple(hook_command(hook_words(places, agent)) for agent in HOOKS)
    prefix = write_shell(directory, places, own)
    terminal.answer(str(prefix))
    terminal.say(HOW.format(prefix=prefix, shell=directory / "bash"))
    return Exit.DONE


@command.command("remove")
@for_everybody
@at_places
def _remove(places: Places, *, everybody: bool) -> int:
    """Remove the launchers."""
    places = of_everybody() if everybody else places
    remove(places.shell, PREFIX)
    terminal.say(f"removed from {places.shell}: an agent whose settings still name it can run nothing")
    return Exit.DONE
