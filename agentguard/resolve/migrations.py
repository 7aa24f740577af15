"""The configuration files of migration tools: the connection that alembic, flyway and liquibase take from theirs.

Keeps connections without user and password. A file that is named and not there says nothing here; that its own name
may tell the environment is resolve/project.py's to say.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Mapping

from agentguard.model.environment import Evidence
from agentguard.resolve.configuration import ini_reader, table_in, text_in
from agentguard.resolve.connection import without_secrets
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

_PROPERTY = re.compile(r"^[ \t]*(?:flyway\.|liquibase\.command\.)?url[ \t]*[=:][ \t]*(?P<url>\S+)", re.MULTILINE)
FLYWAY = ("-configFiles",)
LIQUIBASE = ("--defaults-file",)


def configured(subject: Subject) -> list[Evidence]:
    """The connections that the tool's own files give it; none for a tool whose files are not known."""
    reader = READERS.get(subject.program)
    return list(reader(subject)) if reader else []


def _alembic(subject: Subject) -> Iterator[Evidence]:
    told = subject.option("-c", "--config")
    path = subject.path(told.says if told else "alembic.ini")
    section = subject.option("-n", "--name")
    facts = subject.surroundings.facts(path, "alembic", _alembic_ini)
    url = text_in(facts, section.says if section else "alembic")
    if url:
        yield Evidence(f"{subject.shown(path)} sqlalchemy.url", url)


def _flyway(subject: Subject) -> Iterator[Evidence]:
    told = subject.option(*FLYWAY)
    named = told.says.split(",") if told else ["flyway.toml", "flyway.conf", "conf/flyway.conf", "flyway.user.toml"]
    chosen = subject.told(("-environment",), ("FLYWAY_ENVIRONMENT",))
    for name in named:
        facts = subject.surroundings.facts(subject.path(name), "flyway", _flyway_settings)
        for key in (chosen.says if chosen else "default", "url"):
            if url := text_in(facts, key):
                yield Evidence(f"{name} url", url)


def _liquibase(subject: Subject) -> Iterator[Evidence]:
    told = subject.option(*LIQUIBASE)
    name = told.says if told else "liquibase.properties"
    if url := text_in(subject.surroundings.facts(subject.path(name), "liquibase", _properties), "url"):
        yield Evidence(f"{name} url", url)


READERS: Mapping[str, Callable[[Subject], Iterator[Evidence]]] = {
    "alembic": _alembic,
    "flyway": _flyway,
    "liquibase": _liquibase,
}


def _alembic_ini(data: bytes) -> Json:
    sections = ini_reader("sqlalchemy.url")(data)
    return {name: without_secrets(text_in(sections, name, "sqlalchemy.url")) for name in table_in(sections)}


def _flyway_settings(data: bytes) -> Json:
    """The connection of each environment of a TOML file; of a plain one the only connection."""
    try:
        told = tomllib.loads(data.decode())
    except tomllib.TOMLDecodeError:
        return _properties(data)
    environments = table_in(told, "environments")
    found: dict[str, Json] = {name: without_secrets(text_in(environments, name, "url")) for name in environments}
    plain = text_in(told, "flyway", "url")
    return {**found, "url": without_secrets(plain)} if plain else found


def _properties(data: bytes) -> Json:
    found = _PROPERTY.search(data.decode("utf-8-sig"))
    return {"url": without_secrets(found["url"])} if found else {}
