"""How verdicts, environments and undo are marked: a word, a shape and a colour each, any one of which is enough."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agentguard.cli.display import argument, display
from agentguard.cli.text import Span, Tone
from agentguard.model.effect import Undo
from agentguard.model.environment import Tier
from agentguard.model.verdict import Action


class Mark(NamedTuple):
    """What is written, the tone of a band of it, and what it means in a few words."""

    text: str
    tone: Tone
    meaning: str = ""


ACTIONS = {
    Action.ALLOW: Mark(" ✓ ALLOW ", Tone.GOOD_BAND, "it would simply run"),
    Action.ASK: Mark(" ? ASK ", Tone.CARE_BAND, "the developer at the keyboard must confirm it"),
    Action.HOLD: Mark(" ■ HOLD ", Tone.BAD_BAND, "a second person must approve it before it runs"),
    Action.BLOCK: Mark(" ✗ BLOCK ", Tone.BAD_BAND, "it would not run"),
}

TIERS = {
    Tier.PROD: Mark("▓▓ PROD ▓▓", Tone.BAD_BAND),
    Tier.UNKNOWN: Mark("?? UNKNOWN ??", Tone.BAD_BAND),
    Tier.STAGING: Mark("-- staging --", Tone.CARE_BAND),
    Tier.DEV: Mark(".. dev ..", Tone.GOOD_BAND),
    Tier.LOCAL: Mark("( local )", Tone.GOOD_BAND),
}

UNDOS = {
    Undo.TRIVIAL: "nothing is lost by it",
    Undo.BACKUP: "can be had back",
    Undo.NONE: "cannot be undone",
    Undo.UNKNOWN: "whether it can be undone is not known",
}


NAMELESS = "?"  # how a target is called whose name nobody knows


def named(name: str) -> str:
    """The name of a target, displayed; nothing that has a name can look like one that has none."""
    return "(not named)" if name == NAMELESS else argument(name)


def environment(tier: Tier, name: str) -> tuple[Span, ...]:
    """The band of an environment, and its name where that says more than the band does."""
    mark = TIERS[tier]
    band = Span(mark.text, mark.tone)
    return (band,) if name in ("", tier.value) else (band, Span(f" {display(name)}", Tone.STRONG))


def needs(quorum: int, roles: Sequence[str], *, hardware: bool) -> str:
    """Who must approve: how many persons, with which roles and keys."""
    persons = "1 person" if quorum == 1 else f"{quorum} persons"
    having = f" with the role {' and '.join(roles)}" if roles else ""
    return display(f"{persons} beside the requester{having}{', with a key in hardware' if hardware else ''}")
