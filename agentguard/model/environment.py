"""Where an effect lands: the environment, its tier, and the evidence that says so."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Tier(StrEnum):
    LOCAL = "local"
    DEV = "dev"
    STAGING = "staging"
    PROD = "prod"
    UNKNOWN = "unknown"


TIER_ORDER = (Tier.LOCAL, Tier.DEV, Tier.STAGING, Tier.UNKNOWN, Tier.PROD)  # least to most dangerous


@dataclass(frozen=True, slots=True)
class Evidence:
    """One fact that told the environment: `source` is the file, variable or flag, `says` what stands there.

    Never a secret: a user, a host, a profile's name; not the password or token beside it.
    """

    source: str
    says: str

    def __str__(self) -> str:
        return f"{self.source} is {self.says}"


@dataclass(frozen=True, slots=True)
class Environment:
    """A name people use, its tier, and why it is thought to be that one."""

    name: str
    tier: Tier
    evidence: tuple[Evidence, ...] = ()


LOCAL = Environment("local", Tier.LOCAL)
NOWHERE = Environment("unknown", Tier.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Target:
    """What an effect hits: kind and name of the object, and the environment it lies in."""

    kind: str
    name: str
    environment: Environment

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line of environments.toml: names of one sort that mean one tier.

    `sort` is what the text is (host, account, profile, context, cluster, namespace, project, subscription, bucket,
    database, branch, workspace, stack, app, address, …) or `any`. `text` matches the whole name as a glob, or, where
    `word` is true, one whole word inside it (`prod` in `prod-eu`, never in `product`).
    """

    sort: str
    text: str
    tier: Tier
    name: str
    word: bool = False
    place: str = ""  # the file and entry that says so


@dataclass(frozen=True, slots=True)
class Names:
    """Which names mean which environment: the patterns of every environments.toml that applies, in no order.

    `raising` are those of a project's own file, which comes with a checkout: they raise a tier and never lower one.
    Reading and matching live in `resolve/tier.py` and `policy/names.py`; this is only the value.
    """

    patterns: tuple[Pattern, ...] = ()
    raising: tuple[Pattern, ...] = ()
