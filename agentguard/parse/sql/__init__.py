"""SQL text into statements with all they do. The only importer of the parser; import it where SQL was found.

`statements` never raises for what the text says: what cannot be read is an Unknown beside everything that was found.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from agentguard.model.command import Command, Statement, Unknown
from agentguard.parse.budget import Budget, OverBudget
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.clients import read_script, variables_of

CACHED = 2_048  # texts: an agent repeats its queries, and a proxy sees the same ones over and over
CACHED_LENGTH = 1 << 14  # characters: bounds what the cache can hold
Part = Statement | Unknown | Embedded


def statements(
    text: str, dialect: str, channel: str, carrier: Command | None, budget: Budget
) -> tuple[Statement | Unknown | Embedded, ...]:
    """Every statement in a text, in order.

    Args:
        text: the SQL as given.
        dialect: a name that a table of `tools/data/sql` goes by.
        channel: wire (one message for the server), or psql/client (a client reads the text first).
        carrier: the client command that sends it; None for SQL by itself.
        budget: one step is taken for each part found.

    Returns:
        Statements, Unknowns for what could not be read, and what the client itself would run or include.
    """
    reader = _read if len(text) <= CACHED_LENGTH else read_script
    parts = reader(text, dialect, channel, variables_of(carrier))
    try:
        budget.step(len(parts))
    except OverBudget as over:
        return (Unknown(str(over), text, carrier),)
    return tuple(part if isinstance(part, Embedded) else replace(part, carrier=carrier) for part in parts)


@lru_cache(maxsize=CACHED)
def _read(text: str, dialect: str, channel: str, variables: tuple[tuple[str, str], ...]) -> tuple[Part, ...]:
    return read_script(text, dialect, channel, variables)


__all__ = ["statements"]
