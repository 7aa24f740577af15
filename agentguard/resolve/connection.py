"""A connection to a server, however it was told: addresses, the database's name, and labels that only raise."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.environment import NOWHERE, Environment, Evidence
from agentguard.resolve.address import Address, read_url
from agentguard.resolve.reach import environment_at
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of

DEFAULT_PORTS = {
    "cassandra": 9042,
    "clickhouse": 9000,
    "mariadb": 3306,
    "mongodb": 27017,
    "mysql": 3306,
    "postgres": 5432,
    "postgresql": 5432,
    "redis": 6379,
    "rediss": 6379,
    "sqlserver": 1433,
    "valkey": 6379,
}
FILES = frozenset({"file", "sqlite", "sqlite3", "libsql+file"})  # schemes of a database that is a file


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a client would connect: `places` are addresses and where each is told."""

    places: tuple[tuple[str, Address], ...] = ()
    names: tuple[Piece, ...] = ()
    labels: tuple[Piece, ...] = ()


def environment_of_connection(subject: Subject, connection: Connection) -> Environment:
    """The environment a connection reaches; nowhere known where it tells nothing."""
    if connection.places:
        return environment_at(subject, connection.places, connection.names, connection.labels)
    if connection.names or connection.labels:
        return environment_of(subject.names, connection.names, connection.labels)
    return NOWHERE


def of_url(source: str, text: str) -> Connection | None:
    """The connection of a URL (also `jdbc:…`, also `postgresql+psycopg://…`); None where it is none."""
    plain = text.strip().removeprefix("jdbc:")
    scheme = plain.partition(":")[0].partition("+")[0].casefold()
    if scheme in FILES:
        return Connection(((source, Address("/")),))
    url = read_url(plain, DEFAULT_PORTS.get(scheme))
    if url is None:
        return None
    database = url.path.partition("/")[0] or url.parameter("database")
    names: tuple[Piece, ...] = (("database", Evidence(source, database)),) if database else ()
    return Connection(tuple((source, address) for address in url.addresses), names)
