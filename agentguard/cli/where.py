"""Which broker a command speaks to: the options every such command has, as one value.

`--state` may come from AGENTGUARD_STATE, for people; the broker itself and the hook take nothing from variables.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import click

from agentguard.broker.places import SHARED, places

STATE_VARIABLE = "AGENTGUARD_STATE"
DIRECTORY = click.Path(file_okay=False, path_type=Path)
SOCKET = click.Path(dir_okay=False, path_type=Path)


for_everybody = click.option(
    "--managed",
    "everybody",
    is_flag=True,
    help=f"For every user of this machine, in {SHARED}; as root. Each is led to a broker of their own.",
)


def at_places(command: Callable[..., int]) -> Callable[..., int]:
    """Give a person's command `--state`, `--config` and `--socket`; its first argument is the Places they name."""
    return _placed(command, STATE_VARIABLE)


def at_places_given(command: Callable[..., int]) -> Callable[..., int]:
    """The same for what a hook starts: no variable of an agent's environment may lead it to another broker."""
    return _placed(command, None)


def _placed(command: Callable[..., int], variable: str | None) -> Callable[..., int]:
    @click.option("--state", type=DIRECTORY, envvar=variable, help="Where the broker keeps its state.")
    @click.option("--config", type=DIRECTORY, help="Where your policy files lie.")
    @click.option("--socket", type=SOCKET, help="The broker's socket, where it is not in its state.")
    @functools.wraps(command)
    def placed(*args: object, state: Path | None, config: Path | None, socket: Path | None, **kwargs: object) -> int:
        return command(places(state, config, socket), *args, **kwargs)

    return placed
