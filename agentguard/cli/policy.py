"""`agentguard policy`: do the policy files load, what do their examples show, and a JSON Schema for editors.

It reads and prints; nothing is changed and no broker is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
from pydantic import BaseModel

from agentguard.broker.places import Places
from agentguard.broker.rulebook import Rulebook, example_planner, layers_of, rulebook_of, source_of
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.text import BLANK, Line, Span, Tone, line, paragraph
from agentguard.cli.where import at_places
from agentguard.model.errors import Exit
from agentguard.model.verdict import Action
from agentguard.policy import Policy, load
from agentguard.policy.examples import Trial, decided_by, found, trials
from agentguard.policy.layers import Layers, one_file
from agentguard.policy.names import File as EnvironmentsFile
from agentguard.policy.names import shipped_names
from agentguard.policy.project import REFUSED
from agentguard.policy.schema import BASES, PolicyFile, Rule
from agentguard.policy.source import Source, read_source
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SCHEMAS: dict[str, type[BaseModel]] = {"environments": EnvironmentsFile, "policy": PolicyFile}
TONES = {Action.ALLOW: Tone.GOOD, Action.ASK: Tone.CARE, Action.HOLD: Tone.BAD, Action.BLOCK: Tone.BAD}
FINE, WRONG, NOTE = Span("✓ ", Tone.GOOD), Span("✗ ", Tone.BAD), Span("! ", Tone.CARE)


@click.group()
def command() -> None:
    """Check, test or describe policy files."""


@command.command()
@click.argument("files", nargs=-1, type=FILE)
@at_places
def check(places: Places, files: tuple[Path, ...]) -> int:
    """Load policy files and run their examples.

    Without FILES, everything that holds in this directory. A file in a `.agentguard` is checked as a project's, one
    called environments.toml as names of environments. Ends with 1 where a file does not load or is refused.
    """
    every = [one_file(source_of(file)) for file in files] or [layers_of(places, str(Path.cwd()))]
    refused = sum(_checked(layers) for layers in every)
    return Exit.ERROR if refused else Exit.DONE


def _checked(layers: Layers) -> bool:
    """Load the layers and say what they gave; true where a file was refused. Raises PolicyError."""
    book = rulebook_of(shipped_tools(), layers)
    terminal.paint(list(_summary(book, layers)))
    return any(warning.startswith(REFUSED) for warning in book.policy.warnings)


def _summary(book: Rulebook, layers: Layers) -> Iterator[Line]:
    policy = book.policy
    for file in policy.files:
        persons = f", {_count(file.persons, 'person')}" if file.persons else ""
        counts = f"{_count(file.rules, 'rule')}, {_count(file.examples, 'example')}{persons}"
        yield Line((FINE, Span(f"{display(file.place)}  "), Span(counts, Tone.FAINT)))
    for source in layers.names:
        yield Line((FINE, Span(f"{display(source.place)}  "), Span("names of environments", Tone.FAINT)))
    for warning in policy.warnings:
        yield Line((NOTE, Span(display(warning))))
    yield Line((Span(f"  base {display(policy.base)}, policy {policy.digest[:12]}", Tone.FAINT),))


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


@command.command()
@click.argument("file", type=FILE)
@click.option("--against", type=click.Choice(BASES), help="The base to test with, instead of the one FILE chooses.")
def test(file: Path, against: str | None) -> int:
    """Show what the examples of FILE come to.

    Each is run, and where another rule decides it that is said: it is at least as strict. Ends with 1 where an example
    fails.
    """
    source = source_of(file)
    policy = _policy_with(source, against)
    planner = example_planner(Toolbox(shipped_tools(), shipped_names()))
    results = [(rule, list(trials(rule, source.place, planner))) for rule in read_source(source).file.rule]
    for rule, ran in results:
        terminal.paint(list(_told(rule, ran, policy)))
    terminal.paint(list(_conclusion(results, policy)))
    return Exit.DONE if all(trial.ok for _, ran in results for trial in ran) else Exit.ERROR


def _policy_with(source: Source, against: str | None) -> Policy:
    """The policy the file makes, its examples not run. Raises PolicyError."""
    layers = Layers(against, (source,)) if against else one_file(source)
    return load(layers.base, further=layers.further, project=layers.project)


def _told(rule: Rule, ran: Sequence[Trial], policy: Policy) -> Iterator[Line]:
    yield Line((Span(rule.id, Tone.STRONG), Span(f"  {rule.action}", TONES[rule.action])))
    columns = terminal.columns()
    for trial in ran:
        head = "    " if trial.wanted else "not "
        yield Line((Span("  "), FINE if trial.ok else WRONG, Span(head, Tone.FAINT), Span(display(trial.example.text))))
        if not trial.ok:
            yield from paragraph(display(found(trial.plan)), columns, indent=8, tone=Tone.FAINT)
        others = [name for name in decided_by(trial, policy) if name != rule.id] if trial.wanted else []
        if trial.ok and others:
            yield line(f"decided by {', '.join(others)}", Tone.FAINT, 8)
    yield BLANK


def _conclusion(results: Sequence[tuple[Rule, Sequence[Trial]]], policy: Policy) -> Iterator[Line]:
    every = [trial for _, ran in results for trial in ran]
    failed = sum(not trial.ok for trial in every)
    ran = f"{_count(len(results), 'rule')}, {_count(len(every), 'example')}"
    yield (
        Line((WRONG, Span(f"{ran}, {failed} failed")))
        if failed
        else Line((FINE, Span(f"{ran}, all as they should be")))
    )
    for rule in (rule for rule, trials_of in results if not _ever_decides(rule, trials_of, policy)):
        yield Line((NOTE, Span(f"`{rule.id}` decides none of its own examples: other rules are at least as strict")))


def _ever_decides(rule: Rule, ran: Sequence[Trial], policy: Policy) -> bool:
    return any(rule.id in decided_by(trial, policy) for trial in ran if trial.wanted)


@command.command()
@click.argument("kind", type=click.Choice(sorted(SCHEMAS)), default="policy")
def schema(kind: str) -> int:
    """Print a JSON Schema for editors.

    Of a policy file, or of environments.toml.
    """
    described = {"$schema": "https://json-schema.org/draft/2020-12/schema", **SCHEMAS[kind].model_json_schema()}
    terminal.answer(json.dumps(described, indent=2))
    return Exit.DONE
