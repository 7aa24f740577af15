"""Every row of every SQL table does what its examples say, and what comes of a deed is what its row says."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from agentguard.classify.sql import effects_of
from agentguard.model.command import Deed, Statement, Unknown, Where
from agentguard.model.effect import CLASS_ORDER, Class, Effect, Reach, Undo, Verb, class_of
from agentguard.model.environment import Tier
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements
from agentguard.parse.sql.forms import forms_of
from agentguard.tools.sql import SqlExample, SqlRow, dialect, tables

FOUNDATIONS = ("alter", "objects", "queries")  # the tables that `common` stands on


def effects(sql: str, name: str, channel: str = "wire") -> list[Effect]:
    found: list[Effect] = []
    for part in statements(sql, name, channel, None, Budget()):
        assert not isinstance(part, Unknown), part.why
        if isinstance(part, Statement):
            found += effects_of(part, "database")
    return found


def worst(found: list[Effect]) -> Effect:
    return max(found, key=lambda effect: CLASS_ORDER.index(class_of(effect, Tier.PROD)))


def examples() -> list[tuple[str, SqlRow, SqlExample]]:
    each = {table.dialect: table for table in tables().values()}
    named = {name: "common" if name in FOUNDATIONS else name for name in each}
    return [(named[name], row, one) for name, table in sorted(each.items()) for row in table.row for one in row.example]


@pytest.mark.parametrize(("name", "row", "example"), examples(), ids=lambda v: getattr(v, "sql", None))
def test_every_example_of_every_row_comes_out_as_it_says(name: str, row: SqlRow, example: SqlExample) -> None:
    found = effects(example.sql, example.dialect or name, example.channel)
    assert worst(found).describe() == example.is_, row.phrase


CLASSES = Path(__file__).parents[1] / "parse" / "sql" / "classes.tsv"


def labelled() -> list[list[str]]:
    lines = CLASSES.read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if not line.startswith("#")]


@pytest.mark.parametrize(("name", "channel", "class_", "literal"), labelled())
def test_texts_of_all_dialects_get_their_class(name: str, channel: str, class_: str, literal: str) -> None:
    classes = [Class.READ]
    for part in statements(ast.literal_eval(literal), name, channel, None, Budget()):
        if isinstance(part, Statement):
            classes += [class_of(effect, Tier.PROD) for effect in effects_of(part, "database")]
        else:
            classes.append(Class.UNKNOWN)
    assert max(classes, key=CLASS_ORDER.index) == class_


def test_a_phrase_that_no_row_names_is_the_verb_unknown() -> None:
    (effect,) = effects_of(Statement("x", "postgres", (Deed("frobnicate", ("t",)),)), "database")
    assert effect.verb is Verb.UNKNOWN


def test_a_dialect_without_a_table_is_the_verb_unknown() -> None:
    (effect,) = effects_of(Statement("x", "cobol", (Deed("drop table", ("t",)),)), "database")
    assert effect.verb is Verb.UNKNOWN


@pytest.mark.parametrize(
    ("phrase", "where", "described", "class_"),
    [
        ("delete", Where.KEY, "delete one sql.row", Class.WRITE),
        ("delete", Where.SOME, "delete many sql.row", Class.DESTRUCTIVE),
        ("delete", Where.ALWAYS, "delete all sql.table", Class.DESTRUCTIVE),
        ("delete", Where.UNKNOWN, "delete all sql.table", Class.DESTRUCTIVE),
        ("update", Where.KEY, "modify one sql.row", Class.WRITE),
        ("update", Where.SOME, "modify many sql.row", Class.WRITE),
        ("update", Where.ALWAYS, "modify all sql.table", Class.DESTRUCTIVE),
        ("update", Where.UNKNOWN, "modify all sql.table", Class.DESTRUCTIVE),
    ],
)
def test_the_where_says_to_how_much(phrase: str, where: Where, described: str, class_: Class) -> None:
    (effect,) = effects_of(Statement("x", "postgres", (Deed(phrase, ("t",), where),)), "database")
    assert (effect.describe(), class_of(effect, Tier.PROD)) == (described, class_)


def test_what_is_temporary_can_be_lost_without_loss() -> None:
    for phrase in ("drop table", "delete", "update", "truncate"):
        (effect,) = effects_of(Statement("x", "postgres", (Deed(phrase, ("t",), details=("temporary",)),)), "database")
        assert (effect.undo, class_of(effect, Tier.PROD)) == (Undo.TRIVIAL, Class.WRITE)


def test_several_objects_are_many_and_the_whole_stays_the_whole() -> None:
    (two,) = effects_of(Statement("x", "postgres", (Deed("drop table", ("a", "b")),)), "database")
    (database,) = effects_of(Statement("x", "postgres", (Deed("drop database", ("a",)),)), "database")
    assert two.reach is Reach.MANY
    assert database.whole


def test_an_effect_knows_its_statement_and_where_it_lands() -> None:
    statement = Statement("x", "sqlite", (Deed("drop table", ("t",)),))
    (effect,) = effects_of(statement, "sqlite")
    assert (effect.source, effect.at, effect.row) == (statement, "sqlite", "sql/sqlite: drop table")


def test_every_row_can_be_reached_and_no_form_is_misspelt() -> None:
    for name in {table.dialect for table in tables().values()} - {"queries"}:
        found = dialect(name)
        assert found is not None
        assert forms_of(found)
