r"""Where psql and its kin connect, in libpq's own order (measured with PostgreSQL 15).

A conninfo or URI beats -h; within it `host=` beats `service=`; then the service file, then PG variables, then the local
socket. Where there is a `hostaddr`, that is what is dialled, and `host` is only a label. DATABASE_URL is not read.
`\c` in a script moves the session, so that every place it goes to counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.environment import Evidence
from agentguard.resolve.address import Address, port_of, read_url
from agentguard.resolve.configuration import ini_reader, text_in
from agentguard.resolve.connection import Connection
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece
from agentguard.surroundings import TooMuch

PORT = 5432
KEYS = ("host", "hostaddr", "port", "dbname", "service")  # what decides where; never user or password
SYSTEM_SERVICES = "/etc/postgresql-common"
NAMED_BY_OPERAND = frozenset({"createdb", "dropdb"})  # their operand is the database acted on, never a conninfo
FILE_OPERANDS = frozenset({"pg_restore"})  # its operand is an archive
_PAIR = re.compile(r"\b(?P<key>\w+)\s*=\s*(?:'(?P<quoted>(?:[^'\\]|\\.)*)'|(?P<plain>(?:[^\s\\]|\\.)*))", re.DOTALL)
_MOVE = re.compile(r"(?<!\\)\\c(?:onnect)?[ \t]+(?P<to>[^\n\\]+)")
_VARIABLES = {"host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE"}

Settings = Mapping[str, Evidence]


def connections(subject: Subject) -> tuple[Connection, ...]:
    r"""The connection this command would make, and those its script moves to with `\c`."""
    settings = _settings(subject)
    moves = [_moved(settings, match["to"]) for text in _scripts(subject) for match in _MOVE.finditer(text)]
    return tuple(_connection(each) for each in (settings, *moves))


def _connection(settings: Settings) -> Connection:
    labels: list[Piece] = [("service", settings["service"])] if "service" in settings else []
    if "hostaddr" in settings and "host" in settings:
        labels.append(("host", settings["host"]))
    names: list[Piece] = [("database", settings["dbname"])] if "dbname" in settings else []
    return Connection(tuple(_places(settings)), tuple(names), tuple(labels))


def _settings(subject: Subject) -> Settings:
    """What libpq would use, each with where it is told."""
    told = {**_flags(subject), **_conninfo_told(subject)}
    service = told.get("service") or next(iter(subject.variables("PGSERVICE")), None)
    listed = {"service": service, **_service(subject, service)} if service else {}
    variables = {key: found[0] for key, name in _VARIABLES.items() if (found := subject.variables(name))}
    return {**variables, **listed, **told}


def _scripts(subject: Subject) -> Iterable[str]:
    """The texts psql is given: -c, -f and what it is fed."""
    if subject.command is None:
        return
    for option in subject.command.options:
        if option.name in ("-c", "--command") and option.value:
            yield option.value.text
        elif option.name in ("-f", "--file") and option.value:
            yield _script(subject, option.value.text)
    if subject.command.stdin is not None:
        yield subject.command.stdin.text


def _script(subject: Subject, name: str) -> str:
    try:
        return subject.surroundings.script(subject.path(name)) or ""
    except (OSError, TooMuch):
        return ""  # the reader of the script has said already that it could not be read


def _moved(settings: Settings, to: str) -> Settings:
    r"""`\c database user host port`, where `-` keeps what was; or a conninfo. What neither says is kept."""
    plain = to.strip().strip("'\"")
    if _is_conninfo(plain):
        told = parameters(plain)
    else:
        told = dict(
            zip(("dbname", "user", "host", "port"), (word.strip("'\"") for word in plain.split()), strict=False)
        )
    given = {key: Evidence("\\c in the script", told[key]) for key in KEYS if told.get(key, "-") not in ("", "-")}
    kept = {key: value for key, value in settings.items() if key != "hostaddr" or "host" not in given}
    return {**kept, **given}


def _places(settings: Settings) -> Iterable[tuple[str, Address]]:
    """The addresses dialled, in order; several hosts may come with one port or with as many."""
    dialled = settings.get("hostaddr") or settings.get("host")
    ports = settings["port"].says.split(",") if "port" in settings else [""]
    if dialled is None:
        yield "no host given", Address("/the local socket", port_of(ports[0], PORT))
        return
    for at, host in enumerate(dialled.says.split(",")):
        yield dialled.source, Address(host or "/the local socket", port_of(ports[min(at, len(ports) - 1)], PORT))


def _flags(subject: Subject) -> dict[str, Evidence]:
    options = {"host": ("-h", "--host"), "port": ("-p", "--port")}
    return {key: found for key, names in options.items() if (found := subject.option(*names))}


def _conninfo_told(subject: Subject) -> dict[str, Evidence]:
    """What -d, else the first operand, says: a conninfo or URI is taken apart, anything else is a database's name."""
    told = subject.option("-d", "--dbname", "--maintenance-db")
    if subject.program in NAMED_BY_OPERAND and subject.operands:
        named = Evidence("the database named", subject.operands[0])
        return {**_taken_apart(told), "dbname": named}
    operands = () if subject.program in FILE_OPERANDS else subject.operands
    if told is None and operands:
        told = Evidence("the connection string" if _is_conninfo(operands[0]) else "the database named", operands[0])
    return _taken_apart(told)


def _taken_apart(told: Evidence | None) -> dict[str, Evidence]:
    if told is None:
        return {}
    if UNKNOWN_PART in told.says and not read_url(told.says):
        return {"host": told}  # it may become a conninfo, which would say where to
    if not _is_conninfo(told.says):
        return {"dbname": told}
    return {key: Evidence(told.source, value) for key, value in parameters(told.says).items() if key in KEYS and value}


def _is_conninfo(text: str) -> bool:
    return "=" in text or text.startswith(("postgres://", "postgresql://"))


def parameters(conninfo: str) -> dict[str, str]:
    """The parameters of a conninfo string or URI; what stands behind `?` beats the authority."""
    url = read_url(conninfo)
    if url is None:
        return {pair["key"]: _plain(pair) for pair in _PAIR.finditer(conninfo)}
    told = {
        "host": ",".join(address.host for address in url.addresses),
        "port": ",".join(str(address.port or "") for address in url.addresses),
        "dbname": url.path,
    }
    return {**{key: value for key, value in told.items() if value.strip(",")}, **dict(url.query)}


def _plain(pair: re.Match[str]) -> str:
    return re.sub(r"\\(.)", r"\1", pair["quoted"] if pair["quoted"] is not None else pair["plain"])


def _service(subject: Subject, service: Evidence) -> dict[str, Evidence]:
    """The settings of a service: PGSERVICEFILE or ~/.pg_service.conf, then the system's file."""
    system = subject.path(f"{subject.variable('PGSYSCONFDIR') or SYSTEM_SERVICES}/pg_service.conf")
    for path in (subject.path(subject.variable("PGSERVICEFILE") or "~/.pg_service.conf"), system):
        facts = subject.surroundings.facts(path, "pg_service", ini_reader(*KEYS))
        if isinstance(facts, dict) and service.says in facts:
            source = f"{service.source} {service.says} in {subject.shown(path)}"
            return {key: Evidence(source, value) for key in KEYS if (value := text_in(facts, service.says, key))}
    return {"host": Evidence(service.source, "a service without an entry")}
