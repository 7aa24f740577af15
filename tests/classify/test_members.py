"""The members of a request, however it is written."""

from __future__ import annotations

import pytest

from agentguard.classify.members import ANY, members
from agentguard.classify.words import singular
from agentguard.model.command import UNKNOWN_PART, Command, Option, Word

ROWS = [
    (Option("--deletion-protection"), [("deletionprotection", "true")]),
    (Option("--no-deletion-protection"), [("deletionprotection", "false")]),
    (Option("--desired-count", Word("0")), [("desiredcount", "0")]),
    (Option("--x", Word("minSize=1,desiredSize=0")), [("x", "{}"), ("x.minsize", "1"), ("x.desiredsize", "0")]),
    (Option("--x", Word('{"a": {"b": [false]}}')), [("x", "{}"), ("x.a", "{}"), ("x.a.b", "false")]),
    (Option("--x", Word("a={b=c,d=[e,f]}")),
     [("x", "{}"), ("x.a", "{}"), ("x.a.b", "c"), ("x.a.d", "e"), ("x.a.d", "f")]),
    (Option("--x", Word("a='b,c',d=e")), [("x", "{}"), ("x.a", "b,c"), ("x.d", "e")]),
    (Option("--x", Word("u=http://h/?a=b")), [("x", "{}"), ("x.u", "http://h/?a=b")]),
    (Option("--x", Word("Key=a_b.enabled,Value=False")),
     [("x", "{}"), ("x.ab.enabled", "false"), ("x.key", "a_b.enabled"), ("x.value", "false")]),
    (Option("--x", Word("file://a"), Word('{"b": 1}')), [("x", "{}"), ("x.b", "1")]),
    (Option("--x", Word(f"{UNKNOWN_PART}", known=False)), [("x", ANY)]),
    (Option("--x", Word(f'{{"a": {UNKNOWN_PART}', known=False)), [("x", ANY)]),
    (Option("--x", Word(f"a={UNKNOWN_PART}", known=False)), [("x", "{}"), ("x.a", ANY)]),
]  # fmt: skip


@pytest.mark.parametrize(("option", "expected"), ROWS, ids=lambda row: str(row)[:60])
def test_an_option_has_these_members(option: Option, expected: list[tuple[str, str]]) -> None:
    assert [(".".join(keys), value) for keys, value in members(Command("aws", (), options=(option,)))] == expected


@pytest.mark.parametrize(
    ("many", "one"),
    [("instances", "instance"), ("policies", "policy"), ("addresses", "address"), ("indexes", "index"),
     ("access", "access"), ("status", "status"), ("aliases", "alias"), ("alias", "alias"), ("databases", "database")],
)  # fmt: skip
def test_a_noun_is_told_in_the_singular(many: str, one: str) -> None:
    assert singular(many) == one
