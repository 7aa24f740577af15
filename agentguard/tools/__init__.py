"""What programs and statements do: data, and the code that loads it.

A program is one file, `data/<program>.toml`; a SQL dialect one, `data/sql/<dialect>.toml`. A part of a table that was
made from its vendor's models is `generated/<program>.toml`. Nothing is discovered by name tricks: every file of the
folders is read, and one that does not load stops the start.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from agentguard.model.environment import Names
from agentguard.model.errors import ToolTableError
from agentguard.tools.parts import extended
from agentguard.tools.schema import Part, Tool

Table = TypeVar("Table", bound=BaseModel)
DATA = files("agentguard.tools") / "data"
GENERATED = files("agentguard.tools") / "generated"


@dataclass(frozen=True, slots=True)
class Toolbox:
    """Everything the engine knows beforehand: the tools by every name they go by, and which names mean which tier."""

    tools: Mapping[str, Tool]
    names: Names = field(default_factory=Names)

    def tool(self, program: str) -> Tool | None:
        """The table of a program, by the name it is called by; None where it has none."""
        return self.tools.get(program)


def read_table(source: Traversable, model: type[Table]) -> Table:
    """One TOML file as a value of `model`. Raises ToolTableError naming the file and the key."""
    return table_of(source.read_text(encoding="utf-8"), source.name, model)


def table_of(text: str, place: str, model: type[Table]) -> Table:
    """A table's text as a value of `model`. Raises ToolTableError naming `place` and the key."""
    try:
        return model.model_validate(tomllib.loads(text))
    except (ValueError, RecursionError) as error:
        if not isinstance(error, ValidationError):  # no TOML, a number of a thousand digits, lists in lists in lists
            raise ToolTableError(f"this is not TOML ({error})", place=place) from error
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise ToolTableError(f"{first['msg']} at `{key}`", place=place) from error


def by_name(tables: tuple[Tool, ...]) -> dict[str, Tool]:
    """The tables by program and by `also`. Two tables for one name are an error."""
    named: dict[str, Tool] = {}
    for table in tables:
        for name in (table.program, *table.also):
            if name in named:
                raise ToolTableError(f"`{name}` has two tables", place=f"{table.program}.toml")
            named[name] = table
    return named


def whole(tables: tuple[Tool, ...], parts: tuple[Part, ...]) -> tuple[Tool, ...]:
    """The tables, each with the part that extends it. A part that extends none is an error."""
    left = {part.program: part for part in parts}
    found = tuple(extended(table, part) if (part := left.pop(table.program, None)) else table for table in tables)
    for program in left:
        raise ToolTableError(f"`{program}` has no table to extend", place=f"generated/{program}.toml")
    return found


@cache
def shipped() -> Mapping[str, Tool]:
    """The tables that ship, by name. Raises ToolTableError."""
    tables = tuple(read_table(source, Tool) for source in _sources(DATA))
    return by_name(whole(tables, tuple(read_table(source, Part) for source in _sources(GENERATED))))


def _sources(folder: Traversable) -> list[Traversable]:
    return sorted((s for s in folder.iterdir() if s.name.endswith(".toml")), key=lambda s: s.name)
