"""`agentguard tool`: what the table of a program says of a command, and whether a team's own table is a good one.

It reads and prints: no command is run, no broker is asked. Examples are read on the machine of `policy/fixture.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import click

from agentguard.broker.places import Places
from agentguard.broker.rulebook import Rulebooks, example_planner, source_of
from agentguard.broker.team_tools import example_problems, gaps, tool_of, with_team, worst_of
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.marks import UNDOS
from agentguard.cli.text import BLANK, Line, Span, Tone, advice, labelled, line, paragraph
from agentguard.cli.where import at_places
from agentguard.engine import plan
from agentguard.model.call import Argv, Call
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Verb, class_of
from agentguard.model.environment import Tier
from agentguard.model.errors import AgentguardError, Exit, did_you_mean
from agentguard.parse.argv import read_arguments
from agentguard.policy.fixture import CHECKOUT, ENVIRON, FILES
from agentguard.policy.names import shipped_names
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools
from agentguard.tools.schema import Change, Row, Tool

FINE, WRONG, NOTE = Span("✓ ", Tone.GOOD), Span("✗ ", Tone.BAD), Span("! ", Tone.CARE)
CONDITIONS = ("option", "operand", "last")  # of a change, those that a person would type
EXAMPLES = 4  # of a table that are shown beside a command


@click.group()
def command() -> None:
    """Explain what a tool's table says, or check a table of your own."""


@command.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check(files: tuple[Path, ...]) -> int:
    """Load tables of your own and run their examples.

    A table that is fine goes into `tools` beside your policy files; it counts from the next call on. Ends with 1 where
    one does not load, fails an example, or has a row that no example reaches.
    """
    sources = tuple(source_of(file) for file in files)
    toolbox = Toolbox(with_team(shipped_tools(), sources), shipped_names())
    planner = example_planner(toolbox)
    failed = False
    for source in sources:
        table = tool_of(source)
        problems = [*example_problems(table, planner), *gaps(table, planner)]
        failed |= bool(problems)
        counts = f"{_count(len(table.row), 'row')}, {_count(len(table.example), 'example')}"
        mark = WRONG if problems else FINE
        terminal.paint([Line((mark, Span(f"{display(source.place)}  "), Span(counts, Tone.FAINT)))])
        for problem in problems:
            terminal.paint(paragraph(display(problem), terminal.columns(), indent=2))
    return Exit.ERROR if failed else Exit.DONE


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@command.command(context_settings={"ignore_unknown_options": True})
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@at_places
def explain(places: Places, words: tuple[str, ...]) -> int:
    """Say what the table of a program knows of a command: `agentguard tool explain aws rds delete-db-instance`."""
    toolbox = Rulebooks(shipped_tools(), places).at(str(Path.cwd())).toolbox
    made = plan(Call(Argv(words), CHECKOUT), Surroundings(Memory(FILES, ENVIRON), CHECKOUT), toolbox)
    known = next((found for found in made.reading.commands if toolbox.tool(found.program)), None)
    table = toolbox.tool(known.program) if known else None
    if known is None or table is None:
        hint = did_you_mean(words[0], tuple(toolbox.tools))
        raise AgentguardError(f"no table knows `{words[0]}`", hint=f"{hint} It counts as code that was not read.")
    terminal.paint(list(_explanation(known, table, worst_of(made), terminal.columns())))
    return Exit.DONE


def _explanation(known: Command, table: Tool, effect: Effect, columns: int) -> Iterator[Line]:
    arguments = read_arguments(table, known.argv[1:])
    name = " ".join((table.program, *arguments.path))
    yield Line((Span(display(name), Tone.STRONG), Span(f"  {display(table.about)}", Tone.FAINT)))
    yield BLANK
    yield from labelled("does", display(effect.describe()), columns, tone=Tone.STRONG)
    if effect.verb is not Verb.READ:
        yield from labelled("", f"{class_of(effect, Tier.PROD)} in production, {UNDOS[effect.undo]}", columns)
    if effect.because:
        yield from advice("because", display(effect.because), columns)
    for number, way in enumerate(effect.safer):
        yield from advice("" if number else "safer", display(way), columns, tone=Tone.GOOD)
    yield from advice("told by", _told_by(arguments.row, arguments.path, table), columns)
    if arguments.row is not None:
        yield from _forms(arguments.row, columns)
    yield from labelled("lands", _lands(effect, table), columns)
    yield BLANK
    yield from _examples(table, known, columns)


def _told_by(row: Row | None, path: tuple[str, ...], table: Tool) -> str:
    if row is not None:
        return f"the row `{display(row.path[0])}` of its table" if row.path[0] else "its table, whatever follows"
    if table.words is not None and path:
        return f"the words of `{display(path[-1])}`: no row names it"
    return f"no row names it: what is not listed is `{table.unlisted}`"


def _forms(row: Row, columns: int) -> Iterator[Line]:
    """The options and operands that make the row something else."""
    if row.harmless:
        yield from advice("harmless", f"with {' or '.join(map(display, row.harmless))}", columns)
    changing = [change for change in row.when if _condition(change) and _outcome(change)]
    for number, change in enumerate(changing):
        told = f"{_outcome(change)} with {_condition(change)}"
        yield from advice("" if number else "becomes", display(told), columns)


def _condition(change: Change) -> str:
    return " or ".join(entry for key in CONDITIONS for entry in getattr(change, key))


def _outcome(change: Change) -> str:
    undo = UNDOS[change.undo] if change.undo else ""
    return ", ".join(filter(None, (change.verb and str(change.verb), change.reach and str(change.reach), undo)))


def _lands(effect: Effect, table: Tool) -> str:
    if effect.at in ("local", "files", "nowhere"):
        return "on this machine"
    return f"where `agentguard env --explain {display(table.program)}` says"


def _examples(table: Tool, known: Command, columns: int) -> Iterator[Line]:
    """The table's own examples that share most words with the command."""
    wanted = {word.text for word in known.argv[1:] if not word.text.startswith("-")}
    ranked = sorted(table.example, key=lambda example: -len(wanted & set(example.run.split())))
    yield line("examples of its table", Tone.FAINT)
    for example in ranked[:EXAMPLES]:
        yield from paragraph(display(example.run), columns, indent=4)
        yield line(display(example.is_), Tone.FAINT, 8)
