"""Examples are run when a policy loads, and one that fails stops it."""

from __future__ import annotations

import pytest

from agentguard.model.effect import Effect
from agentguard.model.environment import Tier
from agentguard.model.errors import PolicyError
from agentguard.model.verdict import Plan
from agentguard.policy.examples import check_examples, decided_by, planned, read_example, trials
from agentguard.policy.load import load
from agentguard.policy.schema import Rule
from agentguard.policy.source import Owner, Source
from tests.policy.made import DROP, READ, effect, lands, plan_of, policy_of, rule

LINES: dict[str, tuple[Effect, ...]] = {
    "drop": (DROP,),
    "look": (READ,),
    "drop, then look": (DROP, READ),
    "drop all of it": (effect("drop", whole=True),),
}


def planner(line: str) -> Plan:
    return plan_of(*(lands(one, "local") for one in LINES[line]))


def with_examples(match: str, not_match: str, **when: object) -> Rule:
    return rule(**when).model_copy(update={"match": (match,), "not_match": (not_match,)})


@pytest.mark.parametrize(
    ("text", "name", "tier", "line"),
    [
        ("prod: kubectl delete deployment api", "prod", Tier.PROD, "kubectl delete deployment api"),
        ("prod payments-eu: psql -c 'x: y'", "payments-eu", Tier.PROD, "psql -c 'x: y'"),
        ("local:ls", "local", Tier.LOCAL, "ls"),
    ],
)
def test_an_example_is_a_tier_maybe_a_name_and_a_command_line(text: str, name: str, tier: Tier, line: str):
    example = read_example(text, "here")
    assert (example.environment.name, example.environment.tier, example.line) == (name, tier, line)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("prodd: ls", "unknown tier `prodd` in here: did you mean `prod`?"),
        ("kubectl get pods", "example `kubectl get pods` is no `tier: command` in here: write it as"),
        ("prod: ", "example `prod: ` is no `tier: command` in here: write it as"),
    ],
)
def test_what_is_no_example_says_how_to_write_one(text: str, said: str):
    with pytest.raises(PolicyError) as caught:
        read_example(text, "here")
    assert str(caught.value).startswith(said)


def test_everything_in_the_line_is_moved_to_the_examples_environment():
    plan = planned(read_example("prod payments: drop, then look", "here"), planner)
    environments = [target.environment for finding in plan.findings for target in finding.targets]
    assert [(one.name, one.tier) for one in environments] == [("payments", "prod")] * 2


def test_a_rule_that_does_what_its_examples_say_loads():
    one = with_examples("prod payments: drop, then look", "prod shop: drop", verb="drop", environment="payments")
    assert check_examples(one, "here", planner) == 2


def test_a_rule_that_misses_its_own_example_says_how_the_line_reads():
    with pytest.raises(PolicyError) as caught:
        check_examples(with_examples("dev: drop", "dev: look", tier="prod"), "team.toml", planner)
    assert str(caught.value) == (
        "the rule does not match its own example `dev: drop` in team.toml, rule `a-rule`: "
        "it reads as destructive: drop one sql.table (dev, undo none)"
    )


def test_a_rule_that_matches_what_it_must_not_says_so():
    with pytest.raises(PolicyError, match=r"the rule matches `prod: look`, which it must not in team\.toml"):
        check_examples(with_examples("prod: drop", "prod: look", tier="prod"), "team.toml", planner)


def test_a_trial_tells_which_rule_decides_it():
    drops = with_examples("prod: drop all of it", "dev: drop", verb="drop", tier="prod")
    stricter = rule("block", "z-whole", whole=True, verb="drop", tier="prod")
    (first, _) = trials(drops, "here", planner)
    assert decided_by(first, policy_of(drops)) == ("a-rule",)
    assert decided_by(first, policy_of(drops, stricter)) == ("z-whole",)


TEXT = """[[rule]]
id = "no-look"
because = "nobody looks"
action = "block"
when = { verb = "read" }
match = ["prod: MATCH"]
not_match = ["prod: drop"]
"""
OWN = Source("own.toml", TEXT.replace("MATCH", "look"))
WRONG = TEXT.replace("MATCH", "drop").replace("no-look", "wrong")


def test_loading_runs_the_examples_and_counts_them():
    assert [file.examples for file in load(OWN, planner=planner).files] == [2]


def test_loading_stops_at_a_rule_that_fails_its_own_example():
    with pytest.raises(PolicyError, match=r"does not match its own example `prod: drop` in further\.toml"):
        load(OWN, further=[Source("further.toml", WRONG)], planner=planner)


def test_a_projects_rule_that_fails_its_own_example_is_refused():
    policy = load(OWN, project=[Source("/x", WRONG, Owner.PROJECT)], planner=planner)
    assert [one.id for one in policy.rules] == ["no-look"]
    assert ["does not match its own example" in warning for warning in policy.warnings] == [True]
