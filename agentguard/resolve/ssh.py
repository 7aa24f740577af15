"""Machines reached by ssh, scp, sftp, rsync: the host behind the name, as ssh's configuration has it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Landing
from agentguard.model.environment import LOCAL, NOWHERE, Environment
from agentguard.resolve import ssh_config
from agentguard.resolve.address import Address, is_loopback, port_of
from agentguard.resolve.reach import reached
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of, worst

PORT = 22
COPIES = frozenset({"rsync", "scp"})  # name their machines in `host:path`
_REMOTE = re.compile(r"(?:(?:ssh|scp|sftp|rsync)://[^/]+|(?:[^/:@\s]+@)?(?:\[[^\]]+\]|[^/:@\s]+):)")


def resolve(subject: Subject) -> Environment:
    """The environment of the machine dialled; the machines on the way to it only raise."""
    hosts = tuple(_destinations(subject))
    if not hosts:
        return LOCAL if subject.program in COPIES else NOWHERE
    return worst(_machine(subject, destination) for destination in dict.fromkeys(hosts))


def _machine(subject: Subject, destination: str) -> Environment:
    machine = ssh_config.machine(subject, destination, "the host")
    dialled = Address(machine.dialled.says, port_of(machine.port, PORT))
    written: tuple[Piece, ...] = () if is_loopback(dialled.host) else (("host", machine.written),)
    pieces = (*reached(subject, machine.dialled.source, dialled), *written)
    return environment_of(subject.names, pieces, [("host", jump) for jump in machine.jumps])


def _destinations(subject: Subject) -> Iterator[str]:
    words = subject.operands
    if subject.program in COPIES:
        told = [word for word in subject.effect.objects if _REMOTE.match(word)]
        for word in told or [word for word in words if _REMOTE.match(word)]:
            found = _REMOTE.match(word)
            yield found.group().rstrip(":") if found and "://" not in found.group() else word
        return
    place = subject.command.landing if subject.command and subject.command.landing else None
    if words:
        yield words[0]
    elif place and place.lands is Landing.SSH and place.place:
        yield place.place
