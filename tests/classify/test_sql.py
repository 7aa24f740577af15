"""Every row of every SQL table does what its examples say, and what comes of a deed is what its row says."""

from __future__ import annotations

import pytest

from agentguard.classify.sql import effects_of
from agentguard.model.command import Deed, Statement, Unknown, Where
from agentguard.model.effect import CLASS_ORDER, Class, Effect, Reach, Undo, Verb, class_of
from agentguard.model.environment import Tier
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements
from agentguard.tools.sql import SqlExample, SqlRow, dialect, tables


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
    return [(name, row, one) for name, table in sorted(each.items()) for row in table.row for one in row.example]


@pytest.mark.parametrize(("name", "row", "example"), examples(), ids=lambda v: getattr(v, "sql", None))
def test_every_example_of_every_row_comes_out_as_it_says(name: str, row: SqlRow, example: SqlExample) -> None:
    assert worst(effects(example.sql, name)).describe() == example.is_, row.phrase
