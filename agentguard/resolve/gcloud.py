"""Google Cloud: the project a command of gcloud, gsutil or bq would reach.

`--project` (also in --flags-file), CLOUDSDK_CORE_PROJECT, then the configuration: `--configuration`,
CLOUDSDK_ACTIVE_CONFIG_NAME, `active_config` (measured with SDK 528). GOOGLE_CLOUD_PROJECT is not read by gcloud.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.environment import Environment, Evidence
from agentguard.parse.documents import yaml_of
from agentguard.resolve.configuration import dotenv, ini_reader, text_in
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of
from agentguard.surroundings import Json

_RESOURCE = re.compile(r"(?:^|/)projects/(?P<project>[^/]+)")
_TABLE = re.compile(
    r"(?P<project>[a-z][a-z0-9-]{4,29})[:.](?P<dataset>[A-Za-z0-9_]+)(?:\..*)?"
)  # bq's project:dataset.table
PROJECTS = frozenset({"gcloud.project", "gcloud.projects"})


def resolve(subject: Subject) -> Environment:
    """The environment of the project, and of the bucket or dataset a command names."""
    named = list(_named(subject))
    own = [piece for piece in named if piece[0] == "project"]
    deciding = [*(own or _project(subject)), *(piece for piece in named if piece[0] in ("bucket", "database"))]
    return environment_of(subject.names, deciding, [piece for piece in named if piece[0] == "resource"])


def _project(subject: Subject) -> list[Piece]:
    """What decides the project, and the name of the configuration where that is where it comes from."""
    told = subject.option("--project", "--project_id", "-project_id") or _in_flags_file(subject) or _bigqueryrc(subject)
    told = told or next(iter(subject.variables("CLOUDSDK_CORE_PROJECT")), None)
    if told:
        return [("project", told)]
    folder = subject.path(subject.variable("CLOUDSDK_CONFIG") or "~/.config/gcloud")
    name = subject.told(("--configuration",), ("CLOUDSDK_ACTIVE_CONFIG_NAME",)) or _active(subject, folder)
    path = f"{folder}/configurations/config_{name.says}"
    project = text_in(subject.surroundings.facts(path, "gcloud", ini_reader("project")), "core", "project")
    pieces: list[Piece] = [("profile", name)] if name.says != "default" else []
    return [*pieces, *((("project", Evidence(f"{subject.shown(path)} project", project)),) if project else ())]


def _active(subject: Subject, folder: str) -> Evidence:
    path = f"{folder}/active_config"
    name = subject.surroundings.facts(path, "gcloud_active", _line)
    return Evidence(subject.shown(path), name if isinstance(name, str) and name else "default")


def _in_flags_file(subject: Subject) -> Evidence | None:
    told = subject.option("--flags-file")
    project = (
        text_in(subject.surroundings.facts(subject.path(told.says), "gcloud_flags", _flags), "project") if told else ""
    )
    return Evidence(f"{told.says} --project", project) if told and project else None


def _bigqueryrc(subject: Subject) -> Evidence | None:
    """The own file of bq, which beats the configuration that it shares with gcloud."""
    if subject.program != "bq":
        return None
    named = subject.told(("-bigqueryrc", "--bigqueryrc"), ("BIGQUERYRC",))
    path = subject.path(named.says if named else "~/.bigqueryrc")
    project = subject.surroundings.facts(path, "bigqueryrc", _project_id)
    return Evidence(f"{subject.shown(path)} project_id", project) if isinstance(project, str) and project else None


def _named(subject: Subject) -> Iterator[Piece]:
    """What the command's own words say: full resource names, buckets, datasets, and plain names."""
    for name in subject.effect.objects:
        resource, table = _RESOURCE.search(name), _TABLE.fullmatch(name)
        if resource:
            yield "project", Evidence("the resource", resource["project"])
        elif name.startswith("gs://"):
            yield "bucket", Evidence("the bucket", name[5:].partition("/")[0])
        elif subject.program == "bq" and table:
            yield "project", Evidence("the dataset's project", table["project"])
            yield "database", Evidence("the dataset", table["dataset"])
        else:
            yield ("project" if subject.effect.kind in PROJECTS else "resource"), Evidence("the name", name)


def _line(data: bytes) -> Json:
    return data.decode().strip()


def _project_id(data: bytes) -> Json:
    return dotenv(data).get("project_id", "")


def _flags(data: bytes) -> Json:
    told = yaml_of(data)
    return {"project": next((text for one in (told if isinstance(told, list) else [told]) if (text := _flag(one))), "")}


def _flag(told: object) -> str:
    return text_in(told, "--project")
