"""Hosts, ports and connection strings, without what is secret in them.

Promises: a user name or password of a URL is never part of what comes back. Refuses to resolve names: nothing here asks
the network, so an address that is not plainly this machine's is another machine's.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import unquote

LOOPBACK_NAMES = frozenset(
    {"localhost", "localhost.localdomain", "ip6-localhost", "ip6-loopback", "0.0.0.0", "host.docker.internal"}  # noqa: S104 - compared with, never bound
)
_PORT = re.compile(r"(?P<host>.*):(?P<port>\d*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Address:
    """A host, or the directory of a socket, and the port where one is told."""

    host: str
    port: int | None = None

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host and self.port is not None else self.host
        return host if self.port is None else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Url:
    """A connection string without its user and password."""

    scheme: str
    addresses: tuple[Address, ...]
    path: str = ""
    query: tuple[tuple[str, str], ...] = ()

    def parameter(self, name: str) -> str:
        """The last value of a parameter behind `?`; empty where it is not there."""
        return dict(self.query).get(name, "")


def is_loopback(host: str) -> bool:
    """Whether a host is plainly this machine: a loopback address or name, or a socket in the file system."""
    plain = host.strip("[]").rstrip(".").casefold()
    if plain in LOOPBACK_NAMES or plain.endswith(".localhost") or plain.startswith(("/", "@")):
        return True
    try:
        return ip_address(plain).is_loopback
    except ValueError:
        return False


def address_of(text: str, port: int | None = None) -> Address:
    """`host`, `host:port` or `[v6]:port` as an Address; `port` where the text names none."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return Address(host, port_of(rest.removeprefix(":"), port))
    split = _PORT.fullmatch(text)
    if split and ":" not in split["host"]:
        return Address(split["host"], port_of(split["port"], port))
    host = text if _is_v6(text) else text.partition(":")[0]  # what follows a second colon may be a password
    return Address(host, port)


def port_of(text: str | None, otherwise: int | None = None) -> int | None:
    """A port told as text; `otherwise` where it is absent or no number."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 5 else otherwise


def read_url(text: str, port: int | None = None) -> Url | None:
    """A URL, also one with several hosts; None where the text is none. `port` where it names no port."""
    scheme, separator, rest = text.partition("://")
    if not separator or not re.fullmatch(r"[A-Za-z][\w+.:-]*", scheme):
        return None
    before, _, query = rest.partition("#")[0].partition("?")
    authority, _, path = before.partition("/")
    hosts = authority.rpartition("@")[2]
    addresses = tuple(address_of(unquote(host), port) for host in hosts.split(",") if host)
    pairs = (part.partition("=") for part in query.split("&") if part)
    return Url(scheme.casefold(), addresses, unquote(path), tuple((key, unquote(value)) for key, _, value in pairs))


def without_login(text: str) -> str:
    """A URL without its user, password and parameters; any other text as it is."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    authority, slash, path = rest.partition("?")[0].partition("/")
    return f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path.rpartition('@')[2]}"


def _is_v6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False
