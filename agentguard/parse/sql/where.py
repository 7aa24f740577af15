"""What a WHERE restricts: rows pinned by a key, some rows, or every row.

Promises to call a condition ALWAYS where it can be seen to hold for every row, however it is dressed: TRUE, 1 = 1,
id = id, NOT (id <> id), x IS NULL OR x IS NOT NULL. What cannot be seen through is SOME, never KEY.
"""

from __future__ import annotations

import re
from itertools import combinations

from sqlglot import exp

from agentguard.model.command import Where

KEY_COLUMN = re.compile(r"(?i:(?:^|_)(?:id|uuid|guid|pk|oid|rowid|ctid)$)|[a-z](?:Id|ID)$")  # `userId` too, `paid` not
KEY_LIST = 10  # keys in one IN list that still count as pinned rows: what a person would type out
COMPARED = 20  # terms of one OR that are held against each other
EQUAL = (exp.EQ, exp.NullSafeEQ, exp.GTE, exp.LTE)
UNEQUAL = (exp.NEQ, exp.NullSafeNEQ, exp.GT, exp.LT)


def where_of(where: exp.Expr | None) -> Where:
    """What a statement's WHERE node restricts; ALWAYS where there is none."""
    if where is None:
        return Where.ALWAYS
    condition = _bare(where.this)
    truth = _truth(condition)
    if truth is True or (truth is None and _blind(condition)):
        return Where.ALWAYS
    return Where.KEY if truth is False or _pinned(condition) else Where.SOME


def always(condition: exp.Expr | None) -> bool:
    """Whether a condition (of a join, of a MERGE) can be seen to hold for every row."""
    if condition is None:
        return True
    truth = _truth(_bare(condition))
    return truth is True or (truth is None and _blind(_bare(condition)))


def _blind(condition: exp.Expr) -> bool:
    """Whether a condition, or one side of its OR, looks at no column: it holds for every row or for none."""
    sides = condition.flatten() if isinstance(condition, exp.Or) else (condition,)
    return any(side.find(exp.Column, exp.Subquery, exp.Select) is None and _truth(side) is not False for side in sides)


def _bare(node: exp.Expr) -> exp.Expr:
    while isinstance(node, exp.Paren):
        node = node.this
    return node


def _truth(node: exp.Expr) -> bool | None:
    """True or False where the condition can be seen to be so for every row, else None."""
    node = _bare(node)
    match node:
        case exp.Not():
            inner = _truth(node.this)
            return None if inner is None else not inner
        case exp.Or():
            return _either(node)
        case exp.And():
            sides = {_truth(side) for side in node.flatten()}
            return False if False in sides else True if sides == {True} else None
        case exp.Boolean():
            return bool(node.this)
        case exp.Literal() | exp.Neg():
            return _truthy(node)
        case exp.Cast() | exp.TryCast():
            return _truth(node.this)
        case exp.Subquery():
            return _selected(node.this)
        case exp.Exists():
            return True if isinstance(node.this, exp.Select) and _unrestricted(node.this, node) else None
        case exp.Coalesce():
            return _truth(node.this)
        case _:
            return _compared(node)


def _selected(node: exp.Expr) -> bool | None:
    """`(SELECT true)`: a query of one constant."""
    plain = isinstance(node, exp.Select) and len(node.expressions) == 1 and not (node.args.keys() & {"from_", "where"})
    return _truth(node.expressions[0]) if plain else None


def _either(node: exp.Or) -> bool | None:
    sides = [_bare(side) for side in node.flatten()]
    truths = {_truth(side) for side in sides}
    if True in truths:
        return True
    if truths == {False}:
        return False
    pairs = combinations(sides[:COMPARED], 2)
    return True if any(_complementary(one, other) for one, other in pairs) else None


def _complementary(left: exp.Expr, right: exp.Expr) -> bool:
    """Whether the two are `p` and NOT `p`, written with NOT, as IS NOT NULL, = and <>, < and >=."""
    (one, denied), (other, also_denied) = _signed(left), _signed(right)
    if one == other and denied is not also_denied:
        return True
    opposites: dict[type[exp.Expr], type[exp.Expr]] = {
        exp.EQ: exp.NEQ,
        exp.NEQ: exp.EQ,
        exp.LT: exp.GTE,
        exp.GTE: exp.LT,
        exp.GT: exp.LTE,
        exp.LTE: exp.GT,
    }
    opposite = opposites.get(type(left))
    return opposite is not None and isinstance(right, opposite) and _sides(left) == _sides(right)


def _signed(node: exp.Expr) -> tuple[object, bool]:
    """The condition without its negations, and whether there was an odd number of them."""
    denied = False
    while isinstance(node, exp.Not):
        node, denied = _bare(node.this), not denied
    if isinstance(node, exp.Is):
        return ("is", *_sides(node)), denied is not bool(node.args.get("negate"))
    return node, denied


def _sides(node: exp.Expr) -> tuple[object, object]:
    return node.this, node.args.get("expression")


def _truthy(node: exp.Expr) -> bool | None:
    text = _constant(node)
    if text is None:
        return None
    if isinstance(node, exp.Literal) and node.is_string:
        known = {"t": True, "true": True, "on": True, "yes": True, "1": True, "f": False, "false": False, "0": False}
        return known.get(text.lower())
    return _number(text) != 0


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _constant(node: exp.Expr) -> str | None:
    node = _bare(node)
    if isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal):
        return "-" + str(node.this.this)
    return str(node.this) if isinstance(node, exp.Literal) else None


def _compared(node: exp.Expr) -> bool | None:
    """A comparison of something with itself, or of two constants; a pattern that matches everything."""
    if isinstance(node, exp.Is):
        truth = _is(node)
        return truth if truth is None or not node.args.get("negate") else not truth
    if isinstance(node, (exp.Like, exp.ILike)):
        return True if set(_constant(node.expression) or "x") == {"%"} else None
    if isinstance(node, exp.In):
        return _among(node)
    if isinstance(node, exp.RegexpLike):
        return True if _constant(node.expression) in ("", ".", ".*", "^", "^.*$") else None
    if isinstance(node, exp.Between):
        ends = (node.args["low"], node.args["high"])
        return True if all(_same(node.this, e) for e in ends) else _between(node.this, *ends)
    if not isinstance(node, (*EQUAL, *UNEQUAL)):
        return None
    left, right = _bare(node.left), _bare(node.right)
    if _same(left, right):
        return isinstance(node, EQUAL)
    if _key(left) and (least := _number(_constant(right) or "")) is not None:
        return True if _above(node, least) else None
    return _constants(node, _constant(left), _constant(right))


def _among(node: exp.In) -> bool | None:
    """`x IN (x, …)`, and `id IN (SELECT id FROM t)` where t is the table that is changed."""
    query = node.args.get("query")
    inner = query.this if isinstance(query, exp.Subquery) else query
    if isinstance(inner, exp.Select) and len(inner.expressions) == 1:
        itself = isinstance(node.this, exp.Column) and inner.expressions[0].name == node.this.name
        return True if itself and _unrestricted(inner, node) else None
    return True if any(_same(node.this, e) for e in node.expressions) else None


def _unrestricted(query: exp.Select, node: exp.Expr) -> bool:
    """Whether a query yields something for every row: it has no source at all, or all of the table that is changed."""
    if any(query.args.get(part) for part in ("where", "joins", "having", "limit", "group", "qualify")):
        return False
    source = query.args.get("from_")
    changed = node.find_ancestor(exp.Update, exp.Delete)
    return source is None or (changed is not None and source.this.name == changed.this.name)


def _is(node: exp.Is) -> bool | None:
    """`IS` of a constant: `TRUE IS TRUE`, `NULL IS NULL`, `1 IS NOT NULL` (which is NOT of this)."""
    left, right = _bare(node.this), _bare(node.expression)
    if isinstance(left, exp.Null):
        return isinstance(right, exp.Null)
    if isinstance(right, exp.Null):
        return False if isinstance(left, (exp.Literal, exp.Boolean)) else None
    truth = _truth(left)
    return None if truth is None or not isinstance(right, exp.Boolean) else truth is bool(right.this)


def _same(left: exp.Expr, right: exp.Expr) -> bool:
    return _bare(left) == _bare(right) and not any(left.find_all(exp.Anonymous, exp.Rand, exp.Subquery))


def _between(value: exp.Expr, low: exp.Expr, high: exp.Expr) -> bool | None:
    numbers = [_number(_constant(e) or "") for e in (value, low, high)]
    if any(n is None for n in numbers):
        return None
    middle, least, most = (n or 0.0 for n in numbers)
    return least <= middle <= most


def _above(node: exp.Expr, least: float) -> bool:
    """`id > 0`, `id >= 1`, `id <> 0`: how one gets round a server that wants a WHERE with a key."""
    return (isinstance(node, (exp.GT, exp.NEQ)) and least <= 0) or (isinstance(node, exp.GTE) and least <= 1)


def _constants(node: exp.Expr, left: str | None, right: str | None) -> bool | None:
    if left is None or right is None:
        return None
    one, other = _number(left), _number(right)
    low, high = (left, right) if one is None or other is None else (one, other)
    table: dict[type[exp.Expr], bool] = {
        exp.EQ: low == high,
        exp.NullSafeEQ: low == high,
        exp.NEQ: low != high,
        exp.NullSafeNEQ: low != high,
        exp.LT: low < high,  # type: ignore[operator]  # both are strings or both are numbers
        exp.LTE: low <= high,  # type: ignore[operator]  # the same
        exp.GT: low > high,  # type: ignore[operator]  # the same
        exp.GTE: low >= high,  # type: ignore[operator]  # the same
    }
    return table.get(type(node))


def _pinned(node: exp.Expr) -> bool:
    """Whether the condition pins rows by a key: a key column equals a constant or a parameter."""
    node = _bare(node)
    match node:
        case exp.And():
            return any(_pinned(side) for side in node.flatten())
        case exp.Or():
            return all(_pinned(side) for side in node.flatten())
        case exp.EQ():
            sides = (_bare(node.left), _bare(node.right))
            return any(_key(a) and _given(b) for a, b in (sides, sides[::-1]))
        case exp.In():
            given = node.expressions
            return _key(node.this) and 0 < len(given) <= KEY_LIST and all(_given(e) for e in given)
        case _:
            return False


def _key(node: exp.Expr) -> bool:
    name = node.name if isinstance(node, (exp.Column, exp.Pseudocolumn)) else ""
    return bool(KEY_COLUMN.search(name))


def _given(node: exp.Expr) -> bool:
    """A constant or a parameter: nothing that is computed from the rows."""
    node = _bare(node)
    if isinstance(node, (exp.Cast, exp.TryCast)):
        return _given(node.this)
    return isinstance(node, (exp.Literal, exp.Neg, exp.Parameter, exp.Placeholder, exp.SessionParameter))
