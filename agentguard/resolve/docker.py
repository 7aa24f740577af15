"""Containers: the daemon that docker, compose and podman would talk to.

`--context` or `-H`, then DOCKER_HOST, DOCKER_CONTEXT, and `currentContext` of config.json (measured with docker 28).
The local daemon is dev whatever its containers are called; the name of an image that is pushed leaves it, and raises.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve import ssh_config
from agentguard.resolve.address import Address, is_loopback, read_url, without_login
from agentguard.resolve.configuration import text_in
from agentguard.resolve.reach import reached
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of
from agentguard.surroundings import Json

LOCAL_DAEMON = "unix:///var/run/docker.sock"


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a program spells the same questions."""

    context: tuple[str, ...] = ("--context", "-c")
    host: tuple[str, ...] = ("-H", "--host")
    context_variable: str = "DOCKER_CONTEXT"
    host_variable: str = "DOCKER_HOST"


DOCKER = Dialect()
PODMAN = Dialect(("-c", "--connection"), ("--url",), "CONTAINER_CONNECTION", "CONTAINER_HOST")


def resolve(subject: Subject) -> Environment:
    """The environment of the daemon this command would talk to."""
    dialect = PODMAN if subject.called.startswith("podman") else DOCKER
    context, host = _asked(subject, dialect)
    pieces = list(_daemon(subject, host)) if host else []
    if context:
        pieces.append(("context", context))
    pushed = subject.effect.objects if subject.command and "push" in subject.command.path[:2] else ()
    return environment_of(subject.names, pieces, [("image", Evidence("the image", name)) for name in pushed])


def _asked(subject: Subject, dialect: Dialect) -> tuple[Evidence | None, Evidence | None]:
    """The context and the host that decide; a context that nothing is known of has no host."""
    context = subject.option(*dialect.context)
    host = subject.option(*dialect.host)
    if context is None and host is None:
        host = next(iter(subject.variables(dialect.host_variable)), None)
        context = next(iter(subject.variables(dialect.context_variable)), None) if host is None else None
    if context is None and host is None:
        context = _current(subject)
    if context is None or context.says == "default":
        return None, host or Evidence("docker's own context", LOCAL_DAEMON)
    return context, host or _endpoint(subject, context)


def _folder(subject: Subject) -> str:
    return subject.path(subject.variable("DOCKER_CONFIG") or "~/.docker")


def _current(subject: Subject) -> Evidence | None:
    path = f"{_folder(subject)}/config.json"
    name = text_in(subject.surroundings.facts(path, "docker", _config), "currentContext")
    return Evidence(f"{subject.shown(path)} currentContext", name) if name else None


def _endpoint(subject: Subject, context: Evidence) -> Evidence | None:
    digest = hashlib.sha256(context.says.encode("utf-8", "surrogateescape")).hexdigest()
    path = f"{_folder(subject)}/contexts/meta/{digest}/meta.json"
    host = text_in(subject.surroundings.facts(path, "docker_context", _meta), "host")
    return Evidence(f"docker context {context.says}", host) if host else None


def _daemon(subject: Subject, host: Evidence) -> tuple[Piece, ...]:
    """The pieces of `unix://path`, `ssh://user@host`, `tcp://host:port`, or of a bare `host:port`."""
    if host.says.startswith(("unix://", "npipe://", "fd://")):
        return reached(subject, host.source, Address(host.says.partition("://")[2] or "/"))
    url = read_url(host.says if "://" in host.says else f"tcp://{host.says}", 2375)
    if url is None or not url.addresses:
        return ()
    if url.scheme != "ssh":
        return reached(subject, host.source, url.addresses[0])
    far = ssh_config.machine(subject, url.addresses[0].host, host.source, own=False)
    told = () if is_loopback(far.dialled.says) else (("host", far.written),)
    return (*reached(subject, far.dialled.source, Address(far.dialled.says, 22)), *told)


def _config(data: bytes) -> Json:
    return {"currentContext": text_in(json.loads(data), "currentContext")}


def _meta(data: bytes) -> Json:
    return {"host": without_login(text_in(json.loads(data), "Endpoints", "docker", "Host"))}
