"""The commands themselves: which files, the difference, the question, and the writing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from agentguard.broker.own import forget, remember
from agentguard.broker.places import Places, of_everybody
from agentguard.broker.seat import make_private
from agentguard.broker.start import hook_words
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.install.agents import INSTALLERS, MANAGED_SETTINGS, Where, named, standing
from agentguard.cli.install.claude_code import MANAGED, hook_command
from agentguard.cli.install.settings_file import Change, Part, apply, installing, uninstalling
from agentguard.cli.person_only import refuse_inside_agent
from agentguard.cli.where import at_places
from agentguard.model.errors import AgentguardError, Exit

PROJECT = "project"
LEVELS = (
    (PROJECT, "The settings of this directory."),
    ("user", "Your own settings, for every project."),
    (MANAGED, "The settings of this machine, which no agent can change (Claude Code; as root)."),
)


def at_level(command: Callable[..., int]) -> Callable[..., int]:
    """Give a command the agent, the level, and where managed settings lie; it gets the agent's name and a Where."""

    @click.argument("agent", type=click.Choice(sorted(INSTALLERS)))
    @click.option("--yes", is_flag=True, help="Do not ask.")
    @click.option(
        "--at",
        "managed",
        type=click.Path(dir_okay=False, path_type=Path),
        help=f"With --managed: this file, not {MANAGED_SETTINGS}; to prepare another machine.",
    )
    def levelled(places: Places, agent: str, level: str | None, managed: Path | None, yes: bool, **more: str) -> int:
        levels = INSTALLERS[agent].levels
        if level not in levels:
            raise click.UsageError(f"say which settings of {agent}: " + " or ".join(f"--{one}" for one in levels))
        if managed and level != MANAGED:
            raise click.UsageError("--at goes with --managed")
        places = of_everybody() if level == MANAGED and not _named() else places
        settings = (managed or Path(MANAGED_SETTINGS)).absolute()
        where = Where(level, os.environ, Path.cwd(), settings, named(places))
        return command(places, agent, where, yes=yes, **more)

    def _named() -> bool:
        """Whether the person named one broker: then managed settings are for its user alone."""
        source = click.get_current_context().get_parameter_source
        return any(source(name) is ParameterSource.COMMANDLINE for name in ("state", "config", "socket"))

    for level, about in reversed(LEVELS):
        levelled = click.option(f"--{level}", "level", flag_value=level, help=about)(levelled)
    levelled.__doc__ = command.__doc__
    return levelled


@click.command()
@at_places
@click.option(
    "--path", help="With --managed: the agent's PATH, to go behind the shims; if not given, that of this shell."
)
@at_level
def install(places: Places, agent: str, where: Where, *, yes: bool, path: str | None) -> int:
    """Put the hook into AGENT's settings. Shows the difference first, keeps everything that was there."""
    own = "" if where.environ.get("SUDO_UID") else where.environ.get("PATH", "")
    where = replace(where, launchers=standing(places, path or own))
    installer = INSTALLERS[agent]
    parts = installer.parts(where, hook_command(hook_words(places, agent)))
    changes = _of_substance(map(installing, parts))
    for caution in installer.cautions(where):
        terminal.say(display(f"caution: {caution}"))  # it may quote settings of a checkout
    if not changes:
        terminal.say(f"{_names(part.path for part in parts)}: the hook is there already; nothing changed")
        return Exit.DONE
    if not _agreed(changes, yes=yes):
        return Exit.ERROR
    _ready(places, where)
    for change in changes:
        apply(change)
    _remember(places, where, parts, remember)
    terminal.say(f"installed into {_names(change.path for change in changes)}\n{installer.afterwards(where)}")
    return Exit.DONE


@click.command()
@at_places
@at_level
def uninstall(places: Places, agent: str, where: Where, *, yes: bool) -> int:
    """Take the hook out of AGENT's settings again. Shows the difference first, and touches nothing else."""
    refuse_inside_agent("agentguard uninstall", where.environ)
    parts = INSTALLERS[agent].parts(where, "")
    changes = _of_substance(map(uninstalling, parts))
    if not changes:
        terminal.say(f"{_names(part.path for part in parts)}: nothing of agentguard is there; nothing changed")
        return Exit.DONE
    if not _agreed(changes, yes=yes):
        return Exit.ERROR
    for change in changes:
        apply(change)
    _remember(places, where, parts, forget)
    terminal.say(f"taken out of {_names(change.path for change in changes)}")
    return Exit.DONE


def _remember(places: Places, where: Where, parts: Iterable[Part], change: Callable[[Path, list[Path]], None]) -> None:
    """Settings are guarded wherever they lie: those that are, as a rule, and those that somebody put elsewhere.

    Managed ones that were written to prepare another machine are nobody's here, unless root wrote them.
    """
    directory = places.system if places.everybodys else places.state
    odd = [part.path for part in parts if part.wanted and str(part.path) != MANAGED_SETTINGS]
    if where.level != PROJECT and directory.is_dir() and os.access(directory, os.W_OK):
        change(directory, odd)  # a project's are known by their names, and go with the project


def _ready(places: Places, where: Where) -> None:
    """Make the state stand before the hook asks for it; under sudo it is of the one who called that, and stands."""
    if places.everybodys:
        return  # whoever asks makes their own
    caller = where.environ.get("SUDO_UID", "")
    if where.level != MANAGED or not caller:
        make_private(places.state)
    elif not places.state.is_dir() or str(places.state.stat().st_uid) != caller:
        raise AgentguardError(
            "this would not be the broker of the person who runs the agent",
            place=str(places.state),
            hint="run `agentguard serve` once as them, then give their directories with --state and --config",
        )


def _of_substance(changes: Iterable[Change]) -> list[Change]:
    return [change for change in changes if change.after != change.before]


def _agreed(changes: Iterable[Change], *, yes: bool) -> bool:
    """Show what would change, and ask."""
    for change in changes:
        terminal.answer(change.difference)
    if yes or terminal.ask(f"Write {_names(change.path for change in changes)}? [y/N]").strip().lower() in ("y", "yes"):
        return True
    terminal.say("nothing written")
    return False


def _names(paths: Iterable[Path]) -> str:
    return display(", ".join(map(str, paths)))
