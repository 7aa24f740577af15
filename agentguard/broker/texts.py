"""What the agent is told: what would happen, to what, why, and a safer way. Every text is redacted by its maker."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.hold import Hold, Kind, Tries
from agentguard.model.verdict import Verdict


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


def held_text(hold: Hold, *, able: int, changed: str = "") -> str:
    """For a call that waits. `able` persons could approve it; `changed` says why an approval before it is void."""
    return "\n".join(
        (
            *([f"The approval of {hold.supersedes} is void: {sentence(changed)}"] if changed else []),
            f"HELD {hold.id}: {sentence(hold.consequence)} {_needs(hold, able)}",
            f"Nothing has run. {_way_on(hold, able)}",
            *_again(hold.tries),
            *_safer(hold.safer),
        )
    )


def _needs(hold: Hold, able: int) -> str:
    if hold.kind is Kind.ASK:
        return (
            f"Needs the confirmation of whoever you work for, in a terminal of their own: agentguard confirm {hold.id}"
        )
    if not able:
        return "Needs a second person's approval, and nobody is listed who could give it."
    few = f", and only {able} listed could give it" if able < hold.quorum else ""
    whose = (
        "a second person's approval" if hold.quorum == 1 else f"the approval of {hold.quorum} persons who did not ask"
    )
    return f"Needs {whose}{few}."


def _way_on(hold: Hold, able: int) -> str:
    if hold.kind is Kind.HOLD and able < hold.quorum:
        return "Whoever you work for can list somebody (agentguard person add), or run it in a terminal of their own."
    return f"Wait with: agentguard wait {hold.id}   Then run the same command again, unchanged."


def asked_text(said: Spoken, tries: Tries) -> str:
    """For the agent's own prompt."""
    return "\n".join((sentence(said.consequence), sentence(said.because), *_again(tries), *_safer(said.safer)))


def blocked_text(said: Spoken, tries: Tries) -> str:
    """For a call that nobody can approve."""
    why = f"Why: {sentence(said.because)} (rule {said.rule})"
    again = _again(tries)
    return "\n".join((f"BLOCKED: {sentence(said.consequence)}", why, "Nothing has run.", *again, *_safer(said.safer)))


def _again(tries: Tries) -> tuple[str, ...]:
    """What to say of a call that came to nothing before."""
    if not tries.all:
        return ()
    after = "a refusal" if tries.refused else "a failure"
    vain = " Asking again will not change it." if tries.refused else ""
    return (f"Asked again after {after} ({tries.all + 1} times now; the last: {tries.last}).{vain}",)


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


def legible(text: str) -> str:
    """The text for an agent's screen: what could move a cursor, hide or turn the reading order is written out."""
    return "".join(c if c == "\n" or c.isprintable() else f"\\u{{{ord(c):x}}}" for c in text)


def sentence(text: str) -> str:
    """The text with an end."""
    text = text.strip()
    return text if not text or text.endswith((".", "!", "?")) else f"{text}."


def _safer(ways: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"Safer: {sentence(way)}" for way in ways)
