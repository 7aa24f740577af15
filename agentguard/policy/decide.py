"""The verdict on a plan. Strictest match wins; the worst finding decides; the order of rules never matters.

Promises, each a law with a test: a finding more never lowers the verdict; a finding that no rule covers is held; an
environment that is not known holds what production would hold or block; a rule that cannot be evaluated holds.
Refuses to look at anything but its arguments.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from agentguard.model.effect import CLASS_ORDER, Effect, Verb
from agentguard.model.environment import NOWHERE, TIER_ORDER, Environment, Target, Tier
from agentguard.model.verdict import ACTION_ORDER, Action, Finding, Plan, Standing, Verdict
from agentguard.policy.consequence import consequence_of
from agentguard.policy.match import could_match, covers, matches, program_of
from agentguard.policy.schema import WHOLE_QUORUM, Policy, Rule, When
from agentguard.policy.standing import barred

PRODUCTION = Environment("prod", Tier.PROD)
COVERLESS = "no-rule"  # the verdict that comes from no rule of a file
FAILED = Rule(  # stands in for a rule that cannot be evaluated; its examples are never run
    id="rule-failed", because="?", action=Action.HOLD, when=When(), match=("prod: ?",), not_match=("prod: ?",)
)
NOBODY = (
    "Nobody is listed who could approve it: run it yourself, in a terminal of your own, "
    "or list a second person with `agentguard person add`"
)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What the rules say about one finding in one environment."""

    finding: Finding
    action: Action
    rule: str
    because: str
    safer: tuple[str, ...] = ()
    quorum: int = 0
    roles: tuple[str, ...] = ()
    hardware: bool = False

    @property
    def weight(self) -> tuple[int, int, int, int, bool, int]:
        """Orders rulings from harmless to worst: action, then class, then tier, then what a hold asks for."""
        return (
            ACTION_ORDER.index(self.action),
            CLASS_ORDER.index(self.finding.class_),
            TIER_ORDER.index(self.finding.tier),
            self.quorum,
            self.hardware,
            len(self.roles),
        )


def decide(plan: Plan, policy: Policy, standing: Standing) -> Verdict:
    """The verdict on a plan: that of its worst finding, by action, then class, then tier.

    Returns:
        A complete Verdict. Its quorum, roles and hardware are what all holding rules ask for together. Never raises.
    """
    parts = [part for finding in plan.findings or (UNSAID,) for part in by_environment(finding)]
    rulings = [ruling_on(part, plan, policy, standing) for part in parts]
    worst = _joined(rulings)
    others = [r.finding for r in rulings if r.finding is not worst.finding and r.action is not Action.ALLOW]
    return _verdict(worst, others, standing)


def by_environment(finding: Finding) -> tuple[Finding, ...]:
    """The finding as one for each environment it lands in; one that lands nowhere known lands in NOWHERE."""
    if not finding.targets:
        return (replace(finding, targets=(Target(finding.effect.kind, "?", NOWHERE),)),)
    places = dict.fromkeys(_place(target) for target in finding.targets)
    if len(places) == 1:
        return (finding,)
    return tuple(replace(finding, targets=tuple(t for t in finding.targets if _place(t) == here)) for here in places)


def _place(target: Target) -> tuple[str, Tier]:
    return target.environment.name, target.environment.tier


def ruling_on(finding: Finding, plan: Plan, policy: Policy, standing: Standing) -> Ruling:
    """What standing and rules say about one finding in one environment."""
    bar = barred(finding, plan.call.agent, standing)
    if bar:
        return Ruling(finding, Action.BLOCK, bar.rule, bar.because, bar.safer)
    return _not_below_production(_by_rules(finding, policy), policy)


def _by_rules(finding: Finding, policy: Policy, speaks: Callable[[Rule, Finding], bool] = matches) -> Ruling:
    speaking = [said for rule in policy.rules if (said := _said(rule, finding, speaks))]
    covered = any(all_of_it and rule.id not in policy.raising for rule, all_of_it in speaking)
    ruling = _strictest(finding, [rule for rule, all_of_it in speaking if all_of_it or rule.action is not Action.ALLOW])
    if covered or ruling.action in (Action.HOLD, Action.BLOCK):
        return ruling
    return Ruling(finding, Action.HOLD, COVERLESS, "no rule covers this", quorum=_quorum(1, finding))


def _said(rule: Rule, finding: Finding, speaks: Callable[[Rule, Finding], bool]) -> tuple[Rule, bool] | None:
    """The rule, and whether it speaks about all of the finding; None where it says nothing about it."""
    try:
        return (rule, covers(rule, finding)) if speaks(rule, finding) else None
    except Exception as failure:  # noqa: BLE001 - law 5: a rule that cannot be evaluated holds, and hides no other
        why = f"a rule could not be evaluated ({type(failure).__name__}: {failure}); run `agentguard policy check`"
        return FAILED.model_copy(update={"because": why}), True


def _strictest(finding: Finding, rules: list[Rule]) -> Ruling:
    """The ruling of the strictest rule; every rule that holds adds what it asks of the approvers."""
    if not rules:
        return Ruling(finding, Action.ALLOW, COVERLESS, "")
    rule = max(rules, key=lambda rule: rule.strictness)
    if rule.action is not Action.HOLD:
        return Ruling(finding, rule.action, rule.id, rule.because, rule.safer)
    holding = [rule for rule in rules if rule.action is Action.HOLD]
    return Ruling(
        finding,
        Action.HOLD,
        rule.id,
        rule.because,
        rule.safer,
        _quorum(max(rule.quorum for rule in holding), finding),
        tuple(sorted({role for rule in holding for role in rule.roles})),
        any(rule.hardware for rule in holding),
    )


def _quorum(asked: int, finding: Finding) -> int:
    """The whole of something in prod takes two persons, whatever the rule that matched says."""
    grave = finding.effect.whole and finding.tier in (Tier.PROD, Tier.UNKNOWN)
    return max(asked, WHOLE_QUORUM) if grave else asked


def _not_below_production(ruling: Ruling, policy: Policy) -> Ruling:
    """Law 4: where the environment is not known, hold what production would hold or block, and ask for no less."""
    finding = ruling.finding
    if finding.tier is not Tier.UNKNOWN or ruling.action is Action.BLOCK:
        return ruling
    there = replace(finding, targets=tuple(replace(t, environment=PRODUCTION) for t in finding.targets))
    would = _by_rules(there, policy, could_match)
    if would.action not in (Action.HOLD, Action.BLOCK):
        return ruling
    if would.action is Action.BLOCK:  # here it can be approved: by whom the rules behind the block would ask for
        milder = replace(policy, rules=tuple(rule for rule in policy.rules if rule.action is not Action.BLOCK))
        would = _asking_for_all(would, (would, _by_rules(there, milder, could_match)))
    if ruling.action is Action.HOLD:
        return _asking_for_all(ruling, (ruling, would))
    because = f"where this lands is not known, so it is judged as production: {would.because}"
    return replace(would, finding=finding, action=Action.HOLD, because=because, quorum=max(would.quorum, 1))


def _joined(rulings: list[Ruling]) -> Ruling:
    """The worst ruling, with what all the holds of the plan ask for: one approval is for all of it."""
    worst = max(rulings, key=lambda ruling: ruling.weight)
    if worst.action is not Action.HOLD:
        return worst
    return _asking_for_all(worst, [ruling for ruling in rulings if ruling.action is Action.HOLD])


def _asking_for_all(ruling: Ruling, holds: Sequence[Ruling]) -> Ruling:
    return replace(
        ruling,
        quorum=max(ruling.quorum for ruling in holds),
        roles=tuple(sorted({role for ruling in holds for role in ruling.roles})),
        hardware=any(ruling.hardware for ruling in holds),
    )


def _verdict(ruling: Ruling, others: Sequence[Finding], standing: Standing) -> Verdict:
    effect = ruling.finding.effect
    alone = ruling.action is Action.HOLD and not standing.approvers
    because = sentences(effect.because, ruling.because, NOBODY if alone else "", program=program_of(effect))
    safer = tuple(dict.fromkeys((*effect.safer, *ruling.safer)))
    return Verdict(
        ruling.action,
        ruling.rule,
        because,
        consequence_of(ruling.finding, others),
        safer,
        ruling.finding,
        ruling.quorum,
        ruling.roles,
        ruling.hardware,
    )


def sentences(*parts: str, program: str = "") -> str:
    """The parts that say something, each once, as sentences; what was typed (the program, an option) is quoted."""
    said = dict.fromkeys(part.strip().rstrip(".") for part in parts if part.strip())
    return " ".join(f"{_begun(part, program)}." for part in said)


def _begun(part: str, program: str) -> str:
    typed = re.match(rf"(?:{re.escape(program or '-')}(?: -\S+)*|-\S+)(?=\s)", part)
    return f"`{typed[0]}`{part[typed.end() :]}" if typed else f"{part[0].upper()}{part[1:]}"


UNSAID = Finding(Effect(Verb.UNKNOWN, "command", because="the plan names no effect"), ())
