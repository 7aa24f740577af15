"""Does a rule speak about a finding? One test a key of `when`; all of them must hold.

Promises: what is not known never gets out of a rule's reach. An unknown undo counts as none, an unknown reach as all,
and an object whose name is made at run time could be any. The other way round, a rule that lets pass must cover every
object: `covers` tells that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase

from agentguard.model.command import UNKNOWN_PART, Command
from agentguard.model.effect import Effect, Reach, Undo
from agentguard.model.verdict import Action, Finding
from agentguard.policy.schema import Rule, When


def matches(rule: Rule, finding: Finding) -> bool:
    """True where the rule speaks about the finding, or about any one of its objects."""
    return all(test(rule.when, finding) for test in (*OF_EFFECT, _tier, _environment))


def could_match(rule: Rule, finding: Finding) -> bool:
    """As `matches`, where the name of the environment is not known.

    It could be the one that a stopping rule asks for; that it is the one a rule lets pass, nobody can say.
    """
    if rule.when.environment and rule.action in (Action.ALLOW, Action.ASK):
        return False
    return all(test(rule.when, finding) for test in (*OF_EFFECT, _tier))


def covers(rule: Rule, finding: Finding) -> bool:
    """True where the rule speaks about every object of the finding, each by its exact name."""
    globs, objects = rule.when.object, finding.effect.objects
    if not globs:
        return True
    known = bool(objects) and not any(_made_at_run_time(name) for name in objects)
    return known and all(any(fnmatchcase(name, glob) for glob in globs) for name in objects)


def _class(when: When, finding: Finding) -> bool:
    return not when.class_ or finding.class_ in when.class_


def _verb(when: When, finding: Finding) -> bool:
    return not when.verb or finding.effect.verb in when.verb


def _kind(when: When, finding: Finding) -> bool:
    return not when.kind or _any(finding.effect.kind, when.kind)


def _at(when: When, finding: Finding) -> bool:
    return not when.at or finding.effect.at in when.at


def _reach(when: When, finding: Finding) -> bool:
    reach = finding.effect.reach
    return not when.reach or reach in when.reach or (reach is Reach.UNKNOWN and Reach.ALL in when.reach)


def _undo(when: When, finding: Finding) -> bool:
    undo = finding.effect.undo
    return not when.undo or undo in when.undo or (undo is Undo.UNKNOWN and Undo.NONE in when.undo)


def _whole(when: When, finding: Finding) -> bool:
    return when.whole is None or finding.effect.whole is when.whole


def _program(when: When, finding: Finding) -> bool:
    return not when.program or _any(program_of(finding.effect), when.program)


def _object(when: When, finding: Finding) -> bool:
    names = finding.effect.objects
    return not when.object or not names or any(_made_at_run_time(n) or _any(n, when.object) for n in names)


def _tier(when: When, finding: Finding) -> bool:
    return not when.tier or finding.tier in when.tier


def _environment(when: When, finding: Finding) -> bool:
    return not when.environment or any(_any(t.environment.name, when.environment) for t in finding.targets)


Test = Callable[[When, Finding], bool]
OF_EFFECT: tuple[Test, ...] = (_class, _verb, _kind, _at, _reach, _undo, _whole, _program, _object)


def program_of(effect: Effect) -> str:
    """The program an effect comes from; for a statement, the client that sends it. Empty where there is none."""
    source = effect.source
    command = source if isinstance(source, Command) or source is None else source.carrier
    return command.program if command else ""


def _any(name: str, globs: Iterable[str]) -> bool:
    folded = name.casefold()  # SQL and clouds fold case; a stop must not depend on how a name was typed
    return any(fnmatchcase(folded, glob.casefold()) for glob in globs)


def _made_at_run_time(name: str) -> bool:
    return UNKNOWN_PART in name or "…" in name
