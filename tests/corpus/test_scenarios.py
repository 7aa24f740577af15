"""Where a command lands and what the default policy says of it: hundreds of lines on machines of many kinds.

The machines and lines stand in `scenarios.toml`; nothing of them is ever run.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.verdict import Standing
from agentguard.surroundings import Memory, Surroundings
from tests.laws import world

HOME, CWD = "/home/dev", "/home/dev/work/shop"
VARIABLES = {"HOME": HOME, "USER": "dev", "PATH": "/usr/bin:/bin", "SHELL": "/bin/bash"}
KUBE = """current-context: {current}
clusters:
- {{name: c-prod, cluster: {{server: "https://k8s.prod.example.com"}}}}
- {{name: c-staging, cluster: {{server: "https://k8s.staging.example.com"}}}}
- {{name: c-dev, cluster: {{server: "https://127.0.0.1:6443"}}}}
- {{name: c-x, cluster: {{server: "https://10.9.8.7:6443"}}}}
contexts:
- {{name: prod-eu, context: {{cluster: c-prod, user: u, namespace: shop}}}}
- {{name: staging, context: {{cluster: c-staging, user: u}}}}
- {{name: kind-dev, context: {{cluster: c-dev, user: u}}}}
- {{name: blue, context: {{cluster: c-prod, user: u}}}}
- {{name: arn-x, context: {{cluster: c-x, user: u}}}}
"""
AWS = """[default]
region = us-east-1
[profile prod]
role_arn = arn:aws:iam::111111111111:role/admin
source_profile = default
[profile staging]
region = eu-west-1
[profile dev]
endpoint_url = http://localhost:4566
[profile shop]
sso_account_id = 111111111111
sso_account_name = shop-production
"""
TABLE = tomllib.loads((Path(__file__).parent / "scenarios.toml").read_text(encoding="utf-8"))
MACHINES = {machine["name"]: machine for machine in TABLE["machine"]}
ROWS = [
    (name, *expected.split(), line.strip())
    for name, machine in MACHINES.items()
    for expected, _, line in (row.partition("|") for row in machine["lines"].strip().splitlines())
]


@cache
def machine(name: str) -> Memory:
    """A checkout on a branch of its own, with the files and variables of one entry."""
    given = {"~/work/shop/.git/HEAD": "ref: refs/heads/feature\n", **MACHINES[name].get("files", {})}
    files = {_path(path): _text(text) for path, text in given.items()}
    variables = MACHINES[name].get("variables", {})
    return Memory(files, {**VARIABLES, **{key: value.replace("~/", f"{HOME}/") for key, value in variables.items()}})


def _path(name: str) -> str:
    return f"{HOME}/{name[2:]}" if name.startswith("~/") else f"{CWD}/{name}"


def _text(text: str) -> str:
    kind, _, current = text.partition(" ")
    return KUBE.format(current=current) if kind == "@kube" else AWS if kind == "@aws" else text


@pytest.mark.parametrize(("name", "tier", "action", "line"), ROWS, ids=[f"{row[0]}: {row[3]}" for row in ROWS])
def test_a_line_lands_where_it_would_and_is_judged_by_that(name: str, tier: str, action: str, line: str) -> None:
    call = Call(ShellLine(line.replace("\\n", "\n")), CWD)
    verdict = judge(plan(call, Surroundings(machine(name), CWD), world.toolbox()), world.policy(), Standing())
    assert f"{verdict.finding.tier} {verdict.action}" == f"{tier} {action}"


def test_every_machine_has_a_name_of_its_own() -> None:
    assert len(MACHINES) == len(TABLE["machine"])
