"""Addresses of databases as code writes them, and the client that goes to the same place."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from agentguard.model.command import UNKNOWN_PART, Word

ADDRESS = re.compile(
    r"(?:postgres(?:ql)?|mysql2?|mariadb|sqlite3?)(?:\+\w+)?://\S+|(?P<pdo>pgsql|mysql):(?P<fields>[\w.=;\s-]*host=[\w.;=\s-]+)"
)
SQL = re.compile(
    r"\s*(?:alter|call|copy|create|delete|do|drop|exec|grant|insert|merge|reindex|replace|revoke|truncate|update|vacuum|with)\s",
    re.IGNORECASE,
)


def by_url(address: Word, text: Word) -> tuple[Word, ...] | None:
    """The client that a URL of SQLAlchemy names: `postgresql+psycopg://host/name`."""
    try:
        parts = urlsplit(address.text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return (Word("psql"), Word(UNKNOWN_PART, known=False), Word("-c"), text)
    scheme = parts.scheme.partition("+")[0]
    if scheme == "sqlite":
        return (Word("sqlite3"), Word(parts.path[1:] or ":memory:", address.known), text)
    if scheme in ("mysql", "mariadb"):
        more = (Word("-P"), Word(str(port))) if port else ()
        return (
            Word("mysql"),
            Word("-h"),
            Word(host, address.known),
            *more,
            Word("-D"),
            Word(parts.path[1:]),
            Word("-e"),
            text,
        )
    if scheme in ("postgres", "postgresql") or not address.known:
        url = address.text.replace(parts.scheme, "postgresql", 1) if scheme else address.text
        return (Word("psql"), Word(url, address.known), Word("-c"), text)
    return None


def address_in(texts: Iterable[Word]) -> Word | None:
    """The first of these texts that is the address of a database, as a URL; PDO's `pgsql:host=…` too."""
    for text in texts:
        found = ADDRESS.match(text.text)
        if found is not None and found["pdo"]:
            fields = dict(part.strip().partition("=")[::2] for part in found["fields"].split(";"))
            scheme = "postgresql" if found["pdo"] == "pgsql" else "mysql"
            return Word(f"{scheme}://{fields.get('host', '')}/{fields.get('dbname', '')}", text.known)
        if found is not None:
            return text
    return None
