"""Which machine an address reaches: another one, this one, or whatever a tunnel on this one leads to.

Loopback is dev whatever the thing there is called, unless environments.toml claims the address, or a known tunnel
listens on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from agentguard.model.environment import Environment, Evidence, Names
from agentguard.resolve.address import Address, is_loopback
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of, tier_of, worst
from agentguard.resolve.tunnel import through


def reached(subject: Subject, source: str, address: Address) -> tuple[Piece, ...]:
    """The pieces an address gives: its host; the claim on it, or the far end of the tunnel, where there is one."""
    host: Piece = ("host", Evidence(source, address.host))
    claim = _claim(subject.names, source, address)
    raised = _claim(Names(subject.names.raising), source, address)
    if not is_loopback(address.host):
        return (host, *claim, *raised)
    if claim:
        return (*claim, *raised)
    tunnel = through(subject, address.port) if address.port is not None else None
    return ((host,) if tunnel is None else tunnel) + raised


def environment_at(
    subject: Subject,
    places: Sequence[tuple[str, Address]],
    names: Sequence[Piece] = (),
    labels: Sequence[Piece] = (),
) -> Environment:
    """The environment of a server at one of several addresses, the most dangerous of them.

    Args:
        subject: whose names and listeners count.
        places: addresses and where each is told.
        names: what else names the target (a database); says nothing of a server on this machine.
        labels: what raises and never lowers.
    """
    return worst(_environment(subject, source, address, names, labels) for source, address in places)


def _environment(
    subject: Subject, source: str, address: Address, names: Sequence[Piece], labels: Sequence[Piece]
) -> Environment:
    pieces = reached(subject, source, address)
    if is_loopback(address.host):
        settled = any(sort == "address" or is_loopback(evidence.says) for sort, evidence in pieces)
        return environment_of(subject.names, pieces, () if settled else (*names, *labels))
    return environment_of(subject.names, (*pieces, *names), labels)


def _claim(names: Names, source: str, address: Address) -> tuple[Piece, ...]:
    claimed = (text for text in _spellings(address) if tier_of(names, "address", text))
    return tuple(("address", Evidence(source, text)) for text in islice(claimed, 1))


def _spellings(address: Address) -> Iterable[str]:
    """An address as a claim may spell it: with and without its port, and every name of this machine's loopback."""
    loop = is_loopback(address.host) and not address.host.startswith(("/", "@"))
    for host in (address.host, *(("localhost", "127.0.0.1", "::1") if loop else ())):
        yield str(Address(host, address.port))
        yield host
