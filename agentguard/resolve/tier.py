"""From names to a tier: which words and patterns of environments.toml a text matches, and what the pieces add up to.

Promises: words count whole (`product`, `nonprod`, `non-prod` are not prod); of several the most dangerous counts; a
text made at run time may raise a tier and never lowers one. Refuses to guess: what nothing matches is UNKNOWN.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from functools import lru_cache

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.environment import TIER_ORDER, Environment, Evidence, Names, Pattern, Tier
from agentguard.resolve.address import is_loopback

Piece = tuple[str, Evidence]  # the sort of a name, and where it stands

RAISING = frozenset({Tier.STAGING, Tier.PROD})
NEGATIONS = frozenset({"no", "non", "not"})
NAMED_ALONE = frozenset({"address", "branch", "tunnel"})  # a branch called fix/prod-login is no place: no word counts

_WORD = re.compile(r"[^\W\d_]+|\d+")
_CASE = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_LOOPBACK = Pattern("host", "loopback", Tier.DEV, "dev", place="this machine")


def rank(tier: Tier) -> int:
    """How dangerous a tier is, from local (0) to prod."""
    return TIER_ORDER.index(tier)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a name, split at anything but letters and at digits: `MySQL-live1` is mysql, live, 1."""
    return tuple(word.casefold() for word in _WORD.findall(text))


_own_words = lru_cache(maxsize=1024)(words_of)  # of patterns only: what is matched may be long, and a secret


def tier_of(names: Names, sort: str, text: str) -> tuple[Tier, Pattern] | None:
    """The most dangerous pattern that a name of this sort matches, with its tier; None where none does.

    Loopback hosts are dev by themselves. In a text partly made at run time, and for words found only by a change of
    case (`DevOps`, `shopProd`), nothing below staging counts.
    """
    found = list(_matching(names.patterns, sort, text))
    if sort == "host" and is_loopback(text):
        found.append(_LOOPBACK)
    strongest = max(found, key=lambda pattern: rank(pattern.tier), default=None)
    return (strongest.tier, strongest) if strongest else None


def environment_of(names: Names, evidence: Sequence[Piece], raising: Sequence[Piece] = ()) -> Environment:
    """What the pieces add up to: the most dangerous of those that match, UNKNOWN where none does.

    Args:
        names: the patterns that apply.
        evidence: the pieces that tell the target; a piece that matches nothing says nothing.
        raising: labels beside the target (a directory, the name behind an address): they raise and never lower.

    Returns:
        The environment, the piece that decided first among its evidence.
    """
    every = (*evidence, *raising)
    tier, name, decided = _strongest(names, evidence) or (Tier.UNKNOWN, "unknown", None)
    stricter = (_strongest(names, raising), _strongest(Names(names.raising), every))
    for found in stricter:
        if found and rank(found[0]) > rank(tier):
            tier, name, decided = found
    told = [piece for _, piece in evidence]
    if decided is not None:
        told = [decided, *(piece for piece in told if piece != decided)]
    return Environment(name, tier, tuple(_shown(piece) for piece in told))


def worst(environments: Iterable[Environment]) -> Environment:
    """The most dangerous of several that all apply, with the evidence of every one. At least one is given."""
    ordered = sorted(environments, key=lambda environment: rank(environment.tier), reverse=True)
    evidence = dict.fromkeys(piece for environment in ordered for piece in environment.evidence)
    return replace(ordered[0], evidence=tuple(evidence))


def _strongest(names: Names, pieces: Sequence[Piece]) -> tuple[Tier, str, Evidence] | None:
    found = [(hit, piece) for sort, piece in pieces if (hit := tier_of(names, sort, piece.says))]
    if not found:
        return None
    (tier, pattern), piece = max(found, key=lambda each: rank(each[0][0]))
    return tier, pattern.name, piece


def _shown(piece: Evidence) -> Evidence:
    return replace(piece, says=piece.says.replace(UNKNOWN_PART, "…")) if UNKNOWN_PART in piece.says else piece


def _matching(patterns: Sequence[Pattern], sort: str, text: str) -> Iterable[Pattern]:
    applying = [p for p in patterns if p.sort == sort or (p.sort == "any" and sort not in NAMED_ALONE)]
    certain = UNKNOWN_PART not in text and "…" not in text  # the one inside the engine, the other as people read it
    plain = text.casefold()
    for pattern in applying:
        if not pattern.word and certain and fnmatchcase(plain, pattern.text.casefold()):
            yield pattern
    phrases = [pattern for pattern in applying if pattern.word]
    yield from (p for p in _phrases_in(words_of(text), phrases) if certain or p.tier in RAISING)
    by_case = _CASE.sub("-", text)
    if by_case != text:
        yield from (p for p in _phrases_in(words_of(by_case), phrases) if p.tier in RAISING)


def _phrases_in(words: tuple[str, ...], phrases: Sequence[Pattern]) -> Iterable[Pattern]:
    """The patterns whose words stand in a row in `words`; a longer one hides the shorter in it (pre-prod, prod)."""
    starting: dict[str, list[tuple[tuple[str, ...], Pattern]]] = {}
    for pattern in phrases:
        if own := _own_words(pattern.text):
            starting.setdefault(own[0], []).append((own, pattern))
    at = 0
    while at < len(words):
        fitting = [(len(own), p) for own, p in starting.get(words[at], ()) if words[at : at + len(own)] == own]
        longest = max((length for length, _ in fitting), default=1)
        if at == 0 or words[at - 1] not in NEGATIONS:
            yield from (pattern for length, pattern in fitting if length == longest)
        at += longest
