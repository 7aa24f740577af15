"""Azure: the subscription and resource group a command would reach.

`--subscription`, else the default of azureProfile.json; AZURE_CONFIG_DIR moves both files. Groups: `-g`, then
AZURE_DEFAULTS_GROUP, then `group` under `[defaults]` of the configuration.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve.configuration import Table, ini_reader, rows_in, table_in, text_in
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of
from agentguard.surroundings import Json

GROUPS = frozenset({"azure.group", "azure.resourcegroup", "azure.resource_group"})
_ID = re.compile(r"/subscriptions/(?P<subscription>[^/]+)(?:/resourceGroups/(?P<group>[^/]+))?", re.IGNORECASE)


def resolve(subject: Subject) -> Environment:
    """The environment of the subscription and group; other names only raise."""
    named = [piece for name in _names(subject) for piece in _identified(name)]
    deciding = [*_subscription(subject, named), *_group(subject, named)]
    raising: list[Piece] = [
        ("resource", Evidence("the name", name)) for name in subject.effect.objects if "/" not in name
    ]
    return environment_of(subject.names, deciding, raising)


def _names(subject: Subject) -> tuple[str, ...]:
    told = subject.option("--ids")
    return (*subject.effect.objects, *((told.says,) if told else ()))


def _identified(name: str) -> Iterator[Piece]:
    """What a full resource id says of subscription and group."""
    for match in _ID.finditer(name):
        yield "subscription", Evidence("the resource id", match["subscription"])
        if match["group"]:
            yield "group", Evidence("the resource id", match["group"])


def _subscription(subject: Subject, named: list[Piece]) -> list[Piece]:
    own = [piece for piece in named if piece[0] == "subscription"]
    told = subject.option("--subscription")
    if own:
        return own
    if told:
        return [("subscription", told)]
    path = f"{_folder(subject)}/azureProfile.json"
    default = table_in(subject.surroundings.facts(path, "azure", _default))
    source = f"{subject.shown(path)} default subscription"
    return [("subscription", Evidence(source, str(value))) for value in default.values() if value]


def _group(subject: Subject, named: list[Piece]) -> list[Piece]:
    own = [piece for piece in named if piece[0] == "group"]
    if subject.effect.kind in GROUPS:
        own += [("group", Evidence("the group", name)) for name in subject.effect.objects if "/" not in name]
    if own:
        return own
    told = subject.told(("-g", "--resource-group"), ("AZURE_DEFAULTS_GROUP",))
    path = f"{_folder(subject)}/config"
    default = text_in(subject.surroundings.facts(path, "azure_config", ini_reader("group")), "defaults", "group")
    told = told or (Evidence(f"{subject.shown(path)} default group", default) if default else None)
    return [("group", told)] if told else []


def _folder(subject: Subject) -> str:
    return subject.path(subject.variable("AZURE_CONFIG_DIR") or "~/.azure")


def _default(data: bytes) -> Json:
    told = rows_in(json.loads(data.decode("utf-8-sig")), "subscriptions")
    default: Table = next((row for row in told if row.get("isDefault")), {})
    return {"name": text_in(default, "name"), "id": text_in(default, "id")}
