"""The examples of a rule: command lines with the tier to assume, run when the policy loads.

Promises: a rule whose `match` it does not match, or whose `not_match` it does, never loads. Refuses to read commands
itself: a Planner is passed in, since the engine lies above this layer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from agentguard.model.environment import Environment, Tier
from agentguard.model.errors import PolicyError, did_you_mean
from agentguard.model.verdict import Finding, Plan, Standing
from agentguard.policy.decide import by_environment, ruling_on
from agentguard.policy.match import matches
from agentguard.policy.schema import Policy, Rule

Planner = Callable[[str], Plan]
SHAPE = "write it as `prod: kubectl delete deployment api`"


@dataclass(frozen=True, slots=True)
class Example:
    """One example: the environment to assume, and the command line."""

    text: str
    environment: Environment
    line: str


def read_example(text: str, place: str) -> Example:
    """`tier: command`, or `tier name: command`. Raises PolicyError."""
    head, colon, line = text.partition(":")
    tier, _, name = head.strip().partition(" ")
    if not colon or not line.strip():
        raise PolicyError(f"example `{text}` is no `tier: command`", place=place, hint=SHAPE)
    if tier not in tuple(Tier):
        raise PolicyError(f"unknown tier `{tier}`", place=place, hint=did_you_mean(tier, tuple(Tier)))
    return Example(text, Environment(name.strip() or tier, Tier(tier)), line.strip())


def planned(example: Example, planner: Planner) -> Plan:
    """The plan of the example's line, with everything in it moved to the example's environment."""
    plan = planner(example.line)
    return replace(plan, findings=tuple(_moved(finding, example.environment) for finding in plan.findings))


def _moved(finding: Finding, environment: Environment) -> Finding:
    return replace(finding, targets=tuple(replace(target, environment=environment) for target in finding.targets))


@dataclass(frozen=True, slots=True)
class Trial:
    """One example that was run: its plan, whether the rule should match it, and whether it does."""

    rule: Rule
    example: Example
    plan: Plan
    wanted: bool

    @property
    def matched(self) -> bool:
        return any(matches(self.rule, finding) for finding in self.plan.findings)

    @property
    def ok(self) -> bool:
        return self.matched is self.wanted

    @property
    def problem(self) -> str:
        """What is wrong where it is not ok."""
        if self.wanted:
            return f"the rule does not match its own example `{self.example.text}`"
        return f"the rule matches `{self.example.text}`, which it must not"


def trials(rule: Rule, place: str, planner: Planner) -> Iterator[Trial]:
    """Run the examples of one rule, those that must match first. Raises PolicyError for one that is no example."""
    place = f"{place}, rule `{rule.id}`"
    for texts, wanted in ((rule.match, True), (rule.not_match, False)):
        for text in texts:
            example = read_example(text, place)
            yield Trial(rule, example, planned(example, planner), wanted)


def check_examples(rule: Rule, place: str, planner: Planner) -> int:
    """Run the examples of one rule; returns how many there are. Raises PolicyError at the first that fails."""
    count = 0
    for trial in trials(rule, place, planner):
        if not trial.ok:
            raise PolicyError(trial.problem, place=f"{place}, rule `{rule.id}`", hint=found(trial.plan))
        count += 1
    return count


def found(plan: Plan) -> str:
    """What a plan holds, in the words a rule is written with."""
    return "it reads as " + ", and ".join(dict.fromkeys(_words(finding) for finding in plan.findings))


def _words(finding: Finding) -> str:
    effect = finding.effect
    whole = ", whole" if effect.whole else ""
    return f"{finding.class_}: {effect.describe()} ({finding.tier}, undo {effect.undo}{whole})"


def decided_by(trial: Trial, policy: Policy) -> tuple[str, ...]:
    """The rules that decide what the trial's rule matches; others, where a stricter one always comes first."""
    matching = (finding for finding in trial.plan.findings if matches(trial.rule, finding))
    parts = [part for finding in matching for part in by_environment(finding)]
    return tuple(dict.fromkeys(ruling_on(part, trial.plan, policy, Standing()).rule for part in parts))
