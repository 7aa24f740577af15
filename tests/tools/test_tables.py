"""Every shipped table: it loads, its examples say what it says, and no row stands there unused."""

from __future__ import annotations

from functools import cache

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.command import Command
from agentguard.model.effect import CLASS_ORDER, Effect, Verb, class_of
from agentguard.model.environment import Tier
from agentguard.model.verdict import Plan
from agentguard.parse.argv import read_arguments
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped
from agentguard.tools.schema import Example, Tool

CHECKOUT = "/home/dev/shop"
FILES = {f"{CHECKOUT}/{name}": "text\n" for name in ("a.txt", "data.txt", "notes.txt", "src/app.py")}
TOOLBOX = Toolbox(shipped())
TABLES = tuple({table.program: table for table in TOOLBOX.tools.values()}.values())
EXAMPLES = [
    pytest.param(example, id=f"{table.program}: {example.run}") for table in TABLES for example in table.example
]
VERBS = list(Verb)


@cache
def planned(line: str) -> Plan:
    surroundings = Surroundings(Memory(FILES, {"HOME": "/home/dev"}), CHECKOUT)
    return plan(Call(ShellLine(line), CHECKOUT), surroundings, TOOLBOX)


def worst(found: Plan) -> Effect:
    """The effect of the highest class in production; among equals, the later verb of the design's list."""
    effects = [finding.effect for finding in found.findings]
    return max(effects, key=lambda e: (CLASS_ORDER.index(class_of(e, Tier.PROD)), VERBS.index(e.verb)))


def row_of(command: Command) -> tuple[str, str] | None:
    """The table and the row that a command was judged by; the row is named by its first path."""
    tool = TOOLBOX.tool(command.program)
    if tool is None:
        return None
    row = read_arguments(tool, command.argv[1:]).row
    return (tool.program, row.path[0] if row else "(words)")


def rows_reached() -> set[tuple[str, str]]:
    lines = {example.run for table in TABLES for example in table.example}
    return {found for line in lines for command in planned(line).reading.commands if (found := row_of(command))}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_does_what_its_table_says(example: Example) -> None:
    found = planned(example.run)
    assert worst(found).describe() == example.is_, [finding.effect.describe() for finding in found.findings]


def test_every_row_and_every_list_of_words_is_reached_by_an_example() -> None:
    rows = {(table.program, row.path[0]) for table in TABLES for row in table.row}
    rows |= {(table.program, "(words)") for table in TABLES if table.words is not None}
    assert rows - rows_reached() == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.program)
def test_a_table_has_at_least_three_examples(table: Tool) -> None:
    assert len(table.example) >= 3


@pytest.mark.parametrize("table", [table for table in TABLES if table.path == "verb"], ids=lambda table: table.program)
def test_no_row_stands_behind_a_word_that_ends_the_path(table: Tool) -> None:
    assert table.words is not None
    ends = {
        path
        for path in table.by_path
        for end in range(1, len(path))
        if path[:end] in table.by_path
        or (
            path[end - 1].split("-")[0] in table.words.verbs
            and not {path[end - 1], "/" + " ".join(path[:end])} & table.words.group
        )
    }
    assert ends == set()


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.program)
def test_no_path_has_two_rows_and_no_word_two_verbs(table: Tool) -> None:
    paths = [path for row in table.row for path in row.path]
    assert sorted(paths) == sorted(set(paths))
    words = table.words
    listed = [word for verb in Verb for word in getattr(words, verb.value, ())] if words else []
    assert sorted(listed) == sorted(set(listed))


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.program)
def test_a_row_that_may_be_held_says_how_to_do_it_more_safely(table: Tool) -> None:
    grave = {Verb.DELETE, Verb.DROP, Verb.OVERWRITE, Verb.UNPROTECT}
    silent = [row.path[0] for row in table.row if row.verb in grave and row.undo == "none" and not row.safer]
    assert silent == []
