"""The second opinion on a statement for PostgreSQL: what its own grammar sees must be among the deeds that were found.

Promises that a statement is not taken for less than the server's tree shows: one that the grammar refuses, counts
otherwise, or sees to do something else or to something else, is unknown beside everything that was found. In one thing
it alone decides: a word that only looks like a function (`= ALL (…)`, a list of columns behind an alias) is none.
"""

from __future__ import annotations

from agentguard.model.command import Deed
from agentguard.model.effect import Verb
from agentguard.parse.sql import libpg
from agentguard.parse.sql.found import Place
from agentguard.parse.sql.lex import HOLE, HOLE_MARK, PARAM, Tokens, Unreadable
from agentguard.parse.sql.shorten import shortened

# The verbs, or how the phrases begin, of the deeds that a node must be found as; any deed that is no read for the rest.
VERBS: dict[str, Verb] = {
    "DropStmt": Verb.DROP,
    "DropRoleStmt": Verb.DROP,
    "DropdbStmt": Verb.DROP,
    "DropOwnedStmt": Verb.DROP,
    "DropSubscriptionStmt": Verb.DROP,
    "DropTableSpaceStmt": Verb.DROP,
    "DropUserMappingStmt": Verb.DROP,
}
PHRASES: dict[str, tuple[str, ...]] = {
    "DeleteStmt": ("delete",),
    "UpdateStmt": ("update", "set server setting"),
    "InsertStmt": ("insert", "upsert"),
    "TruncateStmt": ("truncate",),
    "MergeStmt": ("merge delete", "update", "insert"),
    "MergeWhenClause": ("merge delete", "update", "insert"),
    "CopyProgram": ("copy program",),
}
NAMED = frozenset("DeleteStmt UpdateStmt InsertStmt MergeStmt TruncateStmt DropRoleStmt DropdbStmt".split())
NAMED_DROPS = frozenset(
    "OBJECT_TABLE OBJECT_VIEW OBJECT_MATVIEW OBJECT_FOREIGN_TABLE OBJECT_INDEX OBJECT_SCHEMA".split()
)
NAME_BYTES = 63  # the server cuts names there


def check(text: str, tokens: Tokens, place: Place) -> None:
    """Hold the deeds at `place` against the server's grammar.

    Args:
        text: the statement with all that stands before it since the last one, so that nothing between is passed over.
        tokens: the statement as it fell into tokens; empty for what stands behind the last statement.
        place: where its deeds were collected, and where a disagreement is.
    """
    if place.found.unknowns or not libpg.at_hand() or any(t.kind == HOLE or HOLE_MARK in t.text for t in tokens):
        return
    try:
        outlines = libpg.outlines(_sent(text, tokens, place))
    except Unreadable as failure:
        place.unknown(str(failure))
        return
    why = _disagreement(outlines, tokens, place)
    if why:
        place.unknown(why)
    elif any(_reads(outline, place) for outline in outlines):
        kept = [deed for deed in place.found.deeds if deed.phrase != "call function"]
        place.found.deeds[:] = kept or [Deed("select")]


def _disagreement(outlines: tuple[libpg.Outline, ...], tokens: Tokens, place: Place) -> str:
    """Why the two cannot be taken for one; empty where they agree."""
    if len(outlines) != bool(tokens):
        return f"PostgreSQL's own grammar sees {len(outlines)} statements in it"
    missed = (act.node for outline in outlines for act in outline.acts if not _found(act, place))
    node = next(missed, "")
    return f"PostgreSQL's own grammar sees a {node} that was not found" if node else ""


def _reads(outline: libpg.Outline, place: Place) -> bool:
    """Whether the tree is a query that calls none but functions of the server that only read."""
    names = [name.removeprefix("pg_catalog.") for name in outline.calls]
    harmless, known = place.dialect.harmless, place.dialect.functions
    plain = all(name in harmless and name not in known for name in names)
    return outline.root == "SelectStmt" and not outline.acts and plain


def _sent(text: str, tokens: Tokens, place: Place) -> str:
    """The text for the grammar: parameters as PostgreSQL writes them, and a statement too long for it cut short."""
    start = tokens[-1].end - len(text) if tokens else 0
    if len(tokens) > libpg.TOKEN_LIMIT:
        tokens = shortened(tokens, place.apart())
        if len(tokens) > libpg.TOKEN_LIMIT:
            raise Unreadable("the statement is too long for PostgreSQL's own grammar")
        return " ".join(_spelt(text, t.start - start, t.end - start, t.kind) for t in tokens)
    at, parts = 0, []
    for token in (t for t in tokens if t.kind == PARAM):
        parts += [text[at : token.start - start], _spelt(text, token.start - start, token.end - start, PARAM)]
        at = token.end - start
    return "".join(parts) + text[at:]


def _spelt(text: str, start: int, end: int, kind: str) -> str:
    source = text[start:end]
    return "$1" if kind == PARAM and not source.removeprefix("$").isdigit() else source


def _found(act: libpg.Act, place: Place) -> bool:
    deeds = [d for d in place.found.deeds if _fits(act, d, place)]
    if not deeds or not (act.node in NAMED or act.what in NAMED_DROPS):
        return bool(deeds)
    found = {_known(name) for deed in deeds for name in deed.objects}
    return all(_known(name) in found for name in act.names)


def _known(name: str) -> str:
    """A name as far as the server knows it, without its case: what is folded depends on quotes."""
    return ".".join(part.encode()[:NAME_BYTES].decode(errors="ignore") for part in name.lower().split("."))


def _fits(act: libpg.Act, deed: Deed, place: Place) -> bool:
    row = place.dialect.row(deed.phrase)
    if act.node in PHRASES:
        return deed.phrase.startswith(PHRASES[act.node])
    if act.node in VERBS:
        return row is not None and row.verb is VERBS[act.node]
    return row is None or row.verb is not Verb.READ
