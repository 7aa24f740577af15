"""A connection to a server, however it was told: addresses, the database's name, and labels that only raise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from agentguard.model.environment import NOWHERE, Environment, Evidence
from agentguard.resolve.address import Address, address_of, port_of, read_url
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
_DRIVER = re.compile(r"@(?:\w+\()?(?P<host>[\w.:-]+)\)?/(?P<database>[\w-]*)")
_PAIR = re.compile(r"(?P<key>\b[A-Za-z][A-Za-z ]{0,30})=(?P<value>'[^']*'|[^\s;]*)")
_KEYS = {
    "data source": "host",
    "database": "database",
    "dbname": "database",
    "host": "host",
    "initial catalog": "database",
    "port": "port",
    "server": "host",
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


def of_text(source: str, text: str) -> Connection | None:
    """The connection of a URL, of `host=… dbname=…`, `Server=…;Database=…` or `user:pass@tcp(host:port)/db`.

    None where the text is none of them; what is secret in it is in no part of the answer.
    """
    if url := of_url(source, text):
        return url
    driver = _DRIVER.search(text)
    if driver:
        told = {"host": driver["host"], "database": driver["database"]}
    else:
        told = {
            _KEYS.get(pair["key"].casefold().strip(), ""): pair["value"].strip("' ") for pair in _PAIR.finditer(text)
        }
    if not told.get("host"):
        return None
    address = address_of(told["host"].removeprefix("tcp:").replace(",", ":"), port_of(told.get("port")))
    names: tuple[Piece, ...] = (("database", Evidence(source, told["database"])),) if told.get("database") else ()
    return Connection(((source, address),), names)


def without_secrets(text: str) -> str:
    """A connection string as a URL of hosts and database alone; empty where it cannot be read."""
    found = of_text("", text)
    if found is None:
        return ""
    hosts = ",".join(str(address) for _, address in found.places)
    database = next((evidence.says for _, evidence in found.names), "")
    return "sqlite://" if hosts == "/" else f"db://{quote(hosts, safe=',:[]')}/{quote(database)}"
