"""A table and the part that was made of its vendor's models, as one table. The table's own word counts everywhere.

Nothing here asks a table for what it computes of itself (`arity`, `verbs`): a copy would keep the answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from agentguard.tools.schema import Options, Part, Row, Tool, Verbs, Within, Words

LISTS = tuple(Verbs.model_fields)
KINDS = ("value", "flag", "switch", "optional", "many", "pair")


def extended(tool: Tool, part: Part) -> Tool:
    """The table with whatever its part says and it does not say itself."""
    return tool.model_copy(
        update={
            "options": _options(tool.options, part.options),
            "words": _words(tool.words, part.words),
            "within": _within(tool.within, part.within),
            "risk": (*tool.risk, *part.risk),
            "row": (*tool.row, *_rows(tool, part.row)),
        }
    )


def _options(own: Options, made: Options) -> Options:
    """The options of both; one that the table spells keeps the table's arity."""
    known = {name for kind in KINDS for entry in getattr(own, kind) for name in entry.split()}
    known |= {f"--no-{name.removeprefix('--')}" for name in own.switch}
    more = {kind: _unknown(getattr(made, kind), known) for kind in KINDS}
    return own.model_copy(update={kind: (*getattr(own, kind), *names) for kind, names in more.items()})


def _unknown(entries: Iterable[str], known: Iterable[str]) -> tuple[str, ...]:
    return tuple(entry for entry in entries if not any(name in known for name in entry.split()))


def _words(own: Words | None, made: Words | None) -> Words | None:
    """The words of both; one that the table lists keeps the table's verb."""
    if own is None or made is None:
        return own or made
    told = {**_lists(own, made), "groups": tuple(sorted({*own.groups, *made.groups}))}
    return own.model_copy(update=told)


def _within(own: dict[str, Within], made: dict[str, Within]) -> dict[str, Within]:
    """The groups of both. What the part knows of flags and dry runs stays where the table only adds words."""
    both = {path: made[path].model_copy(update=_lists(own[path], made[path])) for path in own if path in made}
    return {**made, **own, **both}


def _lists(own: Verbs, made: Verbs) -> dict[str, tuple[str, ...]]:
    known = {word for verb in LISTS for word in getattr(own, verb)}
    return {verb: (*getattr(own, verb), *_unknown(getattr(made, verb), known)) for verb in LISTS}


def _rows(tool: Tool, made: tuple[Row, ...]) -> tuple[Row, ...]:
    """The rows of the part, but for the paths that the table has itself."""
    own = {path for row in tool.row for path in row.path}
    left = (row.model_copy(update={"path": tuple(path for path in row.path if path not in own)}) for row in made)
    return tuple(row for row in left if row.path)
