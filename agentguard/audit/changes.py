"""In words, what changed between two records of the same call: why an approval is void.

Promises: every part that an approval is bound to is told by its name, its old and new value where that is no secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentguard.audit.binding import ABSENT, scripts_by_name
from agentguard.model.hold import HeldCall

Story = Callable[[str, str | None, str | None], str]  # a name, and its seal before and now


def differences(old: HeldCall, new: HeldCall) -> tuple[str, ...]:
    """In words, what changed from one record to the next; empty where nothing did that an approval is bound to."""
    return (
        *_plain_differences(old, new),
        *_told(scripts_by_name(old), scripts_by_name(new), _script_story),
        *_told(_known(old), _known(new), _fact_story),
        *_place_differences(old, new),
    )


def _plain_differences(old: HeldCall, new: HeldCall) -> tuple[str, ...]:
    rows = (
        ("the call itself", old.seal, new.seal, "what it says"),
        ("the directory", old.cwd, new.cwd, ""),
        ("the agent", old.agent, new.agent, ""),
        ("the user", old.user, new.user, ""),
    )
    return tuple(
        f"{what} changed" + ("" if hidden else f" from {was} to {now}") for what, was, now, hidden in rows if was != now
    )


def _told(before: Mapping[str, str], now: Mapping[str, str], story: Story) -> tuple[str, ...]:
    changed = (name for name in sorted(before.keys() | now.keys()) if before.get(name) != now.get(name))
    return tuple(story(name, before.get(name), now.get(name)) for name in changed)


def _script_story(path: str, was: str | None, now: str | None) -> str:
    if now is None:
        return f"{path} is not read any more"
    if now == ABSENT:
        return f"{path} is gone"
    return f"{path} was rewritten" if was else f"{path} is new"


def _known(record: HeldCall) -> Mapping[str, str]:
    return {fact.subject: fact.seal for fact in record.facts}


def _fact_story(subject: str, was: str | None, now: str | None) -> str:
    file = subject.startswith("/")
    if now is None:
        return f"{subject} is {'gone, or says nothing' if file else 'not set'} any more"
    if was is None:
        return f"{subject} is {'new' if file else 'set now'}"
    return f"{subject} says something else" if file else f"{subject} has another value"


def _place_differences(old: HeldCall, new: HeldCall) -> tuple[str, ...]:
    """What it would do that it would not have done, where that lands, and what says so; and the other way round."""
    rows = (("it would now", "it would no longer", _deeds), ("now", "no longer", _evidence))
    told = [
        f"{word} {'; '.join(sorted(more))}"
        for came, went, seen in rows
        for word, more in ((came, seen(new) - seen(old)), (went, seen(old) - seen(new)))
        if more
    ]
    return tuple(told) or (() if old.effects == new.effects else ("what it does, or the order of it, changed",))


def _deeds(record: HeldCall) -> frozenset[str]:
    return frozenset(
        f"{effect.verb} {effect.reach} {target.kind}:{target.name} in {target.environment} ({target.tier})"
        for effect in record.effects
        for target in effect.targets
    )


def _evidence(record: HeldCall) -> frozenset[str]:
    return frozenset(fact for effect in record.effects for target in effect.targets for fact in target.evidence)
