"""Containers: the daemon that docker, compose and podman would talk to.

`--context` or `-H`, then DOCKER_HOST, DOCKER_CONTEXT, and `currentContext` of config.json, where `default` is again
DOCKER_HOST (measured with docker 28). Behind the verb an option is the verb's own (`stack deploy -c FILE`).
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
from agentguard.resolve.tier import Piece, environment_of, worst
from agentguard.surroundings import Json

NO_CONTEXT = Evidence("docker's own context", "unix:///var/run/docker.sock")

Asked = tuple[Evidence | None, Evidence | None]  # the context and the host that decide


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
    return worst(_daemon_of(subject, asked) for asked in (_asked(subject, dialect), *_handed(subject)))


def _daemon_of(subject: Subject, asked: Asked) -> Environment:
    context, host = asked
    pieces = list(_daemon(subject, host)) if host else []
    if context:
        pieces.append(("context", context))
    pushed = subject.effect.objects if subject.command and "push" in subject.command.path[:2] else ()
    return environment_of(subject.names, pieces, [("image", Evidence("the image", name)) for name in pushed])


def _handed(subject: Subject) -> tuple[Asked, ...]:
    """The context of `docker --context NAME compose …`: it comes as a variable, and yet may beat DOCKER_HOST."""
    told = dict(subject.command.variables) if subject.command and subject.command.via else {}
    context = told.get(DOCKER.context_variable)
    if subject.program != "docker-compose" or context is None or DOCKER.host_variable in told:
        return ()
    return (_of_context(subject, Evidence("--context", context.text), subject.variables(DOCKER.host_variable)),)


def _asked(subject: Subject, dialect: Dialect) -> Asked:
    """The context and the host that decide; a context that nothing is known of has no host."""
    context, host = _option(subject, dialect.context), _option(subject, dialect.host)
    around = subject.variables(dialect.host_variable)
    if context is None and host is None and not around:
        context = next(iter(subject.variables(dialect.context_variable)), None) or _current(subject)
    if context is None or host is not None:
        return context, host or next(iter((*around, NO_CONTEXT)))
    return _of_context(subject, context, around)


def _of_context(subject: Subject, context: Evidence, around: tuple[Evidence, ...]) -> Asked:
    """A context by its name; `default` is what the variable around it says, else the local daemon."""
    if context.says == "default":
        return None, next(iter((*around, NO_CONTEXT)))
    return context, _endpoint(subject, context)


def _option(subject: Subject, names: tuple[str, ...]) -> Evidence | None:
    """The last of these options that stands before the verb."""
    words = [word.text for word in subject.command.argv[1:]] if subject.command else []
    verb = subject.command.path[0] if subject.command and subject.command.path else ""
    found: Evidence | None = None
    for at, word in enumerate(words[: words.index(verb) if verb in words else None]):
        name, equals, value = word.partition("=")
        short = word[:2] if word[1:2] != "-" else ""
        if name in names:
            found = Evidence(name, value if equals else "".join(words[at + 1 : at + 2]))
        elif short in names:
            found = Evidence(short, word[2:])
    return found


def _folder(subject: Subject) -> str:
    told = _option(subject, ("--config",))
    return subject.path(told.says if told else subject.variable("DOCKER_CONFIG") or "~/.docker")


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
