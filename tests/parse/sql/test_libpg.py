"""PostgreSQL's own grammar as the second opinion: nothing is taken for less than the server's tree shows."""

from __future__ import annotations

import logging
import random
import subprocess
import sys

import pytest

from agentguard.model.command import Deed, Statement, Where
from agentguard.parse.budget import Budget
from agentguard.parse.sql import libpg, statements
from agentguard.parse.sql.agree import check
from agentguard.parse.sql.found import Found, Place, Session
from agentguard.parse.sql.lex import Unreadable, lex
from agentguard.parse.sql.libpg import Act, outlines
from agentguard.parse.sql.scan import read_code
from agentguard.tools.sql import dialect
from tests.public.postgres_agrees import deeds, meant, otherwise, pieces


def told(sql: str, name: str = "postgres", channel: str = "wire") -> list[str]:
    found: list[str] = []
    for part in statements(sql, name, channel, None, Budget()):
        if isinstance(part, Statement):
            found += [f"{d.phrase} {','.join(d.objects)}".strip() for d in part.deeds]
        else:
            found.append("unknown")
    return found


ACTS = [
    ("SELECT 1", []),
    ("SHOW work_mem", []),
    ('DROP TABLE a.b, "C" CASCADE', [Act("DropStmt", ("a.b", "C"), "OBJECT_TABLE")]),
    ("DROP SCHEMA a, b", [Act("DropStmt", ("a", "b"), "OBJECT_SCHEMA")]),
    ("WITH d AS (DELETE FROM t) SELECT 1", [Act("DeleteStmt", ("t",))]),
    ("COPY (DELETE FROM t RETURNING *) TO STDOUT", [Act("DeleteStmt", ("t",))]),
    ("PREPARE p AS DELETE FROM s.t", [Act("DeleteStmt", ("s.t",))]),
    ("EXPLAIN DELETE FROM t", []),
    ("EXPLAIN ANALYZE DELETE FROM t", [Act("DeleteStmt", ("t",))]),
    ("EXPLAIN (ANALYZE off, COSTS) DELETE FROM t", []),
    ("EXPLAIN (ANALYZE 1) DELETE FROM t", [Act("DeleteStmt", ("t",))]),
    ("SELECT 1 INTO t", [Act("IntoClause")]),
    ("SELECT 1 INTO t UNION SELECT 2", [Act("IntoClause")]),
    ("SELECT 1 UNION (WITH d AS (DELETE FROM t RETURNING 1) SELECT 1 FROM d)", [Act("DeleteStmt", ("t",))]),
    ("COPY t TO PROGRAM 'sh'", [Act("CopyProgram")]),
    ("ALTER TABLE t SET UNLOGGED", [Act("AlterTableStmt", ("t",)), Act("AlterTableCmd", what="AT_SetUnLogged")]),
    ("MERGE INTO t USING s ON true WHEN MATCHED THEN DO NOTHING", []),
    ("MERGE INTO t USING s ON true WHEN MATCHED THEN DELETE", [Act("MergeStmt", ("t",)), Act("MergeWhenClause")]),
    ("CREATE RULE r AS ON INSERT TO a DO (DELETE FROM b)", [Act("RuleStmt", ("a",)), Act("DeleteStmt", ("b",))]),
]


@pytest.mark.parametrize(("sql", "expected"), ACTS, ids=[sql for sql, _ in ACTS])
def test_what_the_tree_shows_is_told_wherever_it_stands(sql: str, expected: list[Act]) -> None:
    (outline,) = outlines(sql)
    assert sorted(outline.acts) == sorted(expected)


def test_a_refusal_never_quotes_the_text() -> None:
    with pytest.raises(Unreadable) as refused:
        outlines("SELECT 'a' hunter2 'b' FROM")
    assert "hunter2" not in str(refused.value)


REFUSED = [
    "SELECT FROM WHERE a",
    "DELETE FROM t WHERE id=1OR 1=1",
    "SELECT 1 + " * 2_500 + "1",
    "SELECT 1" + " + 1" * 1_900,
]


@pytest.mark.parametrize("sql", REFUSED, ids=lambda sql: sql[:30])
def test_what_the_servers_grammar_refuses_is_unknown(sql: str) -> None:
    assert "unknown" in told(sql)


def place_with(*deeds: Deed) -> Place:
    table = dialect("postgres")
    assert table is not None
    return Place(table, table.lexing, Session(), Found(list(deeds)), read_code)


DISAGREEMENTS = [
    ("DELETE FROM u", Deed("select", ("u",)), "DeleteStmt"),
    ("DELETE FROM u", Deed("delete", ("t",), Where.ALWAYS), "DeleteStmt"),
    ("DROP TABLE t, u", Deed("drop table", ("t",)), "DropStmt"),
    ("TRUNCATE t", Deed("delete", ("t",)), "TruncateStmt"),
    ("GRANT ALL ON t TO bob", Deed("select", ("t",)), "GrantStmt"),
    ("SELECT 1; SELECT 2", Deed("select"), "2 statements"),
    ("-- nothing", Deed("select"), "0 statements"),
]


@pytest.mark.parametrize(("sql", "found", "why"), DISAGREEMENTS)
def test_a_disagreement_is_unknown_beside_what_was_found(sql: str, found: Deed, why: str) -> None:
    place = place_with(found)
    tokens = lex(sql if "--" not in sql else "x", place.lexing)
    check(sql, tokens, place)
    assert place.found.deeds == [found]
    assert len(place.found.unknowns) == 1
    assert why in place.found.unknowns[0]


AGREEMENTS = [
    ('DELETE FROM "T" WHERE id = %s', ["delete T"]),
    ("SELECT * FROM t WHERE a = %(a)s AND b = :b AND c = $1", ["select t"]),
    ("DROP TABLE " + "n" * 70, ["drop table " + "n" * 70]),
    (";; SELECT 1 ;; -- end", ["select"]),
    ("/* only /* a */ comment */", []),
    ("SELECT (t.case); DROP TABLE u", ["select", "drop table u"]),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1; SELECT CASE 1 WHEN 1 THEN 2 END; END",
        ["create function f"],
    ),
    (
        "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC DELETE FROM t WHERE a = 'b'; SELECT 1; END; DROP TABLE u",
        ["create function f", "delete t", "drop table u"],
    ),
    ("SELECT 1 FROM t WHERE a = ALL ('{1,2}')", ["select"]),
    ("SELECT * FROM generate_series(1, 2) WITH ORDINALITY AS g(a, b), (VALUES (1)) v(x)", ["select"]),
    ("SELECT a FROM t TABLESAMPLE SYSTEM (10)", ["select t"]),
    ("SELECT \"all\"('x') FROM t", ["call function all"]),
    ("SELECT a FROM t WHERE a = ALL (purge())", ["call function ALL", "call function purge"]),
    ("SELECT other.now() FROM t", ["call function other.now"]),
    ("SELECT nextval('s') = ALL ('{1}')", ["sequence s", "call function ALL"]),
    ("SELECT query_to_xml('select purge()', true, true, '')", ["call function purge"]),
    ('SET "row_security" TO off', ["set guard"]),
    ('RESET "session_replication_role"', ["set guard"]),
]


@pytest.mark.parametrize(("sql", "expected"), AGREEMENTS, ids=[sql[:40] for sql, _ in AGREEMENTS])
def test_where_both_agree_nothing_is_unknown(sql: str, expected: list[str]) -> None:
    assert told(sql) == expected


@pytest.mark.parametrize("sql", [*(sql for sql, _ in ACTS), *(sql for sql, _ in AGREEMENTS)])
def test_written_otherwise_a_statement_is_the_same_or_held(sql: str) -> None:
    for seed in range(20):
        chance = random.Random(seed)  # noqa: S311 - the same every time, no secret
        other = "".join(otherwise(piece, chance) for piece in pieces(sql))
        assert not meant(sql) or meant(other) != meant(sql) or deeds(other) in (deeds(sql), "held")


def test_servers_with_words_of_their_own_are_read_without_it() -> None:
    assert told("DELETE FROM t WHERE id=1OR 1=1", "cockroachdb") == ["delete t"]
    assert told("DELETE FROM t WHERE id=1OR 1=1") == ["delete t", "unknown"]


def test_a_script_is_asked_statement_by_statement() -> None:
    assert told("SELECT 1; SELEC 2; SELECT 3", channel="client") == ["select", "unknown", "select"]


def test_without_the_binding_it_says_so_once_and_reads_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "pgparse", None)
    libpg._parser.cache_clear()
    try:
        with caplog.at_level(logging.WARNING):
            assert told("DROP TABLE without_binding; SELECT 1 FROM without_binding") == [
                "drop table without_binding",
                "select without_binding",
            ]
        assert len([r for r in caplog.records if "own grammar" in r.message]) == 1
    finally:
        monkeypatch.undo()
        libpg._parser.cache_clear()


CHAIN = """
import threading
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements
def run():
    for link in ("+1", "::int", " is null", " union select 1"):
        for count in (1_990, 40_000):
            statements("select (a)" + link * count, "postgres", "wire", None, Budget())
threading.stack_size(1 << 19)
thread = threading.Thread(target=run)
thread.start()
thread.join()
print("alive")
"""


def test_no_chain_of_operators_ends_the_process_on_a_small_stack() -> None:
    done = subprocess.run([sys.executable, "-c", CHAIN], capture_output=True, text=True, check=False, timeout=120)
    assert done.stdout.strip() == "alive"
