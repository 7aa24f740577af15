"""What kubectl would read of its configuration: context, cluster, server and namespace.

Promises the precedence of kubectl itself (measured with 1.32): `--kubeconfig` replaces KUBECONFIG; of several files the
first that says something wins and missing ones are skipped; `--server` and `--cluster` each beat the context's own.
Never keeps users, tokens or certificates.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.environment import Evidence
from agentguard.parse.documents import yaml_of
from agentguard.resolve.address import without_login
from agentguard.resolve.configuration import Table, rows_in, table_in, text_in
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one program spells the same questions; a variable stands where the option is absent."""

    context: tuple[str, ...] = ("--context",)
    cluster: tuple[str, ...] = ("--cluster",)
    server: tuple[str, ...] = ("-s", "--server")
    namespace: tuple[str, ...] = ("-n", "--namespace")
    context_variables: tuple[str, ...] = ()
    server_variables: tuple[str, ...] = ()
    namespace_variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class View:
    """What decides where a call goes; None where nothing says it. `redirected`: not to the context's own cluster."""

    context: Evidence | None
    cluster: Evidence | None
    server: Evidence | None
    namespace: Evidence | None
    redirected: bool


def view(subject: Subject, dialect: Dialect) -> View:
    """The part of the configuration that this command would use."""
    facts, shown = _merged(subject)
    context = subject.told(dialect.context, dialect.context_variables) or _evidence(
        f"{shown} current-context", text_in(facts, "current")
    )
    entry = table_in(facts, "contexts", context.says if context else "")
    cluster = subject.option(*dialect.cluster)
    server = subject.told(dialect.server, dialect.server_variables)
    redirected = cluster is not None or server is not None
    own = cluster or _evidence(f"{shown} context {context.says if context else ''}", text_in(entry, "cluster"))
    where = text_in(facts, "clusters", own.says) if own else ""
    return View(
        context,
        own if server is None else None,
        server or _evidence(f"{shown} cluster {own.says if own else ''}", where),
        subject.told(dialect.namespace, dialect.namespace_variables)
        or _evidence(f"{shown} context's namespace", text_in(entry, "namespace")),
        redirected,
    )


def _evidence(source: str, says: str) -> Evidence | None:
    return Evidence(source, says) if says else None


def _files(subject: Subject) -> tuple[str, ...]:
    told = subject.option("--kubeconfig")
    listed = (told.says,) if told else (subject.variable("KUBECONFIG") or "~/.kube/config").split(":")
    return tuple(subject.path(name) for name in listed if name)


def _merged(subject: Subject) -> tuple[Table, str]:
    merged: Table = {"current": "", "contexts": {}, "clusters": {}}
    shown = "kubeconfig"
    for path in reversed(_files(subject)):
        facts = subject.surroundings.facts(path, "kubeconfig", _kubeconfig)
        if text_in(facts, "current"):
            merged["current"] = text_in(facts, "current")
        if isinstance(facts, dict):
            shown = subject.shown(path)
        for key in ("contexts", "clusters"):
            merged[key] = {**table_in(merged, key), **table_in(facts, key)}
    return merged, shown


def _kubeconfig(data: bytes) -> Json:
    told = yaml_of(data)
    contexts: Table = {
        text_in(row, "name"): {
            "cluster": text_in(row, "context", "cluster"),
            "namespace": text_in(row, "context", "namespace"),
        }
        for row in rows_in(told, "contexts")
    }
    clusters: Table = {
        text_in(row, "name"): without_login(text_in(row, "cluster", "server")) for row in rows_in(told, "clusters")
    }
    return {"current": text_in(told, "current-context"), "contexts": contexts, "clusters": clusters}
