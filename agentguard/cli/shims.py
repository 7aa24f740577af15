"""`agentguard shims`: small programs that stand before the dangerous ones in an agent's PATH, each under its name.

Promises: a shim judges what its program is really given, inside scripts and make too, and then becomes the program;
only what is ours is written over or removed. Refuses to change anybody's PATH: it says what to put where.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path

import click

from agentguard.broker.launchers import present, remove, shims, write_shims
from agentguard.broker.own import forget, remember
from agentguard.broker.places import Places, of_everybody
from agentguard.broker.shimmed import shimmed
from agentguard.cli import terminal
from agentguard.cli.where import DIRECTORY, at_places, for_everybody
from agentguard.model.errors import Exit
from agentguard.tools import shipped

LATER = "A program that is installed later has none until you install the shims again."


def in_directory(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command `--dir`; its arguments are the Places and the directory of the shims."""

    @click.option("--dir", "directory", type=DIRECTORY, help="Where the shims lie, if not in the broker's state.")
    @for_everybody
    @at_places
    @functools.wraps(command)
    def placed(places: Places, directory: Path | None, *, everybody: bool, **options: object) -> int:
        places = of_everybody() if everybody else places
        return command(places, (directory or places.shims).absolute(), **options)

    return placed


@click.group()
def command() -> None:
    """Stand before the programs that can destroy something, wherever they are started by name."""


@command.command("install")
@click.option("--all", "every", is_flag=True, help="Also for programs that are not installed here.")
@in_directory
def _install(places: Places, directory: Path, *, every: bool) -> int:
    """Write a shim for every dangerous program that stands in PATH."""
    programs = shimmed(shipped())
    if not every:
        programs = present(programs, directory, os.environ.get("PATH", os.defpath))
    names = write_shims(directory, places, programs)
    if directory != places.shims:
        remember(places.system if places.everybodys else places.state, [directory])
    terminal.answer("\n".join(names))
    terminal.say(
        f"{len(names)} shims in {directory}\nPut it first in the agent's PATH. {'' if every else LATER}".rstrip()
    )
    return Exit.DONE


@command.command("list")
@in_directory
def _list(_places: Places, directory: Path) -> int:
    """List the programs that have a shim."""
    terminal.answer("\n".join(shims(directory)))
    return Exit.DONE


@command.command("remove")
@in_directory
def _remove(places: Places, directory: Path) -> int:
    """Remove the shims, and their directory once it is empty."""
    removed = remove(directory)
    forget(places.system if places.everybodys else places.state, [directory])
    terminal.say(f"removed {len(removed)} shims from {directory}")
    return Exit.DONE
