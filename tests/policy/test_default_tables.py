"""The table at the head of each shipped policy is what the policy does, cell by cell."""

from __future__ import annotations

import re

import pytest

from agentguard.model.effect import Effect
from agentguard.model.verdict import Action
from agentguard.policy.load import shipped
from agentguard.policy.shipped import shipped_text
from tests.policy.made import effect, lands, verdict_on

ROWS: dict[str, tuple[Effect, ...]] = {
    "read": (effect("read"), effect("read", whole=True)),
    "write": (effect("create"), effect("execute"), effect("modify"), effect("delete", undo="trivial")),
    "admin": (effect("expose", undo="none"), effect("expose", undo="unknown")),
    "destructive, can be had back": (effect("drop", undo="backup"), effect("delete", undo="backup", whole=True)),
    "destructive, cannot": (effect("drop"), effect("delete", undo="unknown"), effect("modify", reach="all")),
    "the whole of something, no way back": (
        effect("drop", whole=True),
        effect("unprotect", whole=True, undo="unknown"),
    ),
    "unknown": (effect("unknown"), effect("unknown", whole=True)),
}
TIERS = ("local", "dev", "staging", "prod", "unknown")


def cells(base: str) -> list[tuple[str, str, str, str]]:
    """`(base, row, tier, answer)` of the table in the comment of a policy file; an answer is `hold` or `hold 2`."""
    lines = [line.lstrip("# ").rstrip() for line in shipped_text(f"{base}.toml").splitlines() if line.startswith("#  ")]
    table = {fields[0]: fields[1:] for fields in (re.split(r" {2,}", line) for line in lines) if len(fields) == 6}
    assert set(table) == set(ROWS)
    return [(base, row, *pair) for row, answers in table.items() for pair in zip(TIERS, answers, strict=True)]


@pytest.mark.parametrize(("base", "row", "tier", "answer"), [c for b in ("default", "solo", "team") for c in cells(b)])
def test_every_cell_of_the_table_is_what_the_policy_does(base: str, row: str, tier: str, answer: str):
    action, _, quorum = answer.partition(" ")
    policy = shipped(base)
    for one in ROWS[row]:
        verdict = verdict_on(policy, lands(one, tier))
        assert verdict.action == action, (one, verdict)
        assert not quorum or verdict.quorum == int(quorum)


@pytest.mark.parametrize("tier", TIERS)
def test_every_shipped_rule_covers_so_that_nothing_is_held_for_want_of_one(tier: str):
    for effects in ROWS.values():
        for one in effects:
            assert verdict_on(shipped(), lands(one, tier)).rule != "no-rule"


def test_a_hold_of_the_default_takes_one_person_and_of_the_whole_two():
    assert verdict_on(shipped(), lands(effect("drop"), "prod")).quorum == 1
    assert verdict_on(shipped(), lands(effect("drop", whole=True), "unknown")).quorum == 2


def test_the_team_policy_wants_approvers_for_production_and_anybody_for_staging():
    team = shipped("team")
    assert verdict_on(team, lands(effect("drop"), "prod")).roles == ("approver",)
    assert verdict_on(team, lands(effect("drop"), "staging")).roles == ()


def test_the_solo_policy_never_waits_for_a_second_person():
    assert all(rule.action is not Action.HOLD for rule in shipped("solo").rules)
