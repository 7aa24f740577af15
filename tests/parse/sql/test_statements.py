"""What statements are read as: rows of dialect, text and the deeds found."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import agentguard.parse.sql
from agentguard.model.command import Statement, Unknown, Where
from agentguard.parse.budget import Budget
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql import statements
from agentguard.tools.sql import tables

Part = Statement | Unknown | Embedded


def read(sql: str, dialect: str = "postgres", channel: str = "wire") -> tuple[Part, ...]:
    return statements(sql, dialect, channel, None, Budget())


def told(sql: str, dialect: str = "postgres", channel: str = "wire") -> list[str]:
    """The deeds of a text, `phrase objects where`; `unknown` for what was not read."""
    found: list[str] = []
    for part in read(sql, dialect, channel):
        if isinstance(part, Statement):
            found += [f"{d.phrase} {','.join(d.objects)}".strip() for d in part.deeds]
        else:
            found.append("unknown" if isinstance(part, Unknown) else f"{part.language}: {part.text}")
    return found


def where(sql: str, dialect: str = "postgres") -> Where:
    (part,) = read(sql, dialect)
    assert isinstance(part, Statement)
    return part.deeds[0].where


STRINGS_AND_COMMENTS = [
    ("postgres", "SELECT $a$ $b$ $a$; DROP TABLE t; SELECT $b$ $b$", ["select", "drop table t", "select"]),
    ("postgres", "SELECT E'\\'' ; DROP TABLE t", ["select", "drop table t"]),
    ("postgres", "SELECT 'a\\'; DROP TABLE t; --'", ["select", "drop table t"]),
    ("postgres", "/* a /* b */ DROP TABLE t; */ SELECT 1", ["select"]),
    ("postgres", "DROP\n--\nTABLE\rt", ["drop table t"]),
    ("postgres", 'DROP TABLE U&"\\0074"', ["drop table t"]),
    ("postgres", 'SELECT "drop table t"', ["select"]),
    ("postgres", "SELECT '/*'; DROP TABLE t; SELECT '*/'", ["select", "drop table t", "select"]),
    ("postgres", "SELECT -- '\n1; DROP TABLE t --'", ["select", "drop table t"]),
    ("mysql", "SELECT 'a\\'; DROP TABLE t; -- '", ["select"]),
    ("mysql", "SELECT 'a\\\\'; DROP TABLE t; -- '", ["select", "drop table t"]),
    ("mysql", 'SELECT "it\'s"; DROP TABLE t; -- "', ["select", "drop table t"]),
    ("mysql", "SELECT 1 # ; DROP TABLE t", ["select"]),
    ("mysql", "SELECT 5--1", ["select"]),
    ("mysql", "DROP TABLE `a``b`", ["drop table a`b"]),
    ("mysql", "/*!40101 DROP TABLE t */", ["drop table t"]),
    ("mysql", "/*M! DROP TABLE t */", ["drop table t"]),
    ("mysql", "SELECT 1 /*! ; DROP TABLE t */", ["select", "drop table t"]),
    ("sqlite", "/* /* */ DROP TABLE t; -- */", ["drop table t"]),
    ("spark", "/* /* */ DROP TABLE t; -- */", ["drop table t"]),
    ("redshift", "SELECT 'a\\'; DROP TABLE t; --'", ["select", "drop table t", "select"]),
    ("oracle", "SELECT q'[it's; DROP TABLE x]' FROM dual", ["select dual"]),
    ("bigquery", "SELECT '''a; DROP TABLE t;''', r'\\''", ["select"]),
    ("snowflake", "SELECT 1 // ; DROP TABLE t\n; DROP TABLE u", ["select", "drop table u"]),
]


@pytest.mark.parametrize(("dialect", "sql", "deeds"), STRINGS_AND_COMMENTS)
def test_strings_and_comments_end_where_the_server_says(dialect: str, sql: str, deeds: list[str]) -> None:
    assert told(sql, dialect) == deeds


WHERES = [
    ("DELETE FROM t", Where.ALWAYS),
    ("DELETE FROM t WHERE true", Where.ALWAYS),
    ("DELETE FROM t WHERE 1 = 1 OR id = 3", Where.ALWAYS),
    ("DELETE FROM t WHERE NOT (id <> id)", Where.ALWAYS),
    ("DELETE FROM t WHERE id IS NOT NULL OR id IS NULL", Where.ALWAYS),
    ("DELETE FROM t WHERE a > 3 OR a <= 3", Where.ALWAYS),
    ("DELETE FROM t WHERE a LIKE '%'", Where.ALWAYS),
    ("DELETE FROM t WHERE (SELECT true)", Where.ALWAYS),
    ("DELETE FROM t WHERE 'a' = 'a' AND 2 > 1", Where.ALWAYS),
    ("DELETE FROM t USING u", Where.ALWAYS),
    ("DELETE FROM t WHERE id = 4", Where.KEY),
    ("DELETE FROM t WHERE id = $1 AND a > 5", Where.KEY),
    ("DELETE FROM t WHERE user_id = 4::bigint", Where.KEY),
    ("DELETE FROM t WHERE id IN (1, 2)", Where.KEY),
    ("DELETE FROM t WHERE CURRENT OF c", Where.KEY),
    ("DELETE FROM t WHERE id > 10", Where.SOME),
    ("DELETE FROM t WHERE id > 0", Where.ALWAYS),
    ("DELETE FROM t WHERE id <> -1", Where.ALWAYS),
    ("DELETE FROM t WHERE id IN (SELECT id FROM t)", Where.ALWAYS),
    ("DELETE FROM t WHERE id IN (SELECT id FROM u)", Where.SOME),
    ("DELETE FROM t WHERE EXISTS (SELECT 1)", Where.ALWAYS),
    ("DELETE FROM t WHERE EXISTS (SELECT 1 FROM u WHERE u.id = t.id)", Where.SOME),
    ("DELETE FROM t WHERE a ~ '.*'", Where.ALWAYS),
    ("DELETE FROM t WHERE now() > '2000-01-01'", Where.ALWAYS),
    ("DELETE FROM t WHERE a = 5 OR length('x') = 1", Where.ALWAYS),
    ("DELETE FROM t WHERE false", Where.KEY),
    ("DELETE FROM t WHERE paid = 1", Where.SOME),
    ("DELETE FROM t WHERE id = 1 OR a = 2", Where.SOME),
    ("DELETE FROM t WHERE id = (SELECT max(id) FROM t)", Where.SOME),
    ("DELETE FROM t USING u WHERE u.id = 4", Where.SOME),
    ("DELETE FROM t WHERE id IN (1,2,3,4,5,6,7,8,9,10,11)", Where.SOME),
]


@pytest.mark.parametrize(("sql", "expected"), WHERES)
def test_a_where_is_seen_through(sql: str, expected: Where) -> None:
    assert where(sql) is expected


def test_a_word_that_begins_right_behind_a_number_is_seen_where_servers_take_it() -> None:
    assert where("DELETE FROM t WHERE id=1OR 1=1", "redshift") is Where.ALWAYS


def test_mysqls_null_safe_equality_of_a_column_with_itself_is_always_true() -> None:
    assert where("DELETE FROM t WHERE id <=> id", "mysql") is Where.ALWAYS


WHOLE_TREE = [
    ("INSERT INTO t WITH d AS (UPDATE u SET a = 1 RETURNING *) SELECT * FROM d", ["insert t", "update u"]),
    ("WITH g AS (DELETE FROM t RETURNING *), x AS (SELECT 1) SELECT * FROM x", ["delete t"]),
    ("CREATE TABLE a AS WITH g AS (DELETE FROM b RETURNING *) SELECT * FROM g", ["create table as a", "delete b"]),
    ("EXPLAIN (ANALYZE, FORMAT JSON) DELETE FROM t", ["delete t"]),
    ("EXPLAIN (ANALYZE off) DELETE FROM t", ["explain"]),
    ("COPY (DELETE FROM t RETURNING *) TO STDOUT", ["delete t"]),
    (
        "CREATE RULE r AS ON INSERT TO a DO ALSO (DELETE FROM b; DELETE FROM c)",
        ["create rule r", "delete b", "delete c"],
    ),
    ("INSERT INTO t SELECT * FROM t ON CONFLICT (id) DO UPDATE SET a = 1", ["upsert t"]),
    ("SELECT * FROM dblink('x', 'DROP TABLE t') AS d(a int)", ["run elsewhere", "drop table t"]),
    ("SELECT * FROM purge() AS p(n)", ["call function purge"]),
    ("SELECT public.count(*) FROM t", ["call function public.count"]),
    ("SELECT count(*), pg_size_pretty(1), 'x'::regclass FROM t", ["select t"]),
    ("PREPARE x AS DELETE FROM t; EXECUTE x", ["delete t", "execute prepared x"]),
    ("SELECT set_config('role', 'postgres', false)", ["set role"]),
]


@pytest.mark.parametrize(("sql", "deeds"), WHOLE_TREE)
def test_whatever_a_statement_holds_counts(sql: str, deeds: list[str]) -> None:
    assert told(sql) == deeds


CODE = [
    ("postgres", "DO $$ BEGIN EXECUTE 'DR' || 'OP TABLE t'; END $$", ["drop table t"]),
    ("postgres", "DO $$ DECLARE q text := 'DROP TABLE t'; BEGIN EXECUTE q; END $$", ["drop table t"]),
    ("postgres", "DO $$ BEGIN EXECUTE format('DROP TABLE %I', x); END $$", ["drop table …"]),
    ("postgres", "DO $$ BEGIN EXECUTE x; END $$", ["unknown"]),
    ("postgres", "DO $$ BEGIN IF a THEN TRUNCATE t; ELSE DELETE FROM u; END IF; END $$", ["truncate t", "delete u"]),
    ("postgres", "DO $$ BEGIN RAISE NOTICE 'DROP TABLE t'; END $$", ["do"]),
    ("postgres", "DO LANGUAGE plpython3u $$ plpy.execute('drop table t') $$", ["unknown"]),
    ("mysql", "SET @q = 'DROP TABLE t'; PREPARE s FROM @q", ["set", "prepare s", "drop table t"]),
    ("oracle", "BEGIN EXECUTE IMMEDIATE 'TRUNC' || 'ATE TABLE t'; END;", ["truncate t", "transaction"]),
    ("tsql", "DECLARE @s nvarchar(9) = N'DROP TABLE t'; EXEC(@s)", ["control", "drop table t"]),
    ("tsql", "EXEC sp_executesql N'DELETE FROM t'", ["delete t"]),
    ("trino", "SELECT * FROM TABLE(pg.system.execute(query => 'DROP TABLE t'))", ["run query", "drop table t"]),
]


@pytest.mark.parametrize(("dialect", "sql", "deeds"), CODE)
def test_code_in_strings_is_folded_and_read(dialect: str, sql: str, deeds: list[str]) -> None:
    found = told(sql, dialect)
    assert [d for d in found if d not in READS] == [d for d in deeds if d not in READS]


READS = {"do", "control", "select", "transaction", "run query", "prepare s", "set"}


def test_code_of_another_language_is_unknown_however_it_looks() -> None:
    assert "unknown" in told("DO LANGUAGE plpython3u $$ x = 1 $$")
    assert "unknown" in told("DO $$ x = 1 $$ LANGUAGE 'plperlu'")


def test_a_table_that_is_called_temp_is_not_temporary() -> None:
    (part,) = read("DROP TABLE temp")
    assert isinstance(part, Statement)
    assert part.deeds[0].details == ()


@pytest.mark.parametrize("dialect", ["mysql", "postgres", "sqlite", "tsql"])
def test_two_unknown_words_are_no_declaration(dialect: str) -> None:
    declared = "DECLARE @x int; " if dialect == "tsql" else ""
    assert "unknown" in " ".join(told(f"{declared}frobnicate things", dialect))


def test_what_a_handler_does_counts() -> None:
    assert "drop table t" in told("DECLARE EXIT HANDLER FOR SQLEXCEPTION, NOT FOUND DROP TABLE t", "mysql")


FILLED = [
    ("tsql", "DECLARE @s varchar(9) = 'SELECT 1'; SELECT @s = cmd FROM todo; EXEC(@s)"),
    ("tsql", "DECLARE @s varchar(9) = 'SELECT 1'; EXEC p @s OUTPUT; EXEC(@s)"),
    ("postgres", "DO $$ DECLARE q text := 'SELECT 1'; BEGIN SELECT c INTO q FROM t; EXECUTE q; END $$"),
    ("mysql", "SET @q = 'SELECT 1'; SELECT c INTO @q FROM t; PREPARE s FROM @q"),
]


@pytest.mark.parametrize(("dialect", "sql"), FILLED)
def test_a_variable_that_a_statement_filled_is_no_longer_known(dialect: str, sql: str) -> None:
    assert "unknown" in told(sql, dialect)


TSQL = [
    ("SELECT 1 AS a DROP TABLE t", ["select", "drop table t"]),
    ("SET NOCOUNT ON DELETE FROM t", ["set variable", "delete t"]),
    ("DECLARE @a int DELETE t", ["control", "delete t"]),
    ("IF EXISTS (SELECT 1) DROP TABLE t ELSE SELECT 1", ["control", "drop table t", "control", "select"]),
    ("INSERT INTO t SELECT 1", ["insert t"]),
    ("ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u ON DELETE CASCADE", ["alter table add t"]),
    ("GRANT SELECT, DELETE ON t TO u", ["grant"]),
    ("SELECT CASE WHEN a = 1 THEN 2 ELSE 3 END FROM t", ["select t"]),
    ("SELECT 1\nGO\nDROP TABLE t\nGO 5", ["select", "drop table t"]),
    ("purge_all", ["call purge_all"]),
]


@pytest.mark.parametrize(("sql", "deeds"), TSQL)
def test_tsql_needs_no_semicolons(sql: str, deeds: list[str]) -> None:
    assert told(sql, "tsql") == deeds


def test_a_setting_changes_how_later_messages_are_read_but_not_this_one() -> None:
    text = "SET standard_conforming_strings = off; SELECT 'a\\''; DROP TABLE t; --'"
    assert "drop table t" not in told(text, channel="wire")
    assert "drop table t" in told(text, channel="psql")


def test_such_a_setting_outlives_the_query_buffer_of_psql() -> None:
    text = "SET standard_conforming_strings = off \\g\nSELECT 'a\\''; DROP TABLE t; --'"
    assert "drop table t" in told(text, channel="psql")


def test_a_reading_that_never_ends_is_no_reading_where_another_one_ends() -> None:
    assert "unknown" not in told("SELECT * FROM t WHERE a LIKE '%' ESCAPE '\\'", "redshift")


def test_a_temporary_table_is_scratch_until_it_is_dropped() -> None:
    parts = read("CREATE TEMP TABLE t (a int); DROP TABLE t; DROP TABLE t")
    details = [part.deeds[0].details for part in parts if isinstance(part, Statement)]
    assert details == [("temporary",), ("temporary",), ()]


def test_where_a_failed_statement_does_not_end_the_script_a_temporary_table_may_not_be_there() -> None:
    (_, dropped) = read("CREATE TEMP TABLE t (a int);\nDROP TABLE t;", channel="psql")
    assert isinstance(dropped, Statement)
    assert dropped.deeds[0].details == ()


def test_objects_never_hold_a_literal_that_could_be_a_secret() -> None:
    secret = "hunter2"
    for sql in (
        f"ALTER USER bob WITH PASSWORD '{secret}'",
        f"INSERT INTO users VALUES ('{secret}')",
        f"SELECT dblink_connect('password={secret}')",
        f"'{secret}' FROBNICATE",
        f"CREATE USER MAPPING FOR bob SERVER s OPTIONS (password '{secret}')",
    ):
        for part in read(sql):
            shown = part.deeds if isinstance(part, Statement) else getattr(part, "why", "")
            assert secret not in str(shown), sql


def test_what_is_made_at_run_time_is_unknown_and_hides_no_verb() -> None:
    assert told("DROP TABLE \N{OBJECT REPLACEMENT CHARACTER}") == ["drop table …", "unknown"]
    assert "unknown" in told("SELECT * FROM t WHERE id = \N{OBJECT REPLACEMENT CHARACTER}")
    assert "unknown" in told("SELECT * FROM {{ ref('x') }}")


def test_every_phrase_that_the_readers_make_has_a_row_in_every_dialect_that_can_make_it() -> None:
    folder = Path(agentguard.parse.sql.__file__).parent
    sources = "".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    made = set(re.findall(r'Deed\("([^"]+)"', sources)) | set(re.findall(r': "(client \w+)"', sources))
    rows = {phrase for table in tables().values() for row in table.row for phrase in row.phrase}
    assert made
    assert made <= rows
