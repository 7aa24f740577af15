"""From the texts of policy files to one Policy: a base that decides, and files that may only tighten it.

Promises: what does not load stops the start, and names file, rule, key and a way out. Only the file that comes with a
project stops nothing: it is refused with a warning. Refuses to look for files: texts are passed in (`layers.py` says
where they lie).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from agentguard.model.environment import Names, Pattern
from agentguard.model.errors import PolicyError, did_you_mean
from agentguard.policy.examples import Planner
from agentguard.policy.people import lifetimes, people
from agentguard.policy.project import admitted
from agentguard.policy.schema import BASES, Policy, Rule
from agentguard.policy.shipped import shipped_text
from agentguard.policy.source import Owner, Source, check_ids, loaded, read_source, tightening

NO_NAMES = Names()


def load(
    base: str | Source = "default",
    *,
    further: Sequence[Source] = (),
    project: Sequence[Source] = (),
    planner: Planner | None = None,
    names: Names = NO_NAMES,
) -> Policy:
    """One policy of a base and everything that tightens it.

    Args:
        base: the name of a base that ships, or a file that is a base of its own.
        further: files of the system and the user. They add rules that raise, persons and lifetimes.
        project: files that came with a checkout. They add rules that raise, and nothing else.
        planner: reads the command lines of the examples; without one no example is run.
        names: which names mean which environment; part of the digest.

    Raises:
        PolicyError: a file does not load, or a rule fails its own example; never for a project's file.
    """
    trusted = [read_source(_base_source(base)), *(tightening(read_source(source)) for source in further)]
    check_ids(trusted)
    files = tuple(loaded(read, planner) for read in trusted)
    raising, refusals = admitted(project, frozenset().union(*(read.ids for read in trusted)), planner)
    persons, unheard = people(trusted)
    rules = tuple(sorted((r for read in (*trusted, *raising) for r in read.file.rule), key=lambda rule: rule.id))
    only_raise: frozenset[str] = frozenset().union(*(read.ids for read in (*trusted[1:], *raising)))
    return Policy(
        base if isinstance(base, str) else base.place,
        rules,
        digest_of(rules, only_raise, names),
        persons,
        lifetimes(trusted),
        only_raise,
        (*files, *(loaded(read, None) for read in raising)),
        (*unheard, *refusals),
    )


def shipped(base: str = "default", planner: Planner | None = None) -> Policy:
    """A policy that ships, and nothing else: `default`, `solo` or `team`. Raises PolicyError."""
    return load(base, planner=planner)


def _base_source(base: str | Source) -> Source:
    if isinstance(base, Source):
        return base
    if base not in BASES:
        raise PolicyError(f"unknown base `{base}`", hint=did_you_mean(base, BASES))
    return Source(f"policies/{base}.toml", shipped_text(f"{base}.toml"), Owner.SHIPPED)


def digest_of(rules: Sequence[Rule], raising: frozenset[str], names: Names) -> str:
    """SHA-256 over the canonical JSON of rules and names; neither their order nor the place of a file counts."""
    body = {
        "names": [_plain(names.patterns), _plain(names.raising)],
        "raising": sorted(raising),
        "rules": [rule.model_dump(mode="json", by_alias=True) for rule in sorted(rules, key=lambda rule: rule.id)],
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _plain(patterns: Sequence[Pattern]) -> list[list[str | bool]]:
    return sorted([p.sort, p.text, p.tier, p.name, p.word] for p in patterns)


__all__ = ["Owner", "Planner", "Source", "digest_of", "load", "shipped"]
