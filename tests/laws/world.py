"""The small world the laws run in: one checkout, the shipped tables, names and policy."""

from __future__ import annotations

from functools import cache

from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.verdict import ACTION_ORDER, Plan, Standing, Verdict
from agentguard.policy import Policy, shipped
from agentguard.policy.names import shipped_names
from agentguard.surroundings import Backend, Memory, Surroundings
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools

CWD = "/home/dev/shop"
FILES = {
    f"{CWD}/victim/keep.txt": "keep\n",
    f"{CWD}/data.txt": "data\n",
    f"{CWD}/package.json": '{"scripts": {"build": "tsc"}}',
    "/home/dev/.kube/config": (
        "current-context: prod-eu\n"
        "clusters: [{name: p, cluster: {server: 'https://k8s.prod.example.com'}}]\n"
        "contexts: [{name: prod-eu, context: {cluster: p, user: u}}]\n"
    ),
    "/home/dev/.aws/config": "[profile prod]\nregion = eu-west-1\n",
}
ENVIRON = {"HOME": "/home/dev", "PATH": "/usr/bin:/bin", "USER": "dev", "SHELL": "/bin/bash"}
WORLD = Memory(FILES, ENVIRON)


@cache
def toolbox() -> Toolbox:
    return Toolbox(shipped_tools(), shipped_names())


@cache
def policy() -> Policy:
    return shipped("default")


def planned(line: str, backend: Backend = WORLD) -> Plan:
    return plan(Call(ShellLine(line), CWD), Surroundings(backend, CWD), toolbox())


def judged(line: str, backend: Backend = WORLD) -> Verdict:
    return judge(planned(line, backend), policy(), Standing())


def severity(line: str) -> int:
    """How strict the verdict on a line is, 0 (allow) to 3 (block)."""
    return ACTION_ORDER.index(judged(line).action)
