"""`agentguard env`: which environment this shell would reach, with every tool, and why. It only reads.

The same tables, names and resolvers answer as for a call of an agent. `--explain` takes one program, or a whole
command line, and tells everything that was looked at on the way; what stands in a variable is never printed.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.broker.rulebook import Rulebooks
from agentguard.cli import terminal
from agentguard.cli.display import display, width
from agentguard.cli.marks import environment
from agentguard.cli.text import BLANK, Line, Span, Tone, labelled, line, paragraph
from agentguard.cli.where import at_places
from agentguard.model.call import Call, ShellLine
from agentguard.model.command import Command
from agentguard.model.environment import Environment, Names, Pattern, Tier
from agentguard.model.errors import AgentguardError, Exit
from agentguard.model.verdict import Look
from agentguard.parse import read
from agentguard.resolve.bare import BY_ARGUMENT, Reach, reach_of, reaches
from agentguard.resolve.tier import rank, tier_of
from agentguard.surroundings import Machine, Surroundings
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools

MARGIN = 4  # columns before the reasons for a place
BAND = 16  # columns of an environment's band, before the programs
SEEN = {"variable": ("set", "not set"), "script": ("read", "not there"), "listener": ("seen", "nobody")}
READ = ("read", "not there")
FUNCTION = "BASH_FUNC_"  # a look at whether the shell exports a function of the program's name


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--explain", metavar="COMMAND", help="Only this program, or command line, and all that was looked at.")
@click.option("--all", "every", is_flag=True, help="Every program with a table, also those that are not here.")
@click.option("--json", "as_json", is_flag=True, help="The same as one line of JSON.")
@at_places
def command(places: Places, explain: str | None, every: bool, as_json: bool) -> int:
    """Print which environment each tool would reach from this shell, and why. Nothing is run.

    What a command line itself says (`--context`, `-h HOST`) counts beside it: `--explain COMMAND` takes that in.
    """
    cwd = str(Path.cwd())
    toolbox = Rulebooks(shipped_tools(), places).at(cwd).toolbox
    seen = Surroundings(Machine(dict(os.environ)), cwd)
    if explain is not None:
        return _explained(explain, seen, toolbox, as_json)
    found = reaches([name for name in sorted(toolbox.tools) if every or shutil.which(name)], seen, toolbox)
    if as_json:
        terminal.answer_json([_told(reach.environment, reach.programs) for reach in found])
    else:
        terminal.paint(list(_listed(found, toolbox.names, terminal.columns())))
    return Exit.DONE


def _listed(found: Sequence[Reach], names: Names, columns: int) -> Iterator[Line]:
    """Each place with its programs and reasons, the most dangerous first; then what only arguments would tell."""
    known = sorted((r for r in found if r.environment.evidence), key=lambda r: -rank(r.environment.tier))
    for reach in known:
        yield from _head(reach.programs, reach.environment, columns)
        yield from _why(reach.environment, names, columns)
        yield BLANK
    untold = [name for reach in found if not reach.environment.evidence for name in reach.programs]
    if untold:
        yield line("no place of their own here; what their arguments name decides", Tone.FAINT)
        yield from paragraph(", ".join(map(display, untold)), columns, indent=MARGIN)
    if not found:
        yield line("no tool with a place of its own is in this PATH; `--all` tells of all there are", Tone.FAINT)


def _head(programs: Sequence[str], place: Environment, columns: int) -> Iterator[Line]:
    band = environment(place.tier, place.name)
    first, *rest = paragraph(", ".join(map(display, programs)), columns - BAND, tone=Tone.STRONG)
    gap = " " * max(BAND - sum(width(span.text) for span in band), 2)
    yield Line((*band, Span(gap), *first.spans))
    yield from (Line((Span(" " * BAND), *more.spans)) for more in rest)


def _why(place: Environment, names: Names, columns: int) -> Iterator[Line]:
    for fact in place.evidence:
        yield from paragraph(f"since {display(str(fact))}", columns, indent=MARGIN, tone=Tone.FAINT)
    for pattern in _naming(place, names):
        what = "the word" if pattern.word else f"the {pattern.sort}"
        told = f"{what} `{pattern.text}` means {place.name}: {pattern.place}"
        yield from paragraph(display(told), columns, indent=MARGIN, tone=Tone.FAINT)
    if place.tier is Tier.UNKNOWN:
        told = "no environments.toml has a name for it; until one does, it counts as unknown"
        yield from paragraph(told, columns, indent=MARGIN)


def _naming(place: Environment, names: Names) -> Iterator[Pattern]:
    """The patterns that gave the place its name: those of its environment that match what was found."""
    for pattern in dict.fromkeys((*names.patterns, *names.raising)):
        alone, sort = Names((pattern,)), "name" if pattern.sort == "any" else pattern.sort
        if (pattern.name, pattern.tier) == (place.name, place.tier):
            matching = (tier_of(alone, sort, fact.says) for fact in place.evidence)
            if any(found and found[1] is pattern for found in matching):
                yield pattern


def _explained(text: str, seen: Surroundings, toolbox: Toolbox, as_json: bool) -> int:
    chosen = _reaching(text, seen, toolbox)
    place = reach_of(chosen, seen, toolbox)
    if as_json:
        looks = [{"kind": look.kind, "subject": look.subject, "there": _there(look)} for look in seen.record()]
        terminal.answer_json({**_told(place, (chosen.program,)), "looked_at": looks})
        return Exit.DONE
    columns = terminal.columns()
    terminal.paint([*_head((chosen.program,), place, columns), *_why(place, toolbox.names, columns), BLANK])
    terminal.paint(list(_looks(seen.record(), columns)))
    return Exit.DONE


def _reaching(text: str, seen: Surroundings, toolbox: Toolbox) -> Command:
    """The first command of a line that reaches somewhere. Raises AgentguardError where there is none."""
    commands = read(Call(ShellLine(text), seen.cwd), seen, toolbox).commands
    for command in commands:
        tool = toolbox.tool(command.program)
        if tool is not None and tool.at not in BY_ARGUMENT - {"git", "sqlite", "ssh"}:
            return command
    name = str(commands[0].argv[0]) if commands and commands[0].argv else text
    raise AgentguardError(
        f"`{name}` acts on this machine, or no table knows it",
        hint="`agentguard env --all` lists the programs that reach an environment",
    )


def _looks(looks: Sequence[Look], columns: int) -> Iterator[Line]:
    """What was looked at, file by file and variable by variable: what is there and what could have been."""
    yield line("looked at", Tone.FAINT)
    shown = [look for look in looks if look.subject and not look.subject.startswith(FUNCTION)]
    longest = max((width(display(look.subject)) for look in shown), default=0)
    for look in shown:
        there = SEEN.get(look.kind, READ)[not _there(look)]
        tone = Tone.PLAIN if _there(look) else Tone.FAINT
        subject = display(look.subject)
        if longest + MARGIN + 12 <= columns:
            yield line(f"{subject.ljust(longest)}  {there}", tone, MARGIN)
        else:
            yield from labelled(there, subject, columns, tone=tone)


def _there(look: Look) -> bool:
    return look.answer not in (None, [], {}, "", False)


def _told(place: Environment, programs: Sequence[str]) -> dict[str, object]:
    return {
        "programs": list(programs),
        "environment": place.name,
        "tier": place.tier,
        "because": [{"source": fact.source, "says": fact.says} for fact in place.evidence],
    }
