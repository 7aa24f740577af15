"""Which resolver answers for an effect, and what a wrapper that moves the command does to the answer.

Promises: at least one target for every effect. A command that runs elsewhere (ssh, exec into a container or a pod, a
cloud's own shell) is judged there: what is local, loopback or not told in there is the place's own, what names a remote
by itself counts as well, the more dangerous of the two. Refuses to read this machine's files for a command that runs
on another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import islice

from agentguard.model.command import Command, Landing, Reading, Statement, Via
from agentguard.model.effect import Effect
from agentguard.model.environment import NOWHERE, Environment, Evidence, Target, Tier
from agentguard.resolve import (
    aws,
    azure,
    database,
    docker,
    files,
    gcloud,
    git,
    github,
    kubernetes,
    local,
    mongo,
    named,
    project,
    redis,
    sqlite,
    ssh,
    terraform,
    tool,
)
from agentguard.resolve.address import without_login
from agentguard.resolve.subject import Subject
from agentguard.resolve.switch import switched
from agentguard.resolve.tier import RAISING, environment_of, worst
from agentguard.resolve.tunnel import tunnelled
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox

RESOLVERS: Mapping[str, Callable[[Subject], Environment]] = {
    "aws": aws.resolve,
    "azure": azure.resolve,
    "database": database.resolve,
    "docker": docker.resolve,
    "files": files.resolve,
    "gcloud": gcloud.resolve,
    "git": git.resolve,
    "github": github.resolve,
    "kubernetes": kubernetes.resolve,
    "local": local.resolve,
    "mongo": mongo.resolve,
    "named": named.resolve,
    "nowhere": local.nowhere,
    "project": project.resolve,
    "redis": redis.resolve,
    "sqlite": sqlite.resolve,
    "ssh": ssh.resolve,
    "terraform": terraform.resolve,
    "tool": tool.resolve,
}
NOTHING = Reading()
CHOICES = 8  # that a call may make of one target: more, and nobody can tell where anything in it lands
CARRIERS: Mapping[Landing, str] = {  # for a carrier whose table does not say where it is
    Landing.CLOUD: "aws",
    Landing.CONTAINER: "docker",
    Landing.POD: "kubernetes",
    Landing.SSH: "ssh",
}


def resolve(
    effect: Effect, surroundings: Surroundings, toolbox: Toolbox, reading: Reading = NOTHING
) -> tuple[Target, ...]:
    """Where an effect lands.

    Args:
        effect: what would be done; its source tells the command it comes from.
        surroundings: the looking glass.
        toolbox: the tools' tables and the names of environments.
        reading: the commands of the call that choose a target for others (`choosing` finds them).

    Returns:
        One target for each object, in one environment; one called `?` where the effect names no object.
    """
    source = effect.source
    command = source if isinstance(source, Command) or source is None else source.carrier
    subject = Subject(effect, command, surroundings, toolbox.names)
    at = _at(effect, command, toolbox)
    later = tuple(islice(switched(command, at, reading.commands), CHOICES + 1)) if command else ()
    machines = tunnelled(surroundings, reading.commands) if command and command.landing is None else ()
    tunnels = (replace(subject, surroundings=machine) for machine in islice(machines, CHOICES))
    subjects = (subject, *(replace(subject, command=after) for after in later[:CHOICES]), *tunnels)
    lost = (NOWHERE,) if len(later) > CHOICES else ()
    environment = worst((*(_environment(each, at, toolbox) for each in subjects), *lost))
    return tuple(Target(effect.kind, without_login(name), environment) for name in effect.objects or ("?",))


def _at(effect: Effect, command: Command | None, toolbox: Toolbox) -> str:
    """The resolver asked; for SQL, that of the client that sends it (a SQLite file, a cloud's data API)."""
    tool = toolbox.tool(command.program) if command and isinstance(effect.source, Statement) else None
    return tool.at if tool and tool.at != "local" else effect.at


def _environment(subject: Subject, at: str, toolbox: Toolbox) -> Environment:
    resolver = RESOLVERS.get(at)
    landing = subject.command.landing if subject.command else None
    if resolver is None:
        return NOWHERE
    if landing is None:
        return _injected(subject, resolver(subject))
    place = _place(subject, landing, toolbox)
    inside = resolver(replace(subject, surroundings=subject.surroundings.elsewhere()))
    told = inside.tier is not Tier.LOCAL and inside.evidence
    return worst((place, inside)) if told else place


def _injected(subject: Subject, found: Environment) -> Environment:
    """What the name of a set of secrets says of the command that runs with them (`doppler run -c prd`)."""
    if subject.injector is None or not subject.injector.place or found.tier is Tier.LOCAL:
        return found
    told = Evidence(subject.injector.program, subject.injector.place)
    named = environment_of(subject.names, [("profile", told)])
    return named if found.tier is Tier.UNKNOWN else worst((found, named)) if named.tier in RAISING else found


def _place(subject: Subject, landing: Via, toolbox: Toolbox) -> Environment:
    """The environment of the machine a wrapper moves its command to; nowhere known where the carrier is not."""
    carrier = landing.carrier
    if carrier is None:
        return NOWHERE
    tool = toolbox.tool(carrier.program)
    at = tool.at if tool and tool.at not in ("files", "local") else CARRIERS[landing.lands]
    return _environment(subject.of(carrier), at, toolbox)
