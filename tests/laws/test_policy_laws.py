"""Laws 3, 4 and 7 over generated policies and findings, each with planted bugs that it must catch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from hypothesis import Phase, example, given, settings
from hypothesis import strategies as st

from agentguard.model.effect import Class, Effect, Reach, Undo, Verb
from agentguard.model.environment import Environment, Target, Tier
from agentguard.model.verdict import ACTION_ORDER, Action, Finding, Verdict
from agentguard.policy.load import shipped
from agentguard.policy.match import covers, matches
from agentguard.policy.schema import Policy, Rule, When
from tests.policy.made import DROP, lands, policy_of, rule, verdict_on

deciding: Any = import_module("agentguard.policy.decide")  # the package's own `decide` is the function
BUDGET = 400  # examples in which a planted bug must be found

OBJECTS = ("orders", "items", "tmp_a", "…")
NAMES = ("payments", "shop", "unknown")
HOLD = ACTION_ORDER.index(Action.HOLD)

effects = st.builds(
    Effect,
    verb=st.sampled_from(list(Verb)),
    kind=st.sampled_from(["sql.table", "file"]),
    objects=st.lists(st.sampled_from(OBJECTS), max_size=2, unique=True).map(tuple),
    reach=st.sampled_from(list(Reach)),
    undo=st.sampled_from(list(Undo)),
    whole=st.booleans(),
    at=st.sampled_from(["database", "files"]),
)
environments = st.builds(Environment, st.sampled_from(NAMES), st.sampled_from(list(Tier)))


@st.composite
def findings_of(draw: st.DrawFn) -> Finding:
    effect = draw(effects)
    places = draw(st.lists(environments, min_size=1, max_size=2))
    return Finding(effect, tuple(Target(effect.kind, "x", place) for place in places))


def some(words: object) -> st.SearchStrategy[tuple[object, ...]]:
    return st.lists(st.sampled_from(list(words)), min_size=1, max_size=4, unique=True).map(tuple)  # type: ignore[call-overload]


# Conditions are wide on purpose: rules that hardly ever match find no bug.
whens = st.fixed_dictionaries(
    {"tier": some(Tier)},
    optional={
        "class": some(Class),
        "environment": some(["pay*", "shop"]),
        "undo": some(Undo),
        "whole": st.booleans(),
        "object": some(["tmp_*", "orders", "*"]),
    },
)


ACTIONS = (*ACTION_ORDER, Action.HOLD, Action.HOLD)  # a block hides what the holds ask for


@st.composite
def policies(draw: st.DrawFn) -> Policy:
    rules = tuple(
        Rule(
            id=f"rule-{number}",
            because="so it is",
            action=draw(st.sampled_from(ACTIONS)),
            when=When.model_validate(draw(whens)),
            match=("prod: x",),
            not_match=("dev: x",),
            quorum=draw(st.integers(1, 3)),
            roles=draw(st.lists(st.sampled_from(["dba", "lead"]), max_size=1).map(tuple)),
            hardware=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    raising = frozenset(r.id for r in rules if r.action is not Action.ALLOW and draw(st.booleans()))
    return policy_of(*rules, raising=raising)


plans = st.lists(findings_of(), min_size=1, max_size=3)


def asks_no_less(stricter: Verdict, milder: Verdict) -> None:
    """The first verdict is at least as strict, in its action and in what a hold asks of the approvers."""
    here, there = ACTION_ORDER.index(stricter.action), ACTION_ORDER.index(milder.action)
    assert here >= there
    if here == there == HOLD:
        assert stricter.quorum >= milder.quorum
        assert set(stricter.roles) >= set(milder.roles)
        assert stricter.hardware >= milder.hardware


def law_3(policy: Policy, findings: list[Finding], more: Finding) -> None:
    """A finding more never lowers the verdict, and where it stands does not matter."""
    longer = verdict_on(policy, *findings, more)
    asks_no_less(longer, verdict_on(policy, *findings))
    front = verdict_on(policy, more, *findings)
    assert (front.action, front.quorum, front.roles) == (longer.action, longer.quorum, longer.roles)


def law_4(policy: Policy, effect: Effect, name: str) -> None:
    """What production would hold or block, whatever it is called, is held at least where the place is not known."""
    there = verdict_on(policy, lands(effect, "prod", name))
    if ACTION_ORDER.index(there.action) >= HOLD:
        lost = verdict_on(policy, lands(effect, "unknown"))
        assert ACTION_ORDER.index(lost.action) >= HOLD
        assert lost.quorum >= 1 or lost.action is Action.BLOCK


def law_7_removing(policy: Policy, findings: list[Finding], gone: int) -> None:
    """Without one rule, the verdict is no milder than any other that speaks, or than a hold for want of one."""
    rules = tuple(r for number, r in enumerate(policy.rules) if number != gone % max(len(policy.rules), 1))
    left = verdict_on(replace(policy, rules=rules), *findings)
    for finding in findings:
        for part in deciding.by_environment(finding):
            speaking = [r for r in rules if matches(r, part) and (r.action is not Action.ALLOW or covers(r, part))]
            for speaker in speaking:
                assert ACTION_ORDER.index(left.action) >= ACTION_ORDER.index(speaker.action)
            if not any(covers(r, part) for r in speaking if r.id not in policy.raising):
                assert ACTION_ORDER.index(left.action) >= HOLD


def law_7_order(policy: Policy, findings: list[Finding], turn: int) -> None:
    """The order of rules changes nothing that is said."""
    turned = policy.rules[turn:] + policy.rules[:turn]
    assert verdict_on(replace(policy, rules=turned), *findings) == verdict_on(policy, *findings)
    assert verdict_on(replace(policy, rules=policy.rules[::-1]), *findings) == verdict_on(policy, *findings)


def law_7_tightening(policy: Policy, findings: list[Finding], more: Policy) -> None:
    """Rules that only raise never lower a verdict, whatever they say."""
    extra = tuple(r.model_copy(update={"id": f"more-{r.id}"}) for r in more.rules if r.action is not Action.ALLOW)
    wider = replace(policy, rules=policy.rules + extra, raising=policy.raising | {r.id for r in extra})
    asks_no_less(verdict_on(wider, *findings), verdict_on(policy, *findings))


Law = Callable[..., None]
turns = st.integers(0, 2)
LAWS: dict[str, tuple[Law, tuple[st.SearchStrategy[object], ...]]] = {
    "3": (law_3, (policies(), plans, findings_of())),
    "4": (law_4, (policies(), effects, st.sampled_from(NAMES))),
    "7 removing": (law_7_removing, (policies(), plans, turns)),
    "7 order": (law_7_order, (policies(), plans, turns)),
    "7 tightening": (law_7_tightening, (policies(), plans, policies())),
}


@pytest.mark.parametrize("name", list(LAWS))
def test_the_law_holds(name: str) -> None:
    law, drawn = LAWS[name]
    settings(max_examples=150, deadline=None)(given(*drawn)(law))()


@pytest.mark.parametrize("base", ["default", "solo", "team"])
def test_the_shipped_policies_keep_law_4(base: str) -> None:
    policy = shipped(base)

    @settings(max_examples=100, deadline=None)
    @given(effects, st.sampled_from(NAMES))
    @example(DROP, "payments")
    def holds(effect: Effect, name: str) -> None:
        law_4(policy, effect, name)

    holds()


def the_mildest_finding_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    def mildest(rulings: list[Any]) -> Any:
        return min(rulings, key=lambda ruling: ruling.weight)

    monkeypatch.setattr(deciding, "_joined", mildest)


def the_last_finding_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_joined", lambda rulings: rulings[-1])


def only_the_worst_finding_asks_for_votes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_joined", lambda rulings: max(rulings, key=lambda ruling: ruling.weight))


def only_the_first_target_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "by_environment", lambda finding: (finding,))


def an_unknown_place_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "_not_below_production", lambda ruling, _: ruling)


def an_unknown_place_has_no_name_to_match(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "could_match", matches)


def the_first_rule_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    strictest = deciding._strictest
    monkeypatch.setattr(deciding, "_strictest", lambda finding, rules: strictest(finding, rules[:1]))


def one_holding_rule_speaks_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    strictest = deciding._strictest

    def alone(finding: Finding, rules: list[Rule]) -> Any:
        return strictest(finding, sorted(rules, key=lambda r: r.strictness)[-1:])

    monkeypatch.setattr(deciding, "_strictest", alone)


def a_raising_rule_covers(monkeypatch: pytest.MonkeyPatch) -> None:
    by_rules = deciding._by_rules
    monkeypatch.setattr(
        deciding, "_by_rules", lambda f, policy, *rest: by_rules(f, replace(policy, raising=frozenset()), *rest)
    )


def what_no_rule_covers_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_rules(finding: Finding, policy: Policy, speaks: object = matches) -> Any:  # noqa: ARG001 - as the real one
        return deciding._strictest(finding, [r for r in policy.rules if matches(r, finding)])

    monkeypatch.setattr(deciding, "_by_rules", by_rules)


def one_object_lets_all_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deciding, "covers", matches)


MUTANTS = [
    ("3", the_mildest_finding_decides),
    ("3", the_last_finding_decides),
    ("3", only_the_worst_finding_asks_for_votes),
    ("4", an_unknown_place_is_taken_as_it_is),
    ("4", an_unknown_place_has_no_name_to_match),
    ("7 removing", the_first_rule_decides),
    ("7 removing", what_no_rule_covers_passes),
    ("7 removing", one_object_lets_all_pass),
    ("7 order", the_first_rule_decides),
    ("7 tightening", one_holding_rule_speaks_for_all),
    ("7 tightening", a_raising_rule_covers),
]


@pytest.mark.parametrize(("name", "plant"), MUTANTS, ids=[f"law {name}: {plant.__name__}" for name, plant in MUTANTS])
def test_a_planted_bug_in_the_policy_is_caught(
    name: str, plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    law, drawn = LAWS[name]
    plant(monkeypatch)
    bounded = settings(
        max_examples=BUDGET,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        report_multiple_bugs=False,
    )
    with pytest.raises(AssertionError):
        bounded(given(*drawn)(law))()


def test_a_finding_in_two_places_is_judged_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    policy = policy_of(rule("allow", "dev", tier="dev"), rule("block", "prod", tier="prod"))
    here, there = lands(DROP, "dev"), lands(DROP, "prod")
    both = Finding(DROP, here.targets + there.targets)
    assert verdict_on(policy, both).action is Action.BLOCK
    only_the_first_target_counts(monkeypatch)
    assert verdict_on(policy, both).action is Action.ALLOW
