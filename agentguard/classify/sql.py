"""SQL deeds onto effects: one row of the dialect's table says what a phrase does, and the WHERE says to how much.

Promises one Effect for each Deed. A phrase that no row names, or a dialect without a table, is the verb unknown.
"""

from __future__ import annotations

from dataclasses import replace

from agentguard.model.command import Deed, Statement
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.tools.sql import Dialect, SqlRow, dialect

TEMPORARY = "temporary"  # the detail of a deed on a table that ends with its session


def effects_of(statement: Statement, at: str) -> tuple[Effect, ...]:
    """What a statement would do.

    Args:
        statement: as the SQL reader found it.
        at: the resolver that finds where it lands (`database`, `sqlite`, …).

    Returns:
        One Effect for each deed, in order, with the statement as its source. Raises ToolTableError where a table does
        not load.
    """
    table = dialect(statement.dialect)
    return tuple(replace(_effect(deed, table, at), source=statement) for deed in statement.deeds)


def _effect(deed: Deed, table: Dialect | None, at: str) -> Effect:
    row = table.row(deed.phrase) if table else None
    if table is None or row is None:
        why = f"no table says what `{deed.phrase}` does"
        return Effect(Verb.UNKNOWN, "sql.statement", deed.objects, Reach.UNKNOWN, at=at, because=why)
    return _varied(_by_row(deed, row, f"sql/{table.name}: {deed.phrase}", at), deed, row)


def _by_row(deed: Deed, row: SqlRow, name: str, at: str) -> Effect:
    several = row.reach is Reach.ONE and len(deed.objects) > 1
    return Effect(
        row.verb,
        row.kind,
        deed.objects,
        Reach.MANY if several else row.reach,
        Undo.TRIVIAL if TEMPORARY in deed.details else row.undo,
        row.whole,
        at,
        name,
        row.because,
        row.safer,
    )


def _varied(effect: Effect, deed: Deed, row: SqlRow) -> Effect:
    """The effect as the row has it for this sort of WHERE. A WHERE that cannot be told counts as one that is absent."""
    variation = row.where.get(deed.where)
    if variation is None:
        return effect
    said = {name: value for name in variation.model_fields_set if (value := getattr(variation, name)) is not None}
    if TEMPORARY in deed.details:
        said.pop("undo", None)
    return replace(effect, **said)
