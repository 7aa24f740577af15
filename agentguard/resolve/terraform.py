"""Terraform, OpenTofu, Terragrunt: which state a command would change.

TF_WORKSPACE beats the selected workspace (measured with 1.11); the backend stands in `.terraform/terraform.tfstate`,
which TF_DATA_DIR moves. Variable files count by name and by what they say of the environment. The directory and the
credentials around it only raise; a branch is no evidence.
"""

from __future__ import annotations

import json
import os.path
import re
from collections.abc import Iterator

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve.configuration import Table, table_in, text_in
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of
from agentguard.surroundings import Json

DIRECTORY = (
    "-chdir",
    "-working-dir",
    "-terragrunt-working-dir",
    "--chdir",
    "--working-dir",
    "--terragrunt-working-dir",
)
BACKEND = ("bucket", "key", "prefix", "name", "organization", "container_name", "storage_account_name", "path")
TELLING = frozenset(
    "account account_id aws_profile env environment environment_name profile project project_id stage subscription "
    "subscription_id tier workspace".split()
)  # variables people call an environment by; the values of others may be secret and are never read
AROUND = (
    "AWS_PROFILE",
    "AWS_VAULT",
    "ARM_SUBSCRIPTION_ID",
    "CLOUDSDK_CORE_PROJECT",
    "GOOGLE_PROJECT",
    "GOOGLE_CLOUD_PROJECT",
)
ARGUMENTS = ("TF_CLI_ARGS", "TF_CLI_ARGS_apply", "TF_CLI_ARGS_destroy", "TF_CLI_ARGS_plan")
FILE_LIMIT = 64  # *.tf files of one directory that are looked into
_SETTING = re.compile(r'^[ \t]*"?(?P<key>\w+)"?[ \t]*[=:][ \t]*"(?P<value>[^"$\n]*)"', re.MULTILINE)
_VAR_FILE = re.compile(r"-var-file[= ]\s*(\S+)")
_HEADER = re.compile(r'[ \t]*(?:provider[ \t]+"[\w-]+"|backend[ \t]+"\w+"|cloud)[ \t]*\{')


def resolve(subject: Subject) -> Environment:
    """The environment of the workspace, backend and variables this command would use."""
    told = subject.option(*DIRECTORY)
    place = subject.path(told.says) if told else subject.directory
    deciding = [
        *_workspace(subject, place),
        *_backend(subject, place),
        *_variables(subject, place),
        *_sources(subject, place),
    ]
    raising: list[Piece] = [("profile", evidence) for evidence in subject.variables(*AROUND)]
    raising += [("directory", Evidence("the directory", part)) for part in _parts(subject, place)]
    return environment_of(subject.names, deciding, raising)


def _data(subject: Subject, place: str) -> str:
    return os.path.normpath(os.path.join(place, subject.variable("TF_DATA_DIR") or ".terraform"))


def _workspace(subject: Subject, place: str) -> Iterator[Piece]:
    told = next(iter(subject.variables("TF_WORKSPACE")), None)
    path = f"{_data(subject, place)}/environment"
    selected = subject.surroundings.facts(path, "terraform_workspace", _line)
    if told or isinstance(selected, str):
        yield "workspace", told or Evidence(subject.shown(path), str(selected))
    if subject.effect.kind == "terraform.workspace":
        yield from (("workspace", Evidence("the workspace", name)) for name in subject.effect.objects)


def _backend(subject: Subject, place: str) -> Iterator[Piece]:
    path = f"{_data(subject, place)}/terraform.tfstate"
    facts = subject.surroundings.facts(path, "terraform_backend", _state)
    for key, value in table_in(facts).items():
        yield ("bucket" if key == "bucket" else "stack"), Evidence(f"{subject.shown(path)} {key}", str(value))


def _variables(subject: Subject, place: str) -> Iterator[Piece]:
    """Variable files by name and telling content, -var, TF_VAR_*."""
    listed = subject.surroundings.listdir(place) or ()
    automatic = [name for name in listed if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    for option in subject.command.options if subject.command else ():
        text = option.value.text if option.value else ""
        if option.name in ("-var-file", "--var-file"):
            automatic.append(text)
        elif option.name in ("-var", "--var"):
            name, _, value = text.partition("=")
            yield from _telling("-var", {name.strip(): value})
        elif option.name in ("-backend-config", "--backend-config"):
            yield "stack", Evidence("-backend-config", text)
    for evidence in subject.variables(*ARGUMENTS):
        automatic += _VAR_FILE.findall(evidence.says)
    for name in automatic:
        yield "file", Evidence("the variable file", name)
    for name in (*automatic, "terraform.tfvars"):
        path = os.path.normpath(os.path.join(place, name))
        yield from _telling(subject.shown(path), table_in(subject.surroundings.facts(path, "tfvars", _settings)))
    for name in sorted(TELLING):
        yield from (("variable", evidence) for evidence in subject.variables(f"TF_VAR_{name}"))


def _telling(source: str, settings: Table) -> Iterator[Piece]:
    for name, value in settings.items():
        if name in TELLING:
            yield "variable", Evidence(f"{source} {name}", str(value))


def _sources(subject: Subject, place: str) -> Iterator[Piece]:
    """What providers and backends are told in the configuration itself."""
    for name in [name for name in subject.surroundings.listdir(place) or () if name.endswith(".tf")][:FILE_LIMIT]:
        path = f"{place}/{name}"
        facts = subject.surroundings.facts(path, "terraform", _blocks)
        for row in facts if isinstance(facts, list) else ():
            key, value = text_in(row, "key"), text_in(row, "value")
            yield key, Evidence(f"{subject.shown(path)} {key}", value)


def _parts(subject: Subject, place: str) -> list[str]:
    """The directories that may tell something: below the home, else the last three."""
    home = subject.home().rstrip("/") + "/"
    return place[len(home) :].split("/") if place.startswith(home) else place.split("/")[-3:]


def _line(data: bytes) -> Json:
    return data.decode().strip()


def _state(data: bytes) -> Json:
    config = table_in(json.loads(data), "backend", "config")
    told: Table = {key: text_in(config, key) for key in BACKEND if text_in(config, key)}
    workspace = text_in(config, "workspaces", "name")
    return {**told, "workspace": workspace} if workspace else told


def _settings(data: bytes) -> Json:
    return {m["key"]: m["value"] for m in _SETTING.finditer(data.decode("utf-8-sig")) if m["key"] in TELLING}


def _blocks(data: bytes) -> Json:
    """The telling settings of `provider`, `backend` and `cloud` blocks."""
    found: list[Json] = []
    depth = 0
    for line in data.decode("utf-8-sig").splitlines():
        if depth or _HEADER.match(line):
            depth += line.count("{") - line.count("}")
            setting = _SETTING.match(line.partition("{")[2] or line)
            if setting and setting["key"] in TELLING | frozenset(BACKEND):
                found.append({"key": setting["key"], "value": setting["value"]})
    return found
