"""Tools that take their connection from the project itself: migrations of frameworks and ORMs.

The mode (RAILS_ENV, APP_ENV, --settings, …) and the connection (DATABASE_URL, DB_HOST, …) both count, each from the
command, its variables or the project's dotenv files, the most dangerous of them. Where no mode is told, the framework's
own counts; a framework that has none is unknown then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.environment import Environment, Evidence, Tier
from agentguard.resolve.address import Address, port_of
from agentguard.resolve.configuration import Table, dotenv, table_in
from agentguard.resolve.connection import Connection, environment_of_connection, of_text, without_secrets
from agentguard.resolve.migrations import configured
from agentguard.resolve.subject import NO_DIRECTORY, Subject
from agentguard.resolve.tier import Piece, environment_of, worst
from agentguard.surroundings import Json

Strings = tuple[str, ...]

MODES = tuple(
    "RAILS_ENV RACK_ENV APP_ENV NODE_ENV MIX_ENV DJANGO_SETTINGS_MODULE DJANGO_ENV FLASK_ENV ENVIRONMENT ENV "
    "STAGE".split()
)
URLS = tuple(
    "DATABASE_URL DATABASE_URI DATABASE_DSN DB_URL DIRECT_URL SHADOW_DATABASE_URL POSTGRES_URL POSTGRES_PRISMA_URL "
    "POSTGRES_URL_NON_POOLING MYSQL_URL MONGODB_URI MONGO_URL SQLALCHEMY_DATABASE_URI SQLALCHEMY_DATABASE_URL "
    "FLYWAY_URL LIQUIBASE_COMMAND_URL GOOSE_DBSTRING TYPEORM_URL HASURA_GRAPHQL_ENDPOINT".split()
)
HOSTS = tuple("DB_HOST DATABASE_HOST POSTGRES_HOST PGHOST MYSQL_HOST TYPEORM_HOST".split())
PORTS = tuple("DB_PORT DATABASE_PORT POSTGRES_PORT PGPORT MYSQL_PORT TYPEORM_PORT".split())
DATABASES = tuple("DB_DATABASE DB_NAME DATABASE_NAME POSTGRES_DB PGDATABASE MYSQL_DATABASE".split())
MODE_OPTIONS = (
    "--env",
    "-e",
    "--environment",
    "--settings",
    "--environments",
    "-environment",
    "--profile",
    "--target",
    "-n",
)
URL_OPTIONS = ("--url", "-url", "--database-url", "--db-url", "--endpoint", "--connection-string")


@dataclass(frozen=True, slots=True)
class Framework:
    """Which modes one framework heeds, the mode it starts in where none is told, and its dotenv files' folder."""

    modes: Strings = MODES
    default: str = ""
    folders: Strings = ("",)


RAILS = Framework(("RAILS_ENV", "RACK_ENV"), "development")
NODE = Framework(("NODE_ENV", "APP_ENV"), "development")
DJANGO = Framework(("DJANGO_SETTINGS_MODULE", "DJANGO_ENV", "ENVIRONMENT", "ENV"))
FRAMEWORKS: Mapping[str, Framework] = {
    "artisan": Framework(("APP_ENV",)),
    "django": DJANGO,
    "django-admin": DJANGO,
    "dotnet": Framework(("ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT"), "Development"),  # of dotnet ef, its own
    "knex": NODE,
    "manage.py": DJANGO,
    "mix": Framework(("MIX_ENV",), "dev"),
    "prisma": Framework(("NODE_ENV",), folders=("", "prisma/")),
    "rails": RAILS,
    "rake": RAILS,
    "sequelize": NODE,
    "sequelize-cli": NODE,
}
ANY = Framework()
_SETTINGS = re.compile(rb"""setdefault\(\s*["']DJANGO_SETTINGS_MODULE["']\s*,\s*["']([\w.]+)["']""")

_ENV = re.compile(rb"""[uU]rl[ \t]*=[ \t]*env\(["'](\w+)["']\)""")


def resolve(subject: Subject) -> Environment:
    """The environment of the mode and connection this tool would use."""
    framework = FRAMEWORKS.get(subject.called) or FRAMEWORKS.get(subject.program, ANY)
    modes = list(_modes(subject, framework))
    settings = dict(_dotenv(subject, framework, [evidence.says for evidence in modes]))
    modes += [Evidence(*settings[name]) for name in framework.modes if name in settings and not subject.variable(name)]
    if not modes and framework.default and subject.directory != NO_DIRECTORY:
        modes = [Evidence(f"{framework.modes[0]} is not set, so it", framework.default)]
    told: list[Piece] = [("mode", evidence) for evidence in modes]
    mode = environment_of(subject.names, told)
    known = mode.tier is not Tier.UNKNOWN
    counting: list[Environment] = []
    for connection in _connections(subject, settings):
        environment = environment_of_connection(subject, connection)
        if environment.tier is not Tier.UNKNOWN or not (known and _is_service(connection)):
            counting.append(environment)
    return worst((*counting, *((mode,) if known or not counting else ())))


def _is_service(connection: Connection) -> bool:
    """Whether it only names a neighbour (`db` of a compose file), which is in whatever environment the tool is in."""
    return bool(connection.places) and all(
        "." not in str(address) and ":" not in address.host for _, address in connection.places
    )


def _modes(subject: Subject, framework: Framework) -> Iterator[Evidence]:
    told = subject.option(*MODE_OPTIONS)
    named = ("--database", "-x", "-configFiles", "--defaults-file")  # connections, alembic's arguments, files by name
    beside = [subject.option(name) for name in named]
    yield from (evidence for evidence in (told, *beside) if evidence)
    for word in subject.operands:  # rails and rake take NAME=value behind the task
        name, equals, value = word.partition("=")
        if equals and name in framework.modes:
            yield Evidence(name, value)
    yield from subject.variables(*framework.modes)
    if subject.command and subject.command.path[-1:] == ("dev",):  # `prisma migrate dev` is for nothing else
        yield Evidence("the command", "dev")
    if framework is DJANGO and not told and not subject.variable("DJANGO_SETTINGS_MODULE"):
        module = subject.surroundings.facts(subject.path("manage.py"), "django", _settings_module)
        if isinstance(module, str) and module:
            yield Evidence("manage.py DJANGO_SETTINGS_MODULE", module)


def _dotenv(subject: Subject, framework: Framework, modes: list[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Variables of the dotenv files and where each stands; a later one hides an earlier one of the same name."""
    named = [name for mode in modes for name in (f".env.{mode}", f".env.{mode}.local")]
    files = [folder + name for folder in framework.folders for name in (".env", *named[:1], ".env.local", *named[1:])]
    for name in (*files, *_handed(subject)):
        facts = subject.surroundings.facts(subject.path(name), "dotenv", _kept)
        for key, value in table_in(facts).items():
            yield key, (f"{name} {key}", str(value))


def _handed(subject: Subject) -> Strings:
    """The files whose variables a wrapper sets (`dotenv -e .env.production -- …`), as far as they are there."""
    around = subject.injector
    named = around.place.split() if around and around.program == "dotenv" else ()
    return tuple(name for name in named if subject.surroundings.exists(subject.path(name)))


def _connections(subject: Subject, settings: Mapping[str, tuple[str, str]]) -> Iterator[Connection]:
    told = subject.option(*URL_OPTIONS)
    names = (*URLS, *_schema(subject))
    urls = [told] if told else [*_values(subject, settings, names), *configured(subject)]
    for evidence in urls:
        found = of_text(evidence.source, evidence.says)
        yield found or Connection(names=(("connection", Evidence(evidence.source, "not to be read")),))
    hosts = () if told else _values(subject, settings, HOSTS)
    ports = _values(subject, settings, PORTS)
    databases = _values(subject, settings, DATABASES)
    for host in hosts:
        address = Address(host.says, port_of(ports[0].says) if ports else None)
        yield Connection(((host.source, address),), tuple(("database", evidence) for evidence in databases))


def _values(subject: Subject, settings: Mapping[str, tuple[str, str]], names: Strings) -> list[Evidence]:
    """What each variable is: set around the command, which beats the dotenv files, else what they say."""
    found = []
    handed = _handed(subject)
    for name in names:
        value = subject.variable(name)
        if value and not (handed and value == UNKNOWN_PART):
            found.append(Evidence(name, value))
        elif name in settings:
            found.append(Evidence(*settings[name]))
    return found


def _schema(subject: Subject) -> Strings:
    """The variables that prisma's schema takes its connections from."""
    if subject.program != "prisma":
        return ()
    told = subject.option("--schema")
    for name in (told.says,) if told else ("prisma/schema.prisma", "schema.prisma"):
        found = subject.surroundings.facts(subject.path(name), "prisma", _schema_variables)
        if isinstance(found, list):
            return tuple(str(name) for name in found if name not in URLS)
    return ()


def _schema_variables(data: bytes) -> Json:
    return [match.decode() for match in _ENV.findall(data)]


def _settings_module(data: bytes) -> Json:
    found = _SETTINGS.search(data)
    return found[1].decode() if found else ""


def _kept(data: bytes) -> Json:
    """The variables that may tell a target; of a connection string only its hosts and database."""
    plain = frozenset((*MODES, *HOSTS, *PORTS, *DATABASES))
    told = {name: value for name, value in dotenv(data).items() if value}
    kept: Table = {name: value for name, value in told.items() if name in plain}
    urls = {name: without_secrets(value) for name, value in told.items() if name in URLS or "://" in value}
    return kept | {name: url or "unreadable" for name, url in urls.items()}
