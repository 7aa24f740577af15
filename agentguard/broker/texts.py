"""What the agent is told: what would happen, to what, why, and a safer way. Every text is redacted by its maker."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.hold import Hold, Kind
from agentguard.model.verdict import Verdict

WAITING = {
    Kind.HOLD: "Needs a second person's approval.",
    Kind.ASK: "Needs the confirmation of whoever you work for, in a terminal of their own: agentguard confirm {id}",
}


@dataclass(frozen=True, slots=True)
class Spoken:
    """A verdict in words, redacted."""

    consequence: str
    because: str
    safer: tuple[str, ...]
    rule: str


def spoken(verdict: Verdict) -> Spoken:
    """The verdict's words as they are; whoever shows them redacts them first."""
    return Spoken(verdict.consequence, verdict.because, verdict.safer, verdict.rule)


def held_text(hold: Hold, *, alone: bool, changed: str = "") -> str:
    """For a call that waits. `alone`: nobody is listed who could approve; `changed`: why an approval is void."""
    needs = WAITING[hold.kind].format(id=hold.id)
    if hold.kind is Kind.HOLD and hold.quorum > 1:
        needs = f"Needs the approval of {hold.quorum} persons other than who asks."
    if hold.kind is Kind.HOLD and alone:
        needs = "Nobody is listed who could approve it: whoever you work for can run it in a terminal of their own."
    return "\n".join(
        (
            *([f"The approval of {hold.supersedes} is void: {sentence(changed)}"] if changed else []),
            f"HELD {hold.id}: {sentence(hold.consequence)} {needs}",
            f"Nothing has run. Wait with: agentguard wait {hold.id}   Then run the same command again, unchanged.",
            *_safer(hold.safer),
        )
    )


def asked_text(said: Spoken) -> str:
    """For the agent's own prompt."""
    return "\n".join((sentence(said.consequence), sentence(said.because), *_safer(said.safer)))


def blocked_text(said: Spoken) -> str:
    """For a call that nobody can approve."""
    why = f"Why: {sentence(said.because)} (rule {said.rule})"
    return "\n".join((f"BLOCKED: {sentence(said.consequence)}", why, "Nothing has run.", *_safer(said.safer)))


def flooded_text(waiting: int) -> str:
    """For a session that has too many calls waiting."""
    return (
        f"HELD: {waiting} calls of this session wait for somebody already, so this one is not put before anybody.\n"
        "Nothing has run. Let those be decided, or withdraw what is not needed: agentguard pending"
    )


def late_clock_text(hold: Hold) -> str:
    """For an approved call while the clock stands before the log's last entry."""
    return (
        f"HELD {hold.id}: it is approved, but this machine's clock went back, and nothing starts until it is right.\n"
        "Nothing has run. Set the clock, then run the same command again, unchanged."
    )


def sentence(text: str) -> str:
    """The text with an end."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _safer(ways: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"Safer: {sentence(way)}" for way in ways)
