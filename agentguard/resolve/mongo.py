"""MongoDB: the URI or `host:port/database` of mongosh and its kin, else --host, else localhost."""

from __future__ import annotations

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve.address import Address, address_of, port_of
from agentguard.resolve.connection import Connection, environment_of_connection, of_url
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece

PORT = 27017
SHELLS = frozenset({"mongo", "mongosh"})  # their first operand is an address; that of the other tools is a path


def resolve(subject: Subject) -> Environment:
    """The environment of the server this client would talk to."""
    return environment_of_connection(subject, _connection(subject))


def _connection(subject: Subject) -> Connection:
    told = subject.option("--uri")
    if told is None and subject.program in SHELLS and subject.operands:
        told = Evidence("the connection string", subject.operands[0])
    if told and (url := of_url(told.source, told.says)):
        return url
    named = subject.option("-d", "--db")
    names: tuple[Piece, ...] = (("database", named),) if named else ()
    host = subject.option("-h", "--host")
    if host:
        return Connection(_hosts(host, subject.option("--port")), names)
    if told and ("/" in told.says or ":" in told.says or "." in told.says):
        address, _, database = told.says.partition("/")
        return Connection(((told.source, address_of(address, PORT)),), (("database", Evidence(told.source, database)),))
    port = subject.option("--port")
    return Connection((("no host given", Address("127.0.0.1", port_of(port.says if port else None, PORT))),))


def _hosts(host: Evidence, port: Evidence | None) -> tuple[tuple[str, Address], ...]:
    """`host`, `host:port`, or `set/host1,host2` of a replica set."""
    listed = host.says.rpartition("/")[2].split(",")
    return tuple((host.source, address_of(one, port_of(port.says if port else None, PORT))) for one in listed)
