"""Pulumi: the stack a command would change where it names none.

The selected stack stands in a file below Pulumi's home; without one, every stack file of the project may be meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentguard.model.environment import Evidence
from agentguard.parse.documents import yaml_of
from agentguard.resolve.configuration import text_in
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json


def stacks(subject: Subject) -> tuple[Evidence, ...]:
    """The stack selected for the project here; else the stack files of the project, any of which may be meant."""
    told = subject.option("-C", "--cwd")
    place = subject.path(told.says) if told else subject.directory
    selected = tuple(_selected(subject, place))
    if selected:
        return selected
    listed = subject.surroundings.listdir(place) or ()
    named = [
        name
        for name in listed
        if name.startswith("Pulumi.") and name.endswith((".yaml", ".yml")) and name.count(".") > 1
    ]
    return tuple(Evidence("the stack file", name) for name in named)


def _selected(subject: Subject, place: str) -> Iterator[Evidence]:
    """What `PROJECT-DIGEST-workspace.json` below Pulumi's home says: the digest is of a path, so the project counts."""
    for name in ("Pulumi.yaml", "Pulumi.yml"):
        project = subject.surroundings.facts(f"{place}/{name}", "pulumi project", _project)
        folder = subject.path(f"{subject.variable('PULUMI_HOME') or '~/.pulumi'}/workspaces")
        for file in (subject.surroundings.listdir(folder) or ()) if isinstance(project, str) and project else ():
            if file.startswith(f"{project}-") and file.endswith("-workspace.json"):
                stack = subject.surroundings.facts(f"{folder}/{file}", "pulumi workspace", _workspace)
                if isinstance(stack, str) and stack:
                    yield Evidence("the selected stack", stack)


def _project(data: bytes) -> Json:
    return text_in(yaml_of(data), "name")


def _workspace(data: bytes) -> Json:
    return text_in(json.loads(data), "stack")
