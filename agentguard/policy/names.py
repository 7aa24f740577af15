"""environments.toml: which names mean which environment, read into the model's Names.

Closed models: an unknown key, a misspelt tier, a word without letters or an example that fails stops the load, naming
the file, the entry and a hint. A project's own file may only raise (see `tighten`).
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agentguard.model.environment import Names, Pattern, Tier
from agentguard.model.errors import PolicyError, did_you_mean
from agentguard.policy.shipped import shipped_text
from agentguard.resolve.tier import tier_of, words_of

Strings = tuple[str, ...]

SORTS: Mapping[str, str] = {  # the key of environments.toml, and the sort of its patterns
    "accounts": "account",
    "addresses": "address",
    "apps": "app",
    "branches": "branch",
    "buckets": "bucket",
    "clusters": "cluster",
    "contexts": "context",
    "databases": "database",
    "groups": "group",
    "hosts": "host",
    "namespaces": "namespace",
    "profiles": "profile",
    "projects": "project",
    "regions": "region",
    "remotes": "remote",
    "repositories": "repository",
    "services": "service",
    "stacks": "stack",
    "subscriptions": "subscription",
    "workspaces": "workspace",
}


class Entry(BaseModel):
    """One environment: its words, its patterns by sort, and examples. An example is `name` or `sort:name`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(min_length=1)]
    tier: Tier
    words: Strings = ()
    accounts: Strings = ()
    addresses: Strings = ()
    apps: Strings = ()
    branches: Strings = ()
    buckets: Strings = ()
    clusters: Strings = ()
    contexts: Strings = ()
    databases: Strings = ()
    groups: Strings = ()
    hosts: Strings = ()
    namespaces: Strings = ()
    profiles: Strings = ()
    projects: Strings = ()
    regions: Strings = ()
    remotes: Strings = ()
    repositories: Strings = ()
    services: Strings = ()
    stacks: Strings = ()
    subscriptions: Strings = ()
    workspaces: Strings = ()
    match: Annotated[Strings, Field(min_length=1)]
    not_match: Annotated[Strings, Field(min_length=1)]


class File(BaseModel):
    """A whole environments.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    environment: tuple[Entry, ...] = ()


def load_names(texts: Sequence[tuple[str, str]]) -> Names:
    """The names of several files together.

    Args:
        texts: the place (shown in errors) and TOML text of each file; order never matters.

    Raises:
        PolicyError: a file does not parse, holds a key or tier nobody knows, or fails an example of its own.
    """
    return Names(tuple(pattern for place, text in texts for pattern in _load(place, text)))


@cache
def shipped_names() -> Names:
    """The names that ship with agentguard."""
    return load_names([("environments.toml", shipped_text("environments.toml"))])


def tighten(names: Names, extra: Names) -> Names:
    """`names` with those of a project's own file, which may raise the tier of anything and never lower one."""
    return Names(names.patterns, names.raising + extra.patterns + extra.raising)


def _load(place: str, text: str) -> tuple[Pattern, ...]:
    """The patterns of one file; its examples are run on it alone, so that no other file can break it."""
    entries = [(f"{place}, environment `{entry.name}`", entry) for entry in _file(place, text)]
    names = Names(tuple(pattern for where, entry in entries for pattern in _patterns(where, entry)))
    for where, entry in entries:
        _run_examples(names, where, entry)
    return names.patterns


def _file(place: str, text: str) -> tuple[Entry, ...]:
    try:
        return File.model_validate(tomllib.loads(text)).environment
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"this is not TOML: {error}", place=place) from error
    except ValidationError as error:
        raise _explained(error, place, text) from error


def _explained(error: ValidationError, place: str, text: str) -> PolicyError:
    first = error.errors()[0]
    where = [part for part in first["loc"] if isinstance(part, str) and part != "environment"]
    key = where[0] if where else "environment"
    at = [part for part in first["loc"] if isinstance(part, int)]
    named = tomllib.loads(text).get("environment")
    entry = named[at[0]].get("name", f"number {at[0] + 1}") if at and isinstance(named, list) else ""
    place = f"{place}, environment `{entry}`" if entry else place
    if first["type"] == "extra_forbidden":
        known = tuple(Entry.model_fields) if at else tuple(File.model_fields)
        return PolicyError(
            f"unknown key `{first['loc'][-1]}`", place=place, hint=did_you_mean(str(first["loc"][-1]), known)
        )
    if key == "tier" and first["type"] == "enum":
        return PolicyError(
            f"unknown tier `{first['input']}`", place=place, hint=did_you_mean(str(first["input"]), tuple(Tier))
        )
    return PolicyError(f"`{key}`: {first['msg']}", place=place)


def _patterns(place: str, entry: Entry) -> Iterator[Pattern]:
    for word in entry.words:
        if not words_of(word):
            raise PolicyError(f"the word `{word}` has no letter or digit", place=place)
        yield Pattern("any", word, entry.tier, entry.name, word=True, place=place)
    for key, sort in SORTS.items():
        for text in getattr(entry, key):
            yield Pattern(sort, text, entry.tier, entry.name, place=place)


def _run_examples(names: Names, place: str, entry: Entry) -> None:
    for example in (*entry.match, *entry.not_match):
        sort, text = _example(example)
        found = tier_of(names, sort, text)
        tier = found[0] if found else None
        if (tier is entry.tier) is not (example in entry.match):
            answer = f"`{tier}`" if tier else "no tier"
            wanted = "match" if example in entry.match else "not_match"
            raise PolicyError(
                f"the example `{example}` of `{wanted}` leads to {answer}", place=place, hint=_cure(wanted, entry)
            )


def _example(example: str) -> tuple[str, str]:
    sort, colon, text = example.partition(":")
    return (sort, text) if colon and sort in SORTS.values() else ("name", example)


def _cure(wanted: str, entry: Entry) -> str:
    return (
        f"add a pattern that leads to `{entry.tier}`, or correct the example"
        if wanted == "match"
        else ("narrow the pattern that matches it, or correct the example")
    )
