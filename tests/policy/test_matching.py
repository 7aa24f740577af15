"""Which findings a condition speaks about: key, finding, answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.model.command import UNKNOWN_PART, Command, Statement, Unknown
from agentguard.model.verdict import Action, Finding
from agentguard.policy.match import covers, matches
from tests.policy.made import DROP, READ, effect, lands, policy_of, rule, started_by, verdict_on

ROWS = [
    ({"class": "destructive"}, lands(DROP, "prod"), True),
    ({"class": "destructive"}, lands(READ, "prod"), False),
    ({"class": ["read", "write"]}, lands(READ, "prod"), True),
    ({"verb": "drop"}, lands(DROP, "dev"), True),
    ({"verb": "delete"}, lands(DROP, "dev"), False),
    ({"kind": "sql.*"}, lands(DROP, "dev"), True),
    ({"kind": "aws.*"}, lands(DROP, "dev"), False),
    ({"at": ["aws", "database"]}, lands(DROP, "dev"), True),
    ({"at": "aws"}, lands(DROP, "dev"), False),
    ({"tier": "prod"}, lands(DROP, "prod"), True),
    ({"tier": "prod"}, lands(DROP, "unknown"), False),
    ({"environment": "pay*"}, lands(DROP, "prod", "payments-eu"), True),
    ({"environment": "pay*"}, lands(DROP, "prod", "shop-eu"), False),
    ({"environment": "PAY*"}, lands(DROP, "prod", "Payments"), True),
    ({"reach": "all"}, lands(effect("delete", reach="all"), "dev"), True),
    ({"reach": "all"}, lands(effect("delete", reach="unknown"), "dev"), True),
    ({"reach": "one"}, lands(effect("delete", reach="unknown"), "dev"), False),
    ({"undo": "none"}, lands(effect("drop", undo="unknown"), "dev"), True),
    ({"undo": "backup"}, lands(effect("drop", undo="unknown"), "dev"), False),
    ({"whole": True}, lands(effect("drop", whole=True), "dev"), True),
    ({"whole": True}, lands(effect("drop"), "dev"), False),
    ({"whole": False}, lands(effect("drop"), "dev"), True),
    ({"object": "ord*"}, lands(DROP, "dev"), True),
    ({"object": "ORDERS"}, lands(DROP, "dev"), True),
    ({"object": "order"}, lands(DROP, "dev"), False),
    ({"object": "items"}, lands(effect("drop", objects=("orders", "items")), "dev"), True),
    ({"object": "items"}, lands(effect("drop", objects=()), "dev"), True),
    ({"object": "items"}, lands(effect("drop", objects=(f"{UNKNOWN_PART}s",)), "dev"), True),
    ({"object": "items"}, lands(effect("drop", objects=("…",)), "dev"), True),
    ({"verb": "drop", "tier": "prod"}, lands(DROP, "dev"), False),
    ({"verb": "drop", "tier": "prod"}, lands(DROP, "prod"), True),
]


@pytest.mark.parametrize(("when", "finding", "answer"), ROWS)
def test_a_rule_speaks_about_a_finding_where_all_its_keys_hold(when: dict[str, object], finding: Finding, answer: bool):
    assert matches(rule(**when), finding) is answer


@pytest.mark.parametrize(
    "source",
    [
        started_by("psql"),
        Statement("drop table orders", "postgres", (), started_by("psql")),
        Unknown("unreadable", carrier=started_by("psql")),
    ],
)
def test_the_program_is_the_command_or_the_client_that_carries_the_statement(source: Command | Statement | Unknown):
    finding = lands(replace(DROP, source=source), "dev")
    assert matches(rule(program="psql"), finding)
    assert not matches(rule(program="mysql"), finding)


def test_sql_by_itself_has_no_program():
    assert not matches(rule(program="psql"), lands(DROP, "dev"))


@pytest.mark.parametrize(
    ("objects", "answer"),
    [(("tmp_a",), True), (("tmp_a", "orders"), False), (("TMP_A",), False), (("tmp_…",), False), ((), False)],
)
def test_a_rule_covers_only_what_it_names_altogether_and_exactly(objects: tuple[str, ...], answer: bool):
    assert covers(rule("allow", object="tmp_*"), lands(effect("drop", objects=objects), "prod")) is answer


def test_an_allowed_object_beside_another_one_does_not_let_both_pass():
    policy = policy_of(rule("allow", object="tmp_*"))
    assert verdict_on(policy, lands(effect("drop", objects=("tmp_a",)), "prod")).action is Action.ALLOW
    both = verdict_on(policy, lands(effect("drop", objects=("tmp_a", "orders")), "prod"))
    assert (both.action, both.rule) == (Action.HOLD, "no-rule")
