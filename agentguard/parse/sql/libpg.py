"""PostgreSQL's own grammar (libpg_query, through pgparse): what one statement is, by the server's parse tree.

The only importer of the binding, so that another can take its place: `outlines` is all that the reader knows of it.
Promises that every node of the tree is looked at, that nothing of the binding comes out, and that whatever it raises
is Unreadable. Refuses what would cost it its stack: the caller hands over at most TOKEN_LIMIT tokens. A chain of 10,000
operators ends the process in a thread of 512 kB; one of 4,000 does not, and no two tokens make more than two levels.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from agentguard.parse.sql.lex import Unreadable

GRAMMARS = frozenset({"postgres", "postgresql", "timescaledb", "alloydb"})  # the others have words of their own
TOKEN_LIMIT = 4_000
LENGTH_LIMIT = 1 << 18
_log = logging.getLogger(__name__)

# What holds no change and no administration of its own; every other node that is a statement does. The body of a DO is
# a string to this grammar: it is read as code.
READS = frozenset(
    "SelectStmt ExplainStmt VariableShowStmt FetchStmt DeclareCursorStmt ClosePortalStmt PrepareStmt DeallocateStmt "
    "TransactionStmt ListenStmt UnlistenStmt NotifyStmt ConstraintsSetStmt VariableSetStmt CopyStmt ExecuteStmt "
    "ReturnStmt DoStmt".split()
)
SIDES = ("larg", "rarg")  # of a UNION: these hold a SelectStmt without its name
OFF = ("off", "false", "0")
NAMED = ("relation", "relations", "objects", "object", "dbname", "roles", "tablespacename", "subname", "rel")


class Act(NamedTuple):
    """A statement somewhere in the tree that does more than read: the node's name, and what it is about."""

    node: str
    names: tuple[str, ...] = ()
    what: str = ""  # what a DROP drops, the action of an ALTER, the branch of a MERGE, as the grammar calls it


@dataclass(frozen=True, slots=True)
class Outline:
    """One statement as the server's grammar has it."""

    root: str
    acts: tuple[Act, ...]
    calls: tuple[str, ...] = ()  # the functions it calls, dotted


@cache
def _parser() -> Callable[[str], list[dict[str, object]]] | None:
    """The binding's parser; None, said once, where it is not there for this platform."""
    try:
        import pgparse  # type: ignore[import-not-found]  # noqa: PLC0415 - no types; imported where its SQL was found
    except ImportError as failure:
        _log.warning("PostgreSQL's own grammar is not at hand (%s): its SQL is read by sqlglot alone", failure)
        return None
    parse: Callable[[str], list[dict[str, object]]] = pgparse.parse
    return parse


def at_hand() -> bool:
    """Whether the grammar can be asked at all."""
    return _parser() is not None


def outlines(text: str) -> tuple[Outline, ...]:
    """The statements of a text. Raises Unreadable for whatever the grammar does not take."""
    parse = _parser()
    if parse is None or len(text) > LENGTH_LIMIT:
        raise Unreadable("the statement is too long for PostgreSQL's own grammar")
    try:
        return tuple(_outline(raw.get("stmt")) for raw in parse(text))
    except RecursionError:
        raise Unreadable("the statement nests too deep for PostgreSQL's own grammar") from None
    except Exception:  # noqa: BLE001 - its message quotes the text, which may hold a secret
        raise Unreadable("PostgreSQL's own grammar does not take it") from None


def _outline(statement: object) -> Outline:
    root = next(iter(statement)) if isinstance(statement, dict) and statement else ""
    nodes = tuple(_nodes(statement))
    acts = tuple(act for name, node in nodes for act in _acts(name, node))
    return Outline(root, acts, tuple(_call(node) for name, node in nodes if name == "FuncCall"))


def _call(node: dict[str, object]) -> str:
    names = node.get("funcname")
    return ".".join(_strings(names if isinstance(names, list) else []))


def _nodes(tree: object) -> Iterator[tuple[str, dict[str, object]]]:
    """Every node of a tree with its name, without recursion; not what an EXPLAIN only plans."""
    left = [tree]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(reversed(node))
        elif isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, dict) and (name[:1].isupper() or name in SIDES):
                    yield name, value
            left.extend(value for name, value in node.items() if name != "ExplainStmt" or _runs(value))


def _runs(explain: object) -> bool:
    """Whether an EXPLAIN runs its statement: it says ANALYZE and does not switch it off."""
    options = explain.get("options", ()) if isinstance(explain, dict) else ()
    told = [one["DefElem"] for one in options if one["DefElem"].get("defname") == "analyze"]
    return any(str(_argument(one)).lower() not in OFF for one in told)


def _argument(option: dict[str, object]) -> object:
    match option.get("arg"):
        case {"String": {"sval": value}}:
            return value
        case {"Integer": value}:
            return value.get("ival", 0) if isinstance(value, dict) else ""
    return ""


def _acts(name: str, node: dict[str, object]) -> Iterator[Act]:
    if node.get("intoClause"):
        yield Act("IntoClause")
    elif name in ("MergeStmt", "MergeWhenClause"):
        if "CMD_NOTHING" not in _commands(node):
            yield Act(name, _names(node))
    elif name == "CopyStmt" and node.get("is_program"):
        yield Act("CopyProgram")
    elif name == "AlterTableCmd":
        yield Act(name, what=str(node.get("subtype", "")))
    elif name.endswith("Stmt") and name not in READS:
        yield Act(name, _names(node), str(node.get("removeType", "")))


def _commands(node: dict[str, object]) -> set[object]:
    """What a MERGE or a branch of it does; CMD_NOTHING only where that is all."""
    match node.get("mergeWhenClauses"):
        case list(branches):
            told = {one["MergeWhenClause"].get("commandType") for one in branches}
            return told - {"CMD_NOTHING"} or told
    return {node.get("commandType")}


def _names(node: object) -> tuple[str, ...]:
    """What a statement is about, as dotted names in the case that the server gives them."""
    if not isinstance(node, dict):
        return ()
    found = (name for key in NAMED if key in node for name in _named(node[key]))
    return tuple(name for name in found if name)


def _named(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _named(one)
        case {"relname": str(name), **rest}:
            yield ".".join(str(part) for part in (rest.get("catalogname"), rest.get("schemaname"), name) if part)
        case {"RangeVar": inner}:
            yield from _named(inner)
        case {"List": {"items": list(items)}}:
            yield ".".join(_strings(items))
        case {"ObjectWithArgs": {"objname": list(items)}} | {"TypeName": {"names": list(items)}}:
            yield ".".join(_strings(items))
        case {"String": {"sval": str(text)}}:
            yield text
        case {"RoleSpec": {"rolename": str(text)}}:
            yield text


def _strings(items: list[object]) -> Iterator[str]:
    for item in items:
        match item:
            case {"String": {"sval": str(text)}}:
                yield text
            case {"TypeName": {"names": list(names)}}:
                yield from _strings(names)
