"""What bars a call before any rule is asked: a pressed stop, an open breaker, a machine that is not enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from agentguard.model.effect import Class
from agentguard.model.environment import Tier
from agentguard.model.verdict import Finding, Standing, Stop


@dataclass(frozen=True, slots=True)
class Bar:
    """Why nothing of this runs, whatever the rules say."""

    rule: str
    because: str
    safer: tuple[str, ...]


def barred(finding: Finding, agent: str, standing: Standing) -> Bar | None:
    """What bars the finding, the stop first; None where nothing does."""
    stop = next((stop for stop in standing.stops if _covers(stop, finding, agent)), None)
    if stop:
        return _stopped(stop)
    if standing.breaker_open and finding.class_ is not Class.READ:
        return BREAKER
    shared = finding.tier in (Tier.PROD, Tier.UNKNOWN)
    if not standing.enrolled and shared and finding.class_ is not Class.READ:
        return NOT_ENROLLED
    return None


def _covers(stop: Stop, finding: Finding, agent: str) -> bool:
    """An environment that is not known could be the one that was stopped."""
    here = finding.targets[0].environment
    named = not stop.environment or here.tier is Tier.UNKNOWN
    placed = named or stop.environment == here.tier or fnmatchcase(here.name, stop.environment)
    return placed and (not stop.agent or stop.agent == agent)


def _stopped(stop: Stop) -> Bar:
    why = f": {stop.why}" if stop.why else ""
    because = f"{stop.who or 'somebody'} stopped {stop.agent or 'every agent'} in {stop.environment or 'all'}{why}"
    return Bar("stopped", because, ("wait until the quorum has run `agentguard resume`",))


BREAKER = Bar(
    "breaker-open",
    "the same call failed or was refused twice in a row here, and going on would only repeat it",
    ("read why with `agentguard log tail`; a person closes the breaker with `agentguard resume --read ENTRY`",),
)
NOT_ENROLLED = Bar(
    "not-enrolled",
    "this machine has no way into production until a second person has enrolled it",
    ("ask an approver to enrol this machine", "do it in staging or locally"),
)
