"""Kubernetes: the cluster and namespace that kubectl, helm and their kin would reach.

Context, cluster, server host, account and namespace all count, the most dangerous of them; where `--server` or
`--cluster` sends the call elsewhere, the context's name only raises.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve.address import Address, address_of, read_url
from agentguard.resolve.kubeconfig import Dialect, View, view
from agentguard.resolve.reach import reached
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of

KUBECTL = Dialect()
DIALECTS: Mapping[str, Dialect] = {
    "flux": Dialect(server=("--server",)),
    "helm": Dialect(
        context=("--kube-context",),
        cluster=(),
        server=("--kube-apiserver",),
        context_variables=("HELM_KUBECONTEXT",),
        server_variables=("HELM_KUBEAPISERVER",),
        namespace_variables=("HELM_NAMESPACE",),
    ),
    "helmfile": Dialect(context=("--kube-context",), cluster=(), server=()),
    "k9s": Dialect(server=()),
    "velero": Dialect(context=("--kubecontext",), cluster=(), server=()),
}
NAMESPACES = frozenset({"kubernetes.namespace", "kubernetes.namespaces", "kubernetes.ns"})
CLUSTER_WIDE = re.compile(
    r"kubernetes\.(namespaces?|ns|nodes?|no|pv|persistentvolumes?|crds?|customresourcedefinitions?|"
    r"clusterrole.*|storageclass.*|.*webhookconfigurations?|priorityclass.*)"
)
_ACCOUNT = re.compile(r"arn:[\w-]+:eks:[\w-]*:(\d{12}):")


def resolve(subject: Subject) -> Environment:
    """The environment of the cluster and namespace this command would reach."""
    seen = view(subject, DIALECTS.get(subject.program, KUBECTL))
    deciding = [*_cluster(subject, seen)]
    raising: list[Piece] = [("namespace", Evidence("the name", name)) for name in _named(subject)]
    if seen.context:
        (raising if seen.redirected else deciding).append(("context", seen.context))
    if seen.namespace:
        (raising if _beyond_namespace(subject) else deciding).append(("namespace", seen.namespace))
    return environment_of(subject.names, deciding, raising)


def _cluster(subject: Subject, seen: View) -> list[Piece]:
    found: list[Piece] = [("cluster", seen.cluster)] if seen.cluster else []
    accounts = [_ACCOUNT.search(told.says) for told in (seen.context, seen.cluster) if told]
    found += [("account", Evidence("the cluster's account", match[1])) for match in accounts if match]
    if seen.server:
        found += reached(subject, seen.server.source, _address(seen.server.says))
    return found


def _address(server: str) -> Address:
    url = read_url(server, 443)
    return url.addresses[0] if url and url.addresses else address_of(server, 443)


def _named(subject: Subject) -> tuple[str, ...]:
    """The names of namespaces that the command itself acts on."""
    return subject.effect.objects if subject.effect.kind in NAMESPACES else ()


def _beyond_namespace(subject: Subject) -> bool:
    """Whether the effect does not stop at the namespace, so that its name cannot make it milder."""
    every = subject.command is not None and subject.command.has("-A", "--all-namespaces")
    return every or subject.effect.whole or CLUSTER_WIDE.fullmatch(subject.effect.kind) is not None
