"""Where mysql and its kin connect: -h, else MYSQL_HOST, else the host of an option file, else the local socket."""

from __future__ import annotations

from agentguard.model.environment import Evidence
from agentguard.resolve.address import Address, port_of
from agentguard.resolve.configuration import ini_reader, text_in
from agentguard.resolve.connection import Connection, of_url
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece

PORT = 3306
FILES = ("/etc/my.cnf", "/etc/mysql/my.cnf", "~/.my.cnf")  # read in this order, the last that says something wins
NO_DATABASE = frozenset({"mysqladmin", "mariadb-admin"})  # their operands are commands


def connections(subject: Subject) -> tuple[Connection, ...]:
    """The connection this command would make."""
    return (_connection(subject),)


def _connection(subject: Subject) -> Connection:
    url = next((found for word in subject.operands if (found := of_url("the connection string", word))), None)
    if url:
        return url
    suffix = subject.option("--defaults-group-suffix")
    labels: list[Piece] = [("profile", suffix)] if suffix else []
    login = subject.option("--login-path")
    if login:
        labels.append(("profile", login))  # its file is obfuscated: what host it holds is not known
    port = subject.told(("-P", "--port"), ("MYSQL_TCP_PORT",))
    host = _host(subject, suffix.says if suffix else "", encrypted=login is not None)
    places = ((host.source, Address(host.says, port_of(port.says if port else None, PORT))),) if host else ()
    database = subject.option("-D", "--database")
    if database is None and subject.operands and subject.program not in NO_DATABASE:
        database = Evidence("the database named", subject.operands[0])
    return Connection(places, (("database", database),) if database else (), tuple(labels))


def _host(subject: Subject, suffix: str, *, encrypted: bool) -> Evidence | None:
    """The host that decides; None where it stands in a file that cannot be read."""
    told = subject.option("-h", "--host") or subject.option("-S", "--socket")
    if told or encrypted:
        return told
    named = subject.option("--defaults-file")
    return (
        next(iter(subject.variables("MYSQL_HOST")), None)
        or _listed(subject, suffix, named.says if named else "")
        or Evidence("no host given", "/the local socket")
    )


def _listed(subject: Subject, suffix: str, only: str) -> Evidence | None:
    extra = subject.option("--defaults-extra-file")
    paths = (only,) if only else () if subject.command and subject.command.has("--no-defaults") else FILES
    found: Evidence | None = None
    for path in (*paths, *((extra.says,) if extra else ())):
        place = subject.path(path)
        facts = subject.surroundings.facts(place, "my_cnf", ini_reader("host", "socket"))
        for section in ("client", subject.program, f"client{suffix}", f"{subject.program}{suffix}"):
            host = text_in(facts, section, "host") or text_in(facts, section, "socket")
            found = Evidence(f"{subject.shown(place)} [{section}] host", host) if host else found
    return found
