"""From findings to one verdict: what bars, what decides, what it asks for, what it says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agentguard.model.environment import Target
from agentguard.model.verdict import Action, Finding, Standing, Stop
from agentguard.policy.decide import decide, sentences
from agentguard.policy.load import shipped
from agentguard.policy.schema import Policy
from tests.policy.made import DROP, READ, STANDING, effect, lands, place, plan_of, policy_of, rule, verdict_on

EVERYTHING = rule("allow", "everything", tier=["local", "dev", "staging", "prod", "unknown"])


def test_the_strictest_of_the_matching_rules_decides():
    policy = policy_of(EVERYTHING, rule("ask", "ask", tier="prod"), rule("block", "block", verb="drop"))
    verdict = verdict_on(policy, lands(DROP, "prod"))
    assert (verdict.action, verdict.rule) == (Action.BLOCK, "block")


def test_what_no_rule_covers_is_held():
    verdict = verdict_on(policy_of(rule("allow", verb="read")), lands(DROP, "dev"))
    assert (verdict.action, verdict.rule, verdict.quorum) == (Action.HOLD, "no-rule", 1)
    assert "no rule covers this" in verdict.because.lower()


def test_a_rule_that_only_raises_covers_nothing():
    asking = rule("ask", "asking", tier="prod")
    assert verdict_on(policy_of(asking), lands(DROP, "prod")).action is Action.ASK
    assert verdict_on(policy_of(asking, raising=frozenset({"asking"})), lands(DROP, "prod")).action is Action.HOLD


def test_the_worst_finding_decides_by_action_then_class_then_tier():
    policy = shipped()
    loss, whole = lands(DROP, "prod"), lands(effect("drop", whole=True), "prod")
    assert verdict_on(policy, lands(READ, "prod"), loss, whole).finding is whole
    grant = lands(effect("expose"), "prod")
    assert verdict_on(policy, grant, loss).finding is loss
    staging = lands(DROP, "staging")
    assert verdict_on(policy, staging, loss).finding is loss
    unknown = lands(DROP, "unknown")
    assert verdict_on(policy, staging, unknown).finding is unknown
    assert verdict_on(policy, unknown, loss).finding is loss


def test_all_holding_rules_add_what_they_ask_of_the_approvers():
    policy = policy_of(
        rule("hold", "two-persons", verb="drop", quorum=2, roles=["lead"]),
        rule("hold", "the-dba", kind="sql.*", roles=["dba"], hardware=True),
    )
    verdict = verdict_on(policy, lands(DROP, "prod"))
    assert (verdict.quorum, verdict.roles, verdict.hardware) == (2, ("dba", "lead"), True)
    assert verdict.rule == "two-persons"


def test_one_approval_is_for_all_of_a_call_so_it_takes_what_any_of_its_holds_takes():
    policy = policy_of(
        EVERYTHING,
        rule("hold", "drops", verb="drop", tier="prod"),
        rule("hold", "grants", verb="expose", quorum=2, roles=["security"]),
    )
    verdict = verdict_on(policy, lands(DROP, "prod"), lands(effect("expose"), "dev"))
    assert (verdict.rule, verdict.quorum, verdict.roles) == ("drops", 2, ("security",))


@pytest.mark.parametrize("tier", ["prod", "unknown"])
def test_the_whole_of_something_takes_two_persons_whatever_the_rule_says(tier: str):
    policy = policy_of(rule("hold", "one-person", verb="drop"))
    assert verdict_on(policy, lands(effect("drop", whole=True), tier)).quorum == 2
    assert verdict_on(policy, lands(DROP, tier)).quorum == 1


def test_an_unknown_environment_holds_what_production_would_block():
    policy = policy_of(EVERYTHING, rule("block", "no-drops", verb="drop", tier="prod"))
    verdict = verdict_on(policy, lands(DROP, "unknown"))
    assert (verdict.action, verdict.rule, verdict.quorum) == (Action.HOLD, "no-drops", 1)
    assert "judged as production" in verdict.because


def test_an_unknown_environment_could_be_the_one_a_rule_names():
    policy = policy_of(EVERYTHING, rule("block", "payments", verb="drop", environment="payments-*"))
    assert verdict_on(policy, lands(DROP, "unknown")).action is Action.HOLD
    assert verdict_on(policy, lands(DROP, "dev")).action is Action.ALLOW


def test_that_an_unknown_environment_is_the_one_a_rule_lets_pass_nobody_can_say():
    policy = policy_of(rule("allow", "shop", tier="prod", environment="shop"), rule("allow", "lost", tier="unknown"))
    assert verdict_on(policy, lands(DROP, "prod", "shop")).action is Action.ALLOW
    assert verdict_on(policy, lands(DROP, "prod", "payments")).action is Action.HOLD
    assert verdict_on(policy, lands(DROP, "unknown")).action is Action.HOLD


def test_an_unknown_environment_asks_where_production_asks():
    assert verdict_on(shipped(), lands(effect("create"), "unknown")).action is Action.ASK


def test_a_finding_in_two_environments_is_as_bad_as_the_worse_one():
    targets = (Target("file", "/a", place("dev")), Target("file", "/b", place("prod")))
    verdict = verdict_on(shipped(), Finding(DROP, targets))
    assert verdict.action is Action.HOLD
    assert [str(target) for target in verdict.finding.targets] == ["file:/b"]


def test_a_finding_without_a_target_lands_nowhere_known():
    assert verdict_on(shipped(), Finding(DROP, ())).action is Action.HOLD


def test_a_plan_without_a_finding_is_held_and_never_passes():
    assert decide(plan_of(), shipped(), STANDING).action is Action.HOLD


def test_a_rule_that_cannot_be_evaluated_holds_and_hides_no_stricter_one():
    broken = rule("allow", "broken", tier="dev")
    broken = broken.model_copy(update={"when": None})
    policy = policy_of(EVERYTHING, broken, rule("block", "no-prod", tier="prod"))
    assert verdict_on(policy, lands(DROP, "prod")).rule == "no-prod"
    verdict = verdict_on(policy, lands(DROP, "dev"))
    assert (verdict.action, verdict.rule, verdict.quorum) == (Action.HOLD, "rule-failed", 1)
    assert "agentguard policy check" in verdict.because


STOPS = [
    (Stop(), True),
    (Stop(environment="prod"), True),
    (Stop(environment="payments"), True),
    (Stop(environment="pay*"), True),
    (Stop(environment="staging"), False),
    (Stop(agent="claude-code"), True),
    (Stop(agent="codex"), False),
    (Stop(environment="prod", agent="codex"), False),
]


@pytest.mark.parametrize(("stop", "stops"), STOPS)
def test_a_stop_blocks_even_a_read_in_its_scope_and_nothing_beside_it(stop: Stop, stops: bool):
    verdict = verdict_on(shipped(), lands(READ, "prod", "payments"), standing=Standing(stops=(stop,)))
    assert (verdict.rule == "stopped") is stops
    assert (verdict.action is Action.BLOCK) is stops


def test_a_stop_says_who_and_why_and_covers_what_is_not_known():
    stop = Stop("prod", who="Ada", why="the restore is running")
    verdict = verdict_on(shipped(), lands(READ, "unknown"), standing=Standing(stops=(stop,)))
    assert verdict.action is Action.BLOCK
    assert "Ada" in verdict.because
    assert "the restore is running" in verdict.because


def test_an_open_breaker_blocks_all_but_reading():
    standing = Standing(breaker_open=True)
    assert verdict_on(shipped(), lands(effect("create"), "dev"), standing=standing).rule == "breaker-open"
    assert verdict_on(shipped(), lands(READ, "prod"), standing=standing).action is Action.ALLOW


@pytest.mark.parametrize(
    ("verb", "tier", "blocked"),
    [("read", "prod", False), ("create", "prod", True), ("create", "unknown", True), ("drop", "dev", False)],
)
def test_a_machine_that_is_not_enrolled_only_reads_in_production(verb: str, tier: str, blocked: bool):
    verdict = verdict_on(shipped(), lands(effect(verb), tier), standing=Standing(enrolled=False))
    assert (verdict.rule == "not-enrolled") is blocked
    assert (verdict.action is Action.BLOCK) is blocked


def test_a_hold_that_nobody_could_approve_says_so_and_what_to_do():
    alone = verdict_on(shipped(), lands(DROP, "prod"), standing=Standing(approvers=False))
    assert alone.action is Action.HOLD
    assert "run it yourself" in alone.because
    assert "run it yourself" not in verdict_on(shipped(), lands(DROP, "prod")).because


def test_a_verdict_tells_what_the_tables_and_the_rule_say():
    told = replace(DROP, because="the table and its rows are gone", safer=("rename it first",))
    verdict = verdict_on(
        policy_of(rule("block", safer=["dump it", "rename it first"], tier="prod")), lands(told, "prod")
    )
    assert verdict.because == "The table and its rows are gone. A-rule says so."
    assert verdict.safer == ("rename it first", "dump it")


def test_reasons_are_sentences_and_nothing_is_said_twice():
    assert sentences("it is gone.", "", "it is gone", "run it yourself") == "It is gone. Run it yourself."


def test_a_reason_that_begins_with_what_was_typed_quotes_it() -> None:
    assert sentences("rm keeps no copy", "it is big", program="rm") == "`rm` keeps no copy. It is big."
    assert sentences("find -delete removes all", program="find") == "`find -delete` removes all."
    assert sentences("-o empties the file", program="psql") == "`-o` empties the file."
    assert sentences("remote branches go", program="rm") == "Remote branches go."


def test_no_policy_at_all_holds():
    assert verdict_on(Policy("own", (), "0"), lands(READ, "local")).action is Action.HOLD


def test_a_hold_where_the_place_is_not_known_asks_for_what_production_would_ask():
    milder = rule("hold", "one-person", tier="unknown")
    graver = rule("hold", "three-persons", verb="drop", tier="prod", quorum=3, roles=["dba"], hardware=True)
    verdict = verdict_on(policy_of(milder, graver), lands(DROP, "unknown"))
    assert (verdict.rule, verdict.quorum, verdict.roles, verdict.hardware) == ("one-person", 3, ("dba",), True)
