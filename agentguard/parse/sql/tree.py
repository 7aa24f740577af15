"""Queries and changes of rows through the parser's tree, walked whole: SELECT, INSERT, UPDATE, DELETE, MERGE, VALUES.

Only these roots are taken; anything else the parser makes of the text is refused. Whatever a tree holds counts, read
or not: a DELETE in a WITH that nobody selects from runs all the same.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cache

import sqlglot
from sqlglot import Dialect, exp

from agentguard.model.command import Deed, Where
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.functions import called
from agentguard.parse.sql.lex import Tokens, Unreadable, written
from agentguard.parse.sql.where import always, where_of

ROOTS = (
    exp.Select,
    exp.SetOperation,
    exp.Insert,
    exp.Update,
    exp.Delete,
    exp.Merge,
    exp.Values,
    exp.Subquery,
    exp.Table,
)
OPAQUE = (
    exp.Command,
    exp.Create,
    exp.Drop,
    exp.Alter,
    exp.TruncateTable,
    exp.Copy,
    exp.Set,
    exp.Kill,
    exp.Use,
    exp.Grant,
)
TREE_LIMIT = 4_000  # tokens: the parser takes some 15 us for each; what is longer is read by its tokens alone
# The tables below every dialect: SQL of none goes through the widest grammar of the parser.
FOUNDATIONS = ("common", "alter", "objects", "queries")
logging.getLogger("sqlglot").setLevel(logging.CRITICAL)  # it warns of every Command; each one is refused here anyway


def tree_of(tokens: Tokens, place: Place) -> exp.Expr:
    """The tree of one query or change of rows. Raises Unreadable for anything the parser does not wholly take."""
    if len(tokens) > TREE_LIMIT:
        raise Unreadable("the statement is too long for the parser")
    parser = None if place.dialect.name in FOUNDATIONS else place.dialect.parser
    text = written(tokens, place.lexing, escapes=_escapes(parser))
    try:
        trees = sqlglot.parse(text, read=parser)
    except RecursionError:
        raise Unreadable("the statement nests too deep for the parser") from None
    except Exception as failure:
        raise Unreadable(f"the parser does not take it ({type(failure).__name__})") from failure
    if len(trees) != 1 or not isinstance(trees[0], ROOTS):
        raise Unreadable("the parser does not see one query or change of rows in it")
    return trees[0]


@cache
def _escapes(parser: str | None) -> bool:
    return "\\" in Dialect.get_or_raise(parser).tokenizer_class.STRING_ESCAPES


def read_tree(tree: exp.Expr, place: Place) -> None:
    """Collect the deeds of a tree: every change of rows, every function called, and a read where there is neither."""
    before = len(place.found.deeds)
    for node in tree.walk():
        if isinstance(node, OPAQUE):
            raise Unreadable("the parser leaves a part of it opaque")
        reader = _READERS.get(type(node))
        if reader is not None and not isinstance(node.parent, exp.When):
            reader(node, place)
        elif isinstance(node, exp.Func):
            _function(node, place)
    if len(place.found.deeds) == before:
        place.deed(Deed("select", _tables(tree)))


def _tables(tree: exp.Expr) -> tuple[str, ...]:
    inner = {cte.alias_or_name for cte in tree.find_all(exp.CTE)}
    names = (named(t) for t in tree.find_all(exp.Table))
    return tuple(dict.fromkeys(n for n in names if n and n not in inner))


def named(node: exp.Expr | None) -> str:
    """The dotted name of a table node, as written; empty for a derived table or a function."""
    while isinstance(node, (exp.Schema, exp.Subquery)) and not isinstance(node.this, exp.Select):
        node = node.this
    if not isinstance(node, exp.Table):
        return "" if node is None else str(node.name)
    return ".".join(part.name for part in node.parts if isinstance(part, exp.Identifier))


def _insert(node: exp.Expr, place: Place) -> None:
    target = (named(node.this),)
    if node.args.get("overwrite"):
        place.deed(Deed("insert overwrite", target))
    elif str(node.args.get("alternative") or "").upper() == "REPLACE":
        place.deed(Deed("replace", target, _all_rows_of(node)))
    elif _updates_on_conflict(node):
        place.deed(Deed("upsert", target, _upsert_reach(node)))
    else:
        place.deed(Deed("insert", target))


def _updates_on_conflict(node: exp.Expr) -> bool:
    conflict = node.args.get("conflict")
    return conflict is not None and (bool(conflict.expressions) or bool(conflict.args.get("duplicate")))


def _all_rows_of(node: exp.Expr) -> Where:
    """KEY where the new rows are written out, else SOME."""
    return Where.KEY if isinstance(node.expression, (exp.Values, exp.Tuple)) else Where.SOME


def _upsert_reach(node: exp.Expr) -> Where:
    """An upsert of a table from itself without a WHERE changes every row of it."""
    source = node.expression
    if not isinstance(source, exp.Select):
        return _all_rows_of(node)
    itself = _last(named(node.this)) in {_last(named(t)) for t in source.find_all(exp.Table)}
    return Where.ALWAYS if itself and where_of(source.args.get("where")) is Where.ALWAYS else Where.SOME


def _last(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower()


def _update(node: exp.Expr, place: Place) -> None:
    where = where_of(node.args.get("where"))
    target = named(node.this)
    joined = isinstance(node.this, exp.Table) and node.this.args.get("joins")
    place.deed(Deed(_by_target("update", target, place), (target,), where if not joined else _joined(where)))


def _joined(where: Where) -> Where:
    """A key of a joined table pins nothing in the one that is changed."""
    return Where.SOME if where is Where.KEY else where


def _delete(node: exp.Expr, place: Place) -> None:
    where = where_of(node.args.get("where"))
    several = node.args.get("tables") or ([node.this] if node.this else [])
    using = node.args.get("using") or (isinstance(node.this, exp.Table) and node.this.args.get("joins"))
    targets = tuple(dict.fromkeys(named(t) or "…" for t in several))
    where = _joined(where) if using else where
    place.deed(Deed(_by_target("delete", targets[0] if targets else "", place), targets, where))


CATALOGS = ("pg_catalog.", "information_schema.", "mysql.", "performance_schema.", "sys.", "msdb.", "system.")


def _by_target(phrase: str, target: str, place: Place) -> str:
    """A change of the server's own tables is another deed: it can break the whole database or its permissions."""
    low = target.lower()
    own = low.startswith(CATALOGS) or low in ("sqlite_master", "sqlite_schema") or low.startswith("pg_")
    if low.removeprefix("pg_catalog.") == "pg_settings":
        return "set server setting"
    return f"{phrase} catalog" if own and place.dialect.row(f"{phrase} catalog") else phrase


def _merge(node: exp.Expr, place: Place) -> None:
    target = (named(node.this),)
    every = always(node.args.get("on")) or named(node.args.get("using")).lower() == target[0].lower()
    for when in node.find_all(exp.When):
        then = when.args.get("then")
        if isinstance(then, exp.Var) and then.name.lower() == "delete":
            place.deed(Deed("merge delete", target, Where.SOME))
        elif isinstance(then, exp.Update):
            place.deed(Deed("update", target, Where.ALWAYS if every else Where.SOME))
        elif isinstance(then, exp.Insert):
            place.deed(Deed("insert", target))
        elif not (isinstance(then, exp.Var) and then.name.lower() in ("do nothing", "nothing")):
            raise Unreadable("a branch of the MERGE cannot be read")


def _select(node: exp.Expr, place: Place) -> None:
    into = node.args.get("into")
    if into is not None and not place.body and "oracle" not in place.dialect.family:  # there it fills a variable
        temporary = into.args.get("temporary") or named(into.this).startswith("#")
        place.deed(Deed("select into", (named(into.this),), details=("temporary",) if temporary else ()))


def _function(node: exp.Func, place: Place) -> None:
    """A function by its name. What the parser has a class of its own for is a function of the language."""
    anonymous = isinstance(node, exp.Anonymous)
    name = node.name if anonymous else node.sql_name()
    schema = _schema(node)
    if anonymous or schema or name.lower() in place.dialect.functions:
        called(name, schema, lambda: _strings(node), place, known=not anonymous and not schema)


def _schema(node: exp.Expr) -> str:
    parent = node.parent
    if isinstance(parent, exp.Dot) and parent.expression is node:
        return str(parent.this.sql()).replace('"', "").lower()
    if isinstance(parent, exp.Table) and parent.this is node:
        return ".".join(part.name for part in (parent.args.get("catalog"), parent.args.get("db")) if part).lower()
    return ""


def _strings(node: exp.Expr) -> tuple[str, ...]:
    return tuple(str(literal.this) for literal in node.find_all(exp.Literal) if literal.is_string)


_READERS: dict[type[exp.Expr], Callable[[exp.Expr, Place], None]] = {
    exp.Insert: _insert,
    exp.Update: _update,
    exp.Delete: _delete,
    exp.Merge: _merge,
    exp.Select: _select,
}
