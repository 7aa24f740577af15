"""The SQL reader always answers: no text makes it raise, and none makes it harmless by being too much."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.model.command import Statement, Unknown
from agentguard.parse.budget import Budget
from agentguard.parse.sql import statements
from agentguard.tools.sql import tables

DIALECTS = sorted(
    {table.dialect for table in tables().values()} - {"postgres-functions", "queries", "objects", "alter"}
)
SCRAPS = [
    *"'\"`;()[]{},.*=:@#$\\|!-/%<>+?~&",
    *(" ", "\n", "\t", "\0", "--", "/*", "*/", "/*!", "$$", "$a$", "e'", "u&'", "q'["),
    *("\\!", "\\gexec", "\\set a :a", ":a", "\ufffc"),
    *"select insert update delete drop table from where values begin end if then loop execute into set create".split(),
    *"as on returning truncate alter column grant explain analyze copy program merge using when t 1 'x'".split(),
]


@given(text=st.lists(st.sampled_from(SCRAPS), max_size=30), dialect=st.sampled_from(DIALECTS), client=st.booleans())
def test_no_text_makes_it_raise_or_fail_inside(text: list[str], dialect: str, client: bool) -> None:
    for part in statements(" ".join(text), dialect, "client" if client else "wire", None, Budget()):
        assert not (isinstance(part, Unknown) and "itself failed" in part.why), part


@given(text=st.lists(st.sampled_from(SCRAPS), max_size=12), dialect=st.sampled_from(DIALECTS))
def test_a_drop_in_front_is_always_seen(text: list[str], dialect: str) -> None:
    sql = "DROP TABLE victim;" + " ".join(text)
    if "\0" in sql:
        return
    phrases = [
        d.phrase for p in statements(sql, dialect, "wire", None, Budget()) if isinstance(p, Statement) for d in p.deeds
    ]
    assert "drop table" in phrases


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT 1\0; DROP TABLE t", "NUL"),
        ("x" * (1 << 20) + "y", "characters"),
        ("SELECT " + "(" * 300 + "1" + ")" * 300, "nest"),
        ("SELECT * FROM (" * 8_000 + "SELECT 1" + ") x" * 8_000, "nest"),
        ("SELECT 1;" * 5_200, "statements"),
        ("SELECT 'never closed", "never closed"),
        ("SELECT /* never closed", "never closed"),
        ("BEGIN " * 3_000 + "SELECT 1", "deep"),
    ],
    ids=lambda v: str(v)[:20],
)
def test_too_much_is_unknown(sql: str, why: str) -> None:
    whys = [
        part.why
        for part in statements(sql, "oracle" if "BEGIN" in sql else "postgres", "wire", None, Budget(10**9))
        if isinstance(part, Unknown)
    ]
    assert any(why in one for one in whys), whys


def test_a_budget_that_runs_out_is_unknown() -> None:
    (part,) = statements("SELECT 1; SELECT 2; DROP TABLE t", "postgres", "wire", None, Budget(steps=2))
    assert isinstance(part, Unknown)


def test_a_dialect_without_a_table_is_unknown() -> None:
    (part,) = statements("SELECT 1", "cobol", "wire", None, Budget())
    assert isinstance(part, Unknown)


def test_what_was_found_before_a_failure_stays() -> None:
    parts = statements("DROP TABLE t; SELECT 'never closed", "postgres", "wire", None, Budget())
    assert isinstance(parts[0], Statement)
    assert isinstance(parts[-1], Unknown)


def test_long_lists_are_cut_before_the_parser_and_lose_nothing() -> None:
    rows = ",".join(f"({i}, 'a', null)" for i in range(1_000))
    (part,) = statements(f"INSERT INTO t VALUES {rows}, (1, purge(), 2)", "postgres", "wire", None, Budget())
    assert isinstance(part, Statement)
    assert {d.phrase for d in part.deeds} == {"insert", "call function"}
