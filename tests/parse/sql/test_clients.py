"""What clients make of a script before the server sees it."""

from __future__ import annotations

import pytest

from agentguard.model.command import Command, Option, Statement, Unknown, Word
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements


def told(sql: str, dialect: str, channel: str = "client", carrier: Command | None = None) -> list[str]:
    found: list[str] = []
    for part in statements(sql, dialect, channel, carrier, Budget()):
        if isinstance(part, Statement):
            found += [f"{d.phrase} {','.join(d.objects)}".strip() for d in part.deeds]
        else:
            found.append("unknown" if isinstance(part, Unknown) else f"{part.language}: {part.text}")
    return found


PSQL = [
    ("\\d users", ["client command"]),
    ("\\echo DROP TABLE t", ["client command"]),
    ("\\! rm -rf x\nSELECT 1;", ["shell: rm -rf x", "select"]),
    ("\\i a.sql\n\\ir 'b c.sql'", ["file: a.sql", "file: b c.sql"]),
    ("\\set x `rm x`", ["shell: rm x", "client command"]),
    ("\\o |tee x", ["shell: cat | tee x"]),
    ("\\copy t from program 'curl x'", ["shell: curl x", "copy from t"]),
    ("\\copy t to 'x.csv' csv", ["copy to client t", "client write x.csv"]),
    ("\\copy (delete from t returning *) to stdout", ["delete t"]),
    ("SELECT 'DROP TABLE t' \\g |psql", ["select", "shell: echo 'DROP TABLE t' | psql"]),
    ("SELECT x FROM t \\g | sh", ["select t", "shell: cat | sh"]),
    ("SELECT 1 \\g out.txt", ["select", "client write out.txt"]),
    ("\\set q 'DROP TABLE t;'\n:q", ["client command", "drop table t"]),
    ("\\set w true\nDELETE FROM t WHERE :w;", ["client command", "delete t"]),
    ("SELECT 't' AS t \\gset\nDROP TABLE :\"t\";", ["select", "drop table …"]),
    ("SELECT format('DROP TABLE %I', a) FROM b \\gexec", ["drop table …"]),
    ("SELECT a FROM b \\gexec", ["select b", "unknown"]),
    ("SELECT 1 \\; DROP TABLE t;", ["select", "drop table t"]),
    ("\\if false\nDROP TABLE t;\n\\endif", ["client command", "client command", "drop table t"]),
    ("SELECT $$\\! rm$$, '\\! rm'; -- \\! rm\n", ["select"]),
    ("SELECT a::int, b[1:2] FROM t;", ["select t"]),
    ("\\c prod\nSELECT 1;", ["unknown", "select"]),
    ("\\frobnicate", ["unknown"]),
    ("\ufeffDROP TABLE t;", ["drop table t"]),
]


@pytest.mark.parametrize(("sql", "deeds"), PSQL)
def test_psql(sql: str, deeds: list[str]) -> None:
    assert sorted(told(sql, "postgres", "psql")) == sorted(deeds)


def test_psql_variables_of_the_command_line_are_known() -> None:
    carrier = Command("psql", (Word("psql"),), options=(Option("-v", Word("t=orders")),))
    assert told("DROP TABLE :t", "postgres", "psql", carrier) == ["drop table orders"]


OTHERS = [
    ("mysql", "DELIMITER //\nDROP TABLE t//\nDELIMITER ;\nSELECT 1\\G", ["drop table t", "select"]),
    ("mysql", "SOURCE /tmp/x.sql", ["file: /tmp/x.sql"]),
    ("mysql", "system rm x\n\\! rm y\n", ["shell: rm x", "shell: rm y"]),
    ("mysql", "DROP TABLE t\\G", ["drop table t"]),
    ("mysql", "use shop; DROP TABLE t;", ["show shop", "drop table t"]),
    ("mysql", "SELECT 1; \\! rm x", ["select", "unknown"]),
    ("mysql", "SELECT '\nstatus '; DROP TABLE t; -- '", ["select", "drop table t"]),
    ("sqlite", ".shell rm x\n.read a.sql\n.read '|rm y'\n", ["shell: rm x", "file: a.sql", "shell: rm y"]),
    ("sqlite", ".restore x.db", ["client restore x.db"]),
    ("sqlite", ".tables\nSELECT 1;", ["client command", "select"]),
    ("sqlite", "SELECT '\n.x'; DROP TABLE t; --'", ["select", "drop table t"]),
    ("tsql", ":r a.sql\n!! dir\nSELECT 1\nGO\n", ["file: a.sql", "shell: dir", "select"]),
    ("oracle", "@a.sql\nhost rm x\nDROP TABLE t\n/\n", ["file: a.sql", "shell: rm x", "drop table t"]),
]


@pytest.mark.parametrize(("dialect", "sql", "deeds"), OTHERS)
def test_other_clients(dialect: str, sql: str, deeds: list[str]) -> None:
    assert told(sql, dialect) == deeds
