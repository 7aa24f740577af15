"""SQL clients: which server a command connects to.

A connection on this machine is dev whatever the database is called (see reach.py); elsewhere the host and the
database's name both count. SQL that comes without a client tells nothing, and a client that is not known is read for a
URL or a host.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentguard.model.environment import NOWHERE, Environment, Evidence
from agentguard.resolve import mysql, postgres
from agentguard.resolve.address import address_of
from agentguard.resolve.connection import Connection, environment_of_connection, of_url
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, worst

POSTGRES = (
    "clusterdb createdb createuser dropdb dropuser pg_basebackup pg_dump pg_dumpall pg_restore pgbench pgcli psql "
    "reindexdb vacuumdb"
)
MYSQL = "mariadb mariadb-admin mariadb-dump mariadb-import mycli mysql mysqladmin mysqldump mysqlimport mysqlsh"
HOSTS = ("-h", "--host", "-S", "--server", "--hostname", "-H")
URLS = ("--url", "--uri", "--dsn", "--connection-string")
ACCOUNTS = ("-c", "--connection", "-a", "--accountname", "--account", "--profile")
DATABASES = ("-d", "--database", "--dbname", "-D")


def resolve(subject: Subject) -> Environment:
    """The environment of the server a client connects to; nowhere known where nothing says which."""
    if subject.command is None:
        return NOWHERE
    found = CLIENTS.get(subject.program, _others)(subject)
    return worst(environment_of_connection(subject, connection) for connection in found)


def _others(subject: Subject) -> tuple[Connection, ...]:
    return (_other(subject),)


def _other(subject: Subject) -> Connection:
    """A client with no reader of its own: the first URL among its words, else its host, account and database."""
    told = subject.option(*URLS)
    words = [told] if told else []
    words += [Evidence("the connection string", word) for word in subject.operands]
    for word in words:
        if url := of_url(word.source, word.says):
            return url
    host, account, database = subject.option(*HOSTS), subject.option(*ACCOUNTS), subject.option(*DATABASES)
    return Connection(
        ((host.source, address_of(host.says)),) if host else (),
        (
            *((("account", account),) if account else ()),
            *((("database", database),) if database else ()),
            *_tool(subject),
        ),
    )


def _tool(subject: Subject) -> tuple[Piece, ...]:
    """The name of an MCP tool, where people write which server it talks to: `mcp__postgres_prod__query`."""
    return (("tool", Evidence("the tool", subject.program)),) if subject.program.startswith("mcp") else ()


CLIENTS: Mapping[str, Callable[[Subject], tuple[Connection, ...]]] = {
    **dict.fromkeys(POSTGRES.split(), postgres.connections),
    **dict.fromkeys(MYSQL.split(), mysql.connections),
}
