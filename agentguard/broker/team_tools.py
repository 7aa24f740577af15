"""A team's own tools: one TOML file each, in `tools` beside its policy files, in the grammar of the tables that ship.

Promises: what does not load, or fails an example of its own, stops the start and names the file. Only system and user
have such files: one that comes with a checkout would tell an agent's own story. Refuses a second table for a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from agentguard.broker.places import Places
from agentguard.model.effect import CLASS_ORDER, Effect, Verb, class_of
from agentguard.model.environment import Tier
from agentguard.model.errors import ToolTableError
from agentguard.model.verdict import Plan
from agentguard.parse.argv import read_arguments
from agentguard.policy.source import Owner, Source
from agentguard.surroundings import Machine, digest_of
from agentguard.tools import by_name, table_of
from agentguard.tools.schema import Tool

FOLDER = "tools"
KEPT = 256  # tables that are kept as read
VERBS = tuple(Verb)
GRAVE = frozenset({Verb.DELETE, Verb.DROP, Verb.OVERWRITE, Verb.UNPROTECT})
ANYWHERE = Machine({})

Planner = Callable[[str], Plan]


def tool_sources(places: Places, read: Callable[[str], str | None]) -> tuple[Source, ...]:
    """The texts of the tools of system and user, sorted. Raises ToolTableError where one cannot be read."""
    found = []
    for owner, folder in ((Owner.SYSTEM, places.system / FOLDER), (Owner.USER, places.config / FOLDER)):
        for name in ANYWHERE.listdir(str(folder)) or ():
            path = str(folder / name)
            if not name.endswith(".toml"):
                continue
            try:
                text = read(path)
            except (OSError, ValueError) as error:
                raise ToolTableError(f"this cannot be read ({error})", place=path) from error
            found.append(Source(path, text or "", owner))
    return tuple(found)


def with_team(tools: Mapping[str, Tool], sources: Sequence[Source]) -> Mapping[str, Tool]:
    """The tools that ship and the team's own, by every name. Raises ToolTableError."""
    if not sources:
        return tools
    own: dict[str, Tool] = {}
    for source in sources:
        table = tool_of(source)
        for name, known in by_name((table,)).items():
            if name in tools or name in own:
                other = "agentguard has a table for it" if name in tools else "another file of yours has it"
                raise ToolTableError(f"`{name}` has two tables", place=source.place, hint=f"{other}; take it out here")
            own[name] = known
    return {**tools, **own}


@lru_cache(maxsize=KEPT)
def tool_of(source: Source) -> Tool:
    """The table of one file. Raises ToolTableError."""
    return table_of(source.text, source.place, Tool)


def check_team(sources: Sequence[Source], planner: Planner) -> None:
    """Raise ToolTableError for the first example of these files that does not do what its table says."""
    for source in sources:
        for problem in example_problems(tool_of(source), planner):
            raise ToolTableError(problem, place=source.place, hint="`agentguard tool check` shows every example")


def digest_with(policy: str, sources: Sequence[Source]) -> str:
    """A policy's digest with the tables beside it, which decide as much; the policy's own where there are none."""
    if not sources:
        return policy
    tables = sorted(tool_of(source).model_dump_json(by_alias=True) for source in sources)
    return digest_of("\n".join((policy, *tables)))


def example_problems(table: Tool, planner: Planner) -> Iterator[str]:
    """A sentence for each example that does something else than it says."""
    for example in table.example:
        told = worst_of(planner(example.run)).describe()
        if told != example.is_:
            yield f"the example `{example.run}` is `{told}`, not `{example.is_}`"


def gaps(table: Tool, planner: Planner) -> Iterator[str]:
    """What a good table would not lack: a sentence for each row without an example or without a safer way."""
    reached = {path for example in table.example for path in _rows_of(table, planner(example.run))}
    for row in table.row:
        if row.path[0] not in reached:
            yield f"no example reaches the row `{row.path[0]}`"
        if row.verb in GRAVE and row.undo == "none" and not row.safer:
            yield f"the row `{row.path[0]}` may be held, and says no safer way"


def worst_of(plan: Plan) -> Effect:
    """The effect of the highest class in production; among equals, the later verb."""
    effects = (finding.effect for finding in plan.findings)
    return max(effects, key=lambda e: (CLASS_ORDER.index(class_of(e, Tier.PROD)), VERBS.index(e.verb)))


def _rows_of(table: Tool, plan: Plan) -> Iterator[str]:
    for command in plan.reading.commands:
        row = read_arguments(table, command.argv[1:]).row if command.program == table.program else None
        if row is not None:
            yield row.path[0]
