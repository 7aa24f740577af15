"""How a broker stands, as it tells people."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """What `agentguard status` says. `since` in milliseconds UTC; `open_holds` counts held and approved ones.

    `warnings` tell what of the policy files is not heard, and why.
    """

    since: int
    policy: str
    policy_digest: str
    open_holds: int
    assurance: str = "advisory"
    warnings: tuple[str, ...] = ()
