"""Redis and Valkey: -u, else -h and -p or a socket, else 127.0.0.1."""

from __future__ import annotations

from agentguard.model.environment import Environment, Evidence
from agentguard.resolve.address import Address, address_of, port_of
from agentguard.resolve.connection import Connection, environment_of_connection, of_url
from agentguard.resolve.subject import Subject

PORT = 6379


def resolve(subject: Subject) -> Environment:
    """The environment of the server redis-cli would talk to."""
    return environment_of_connection(subject, _connection(subject))


def _connection(subject: Subject) -> Connection:
    told = subject.option("-u", "--uri", "--url")
    if told:
        url = of_url(told.source, told.says)
        return Connection(url.places) if url else Connection(names=(("host", Evidence(told.source, "no URL")),))
    if subject.command and subject.command.has("-cluster"):  # `--cluster call HOST:PORT …`
        named = (word for word in (*subject.command.path, *subject.operands) if ":" in word)
        return Connection(tuple(("the node named", address_of(word, PORT)) for word in named))
    port = subject.option("-p", "--port")
    host = (
        subject.option("-s", "--socket")
        or subject.option("-h", "--host")
        or Evidence("redis-cli's own host", "127.0.0.1")
    )
    return Connection(((host.source, Address(host.says, port_of(port.says if port else None, PORT))),))
