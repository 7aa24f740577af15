"""Which machine an ssh destination really is, as `ssh_config` says: Host blocks, HostName, ProxyJump, Include.

Promises OpenSSH's order: the command's own `-o`, then the user's file (or `-F`), then the system's; the first value
wins. Blocks of `Match` count where they ask for the host alone; other conditions are not known and are left out.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase

from agentguard.model.environment import Evidence
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

SYSTEM = "/etc/ssh/ssh_config"
INCLUDE_LIMIT = 64  # files reached by Include: more than anybody keeps
_KEPT = frozenset({"host", "match", "hostname", "proxyjump", "include", "port"})

_WORD = re.compile(r'"([^"]*)"|(\S+)')

Lines = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Machine:
    """A destination: as written, the host that is dialled, and the machines on the way."""

    written: Evidence
    dialled: Evidence
    port: str
    jumps: tuple[Evidence, ...]


def machine(subject: Subject, destination: str, source: str, *, own: bool = True) -> Machine:
    """The machine behind `[user@]host[:port]` or `ssh://…`. `own`: the subject's command is the ssh that dials."""
    host, port = _host(destination)
    told = dict(_command_line(subject)) if own else {}
    for path in _files(subject) if own else (subject.path("~/.ssh/config"), SYSTEM):
        for key, value in _applying(subject, path, host):
            told.setdefault(key, (subject.shown(path), value))
    where, name = told.get("hostname", (source, host))
    jump_source, jumps = told.get("proxyjump", ("", ""))
    return Machine(
        Evidence(source, host),
        Evidence(f"{where} HostName" if where != source else source, name.replace("%h", host).replace("%%", "%")),
        port or told.get("port", ("", ""))[1],
        tuple(
            Evidence(f"{jump_source} ProxyJump", _host(jump)[0])
            for jump in jumps.split(",")
            if jump not in ("", "none")
        ),
    )


def _host(destination: str) -> tuple[str, str]:
    _, scheme, rest = destination.partition("://")
    plain = (rest if scheme else destination).partition("/")[0].rpartition("@")[2]
    if plain.startswith("["):
        host, _, port = plain[1:].partition("]")
        return host, port.removeprefix(":")
    host, _, port = plain.partition(":") if plain.count(":") == 1 else (plain, "", "")
    return host, port


def _command_line(subject: Subject) -> list[tuple[str, tuple[str, str]]]:
    found: list[tuple[str, tuple[str, str]]] = []
    for option in subject.command.options if subject.command else ():
        value = option.value.text if option.value else ""
        if option.name == "-o":
            key, _, value = value.replace("=", " ", 1).partition(" ")
            found.append((key.casefold(), ("-o", value.strip())))
        elif option.name in ("-J", "-p", "-P"):
            found.append(("proxyjump" if option.name == "-J" else "port", (option.name, value)))
    return list(reversed(found))  # for ssh the first of a kind wins


def _files(subject: Subject) -> tuple[str, ...]:
    told = subject.option("-F")
    return (subject.path(told.says),) if told else (subject.path("~/.ssh/config"), SYSTEM)


def _applying(subject: Subject, path: str, host: str) -> Lines:
    """The settings of one file, and of those it includes, that apply to this host, in order."""
    found: Lines = []
    applies = True
    for key, value in _lines(subject, path, set()):
        if key == "host":
            applies = _listed(host, _words(value))
        elif key == "match":
            applies = _matches(host, _words(value))
        elif applies:
            found.append((key, value))
    return found


def _lines(subject: Subject, path: str, read: set[str]) -> Lines:
    """The lines of a file and of those it includes, where they stand; each file is read once."""
    if path in read or len(read) > INCLUDE_LIMIT:
        return []
    read.add(path)
    facts = subject.surroundings.facts(path, "ssh_config", _ssh_config)
    found: Lines = []
    for row in facts if isinstance(facts, list) else ():
        key, value = (str(part) for part in row) if isinstance(row, list) else ("", "")
        found.append((key, value))
        for included in _included(subject, path, value) if key == "include" else ():
            found.extend(_lines(subject, included, read))
    return found


def _included(subject: Subject, path: str, value: str) -> Iterator[str]:
    """The files that an Include names, by themselves or as a glob; relative ones lie beside the standard files."""
    beside = os.path.dirname(SYSTEM) if path.startswith(os.path.dirname(SYSTEM)) else subject.path("~/.ssh")
    for name in _words(value):
        folder, pattern = os.path.split(subject.path(name) if name.startswith("~") else os.path.join(beside, name))
        if not any(sign in pattern for sign in "*?["):
            yield f"{folder}/{pattern}"
            continue
        listed = subject.surroundings.listdir(folder) or ()
        yield from (f"{folder}/{entry}" for entry in listed if fnmatchcase(entry, pattern))


def _words(value: str) -> list[str]:
    return [quoted or plain for quoted, plain in _WORD.findall(value)]


def _listed(host: str, patterns: list[str]) -> bool:
    denied = any(fnmatchcase(host, p[1:]) for p in patterns if p.startswith("!"))
    return not denied and any(fnmatchcase(host, p) for p in patterns if not p.startswith("!"))


def _matches(host: str, words: list[str]) -> bool:
    if [word.casefold() for word in words] == ["all"]:
        return True
    asks_host = len(words) == 2 and words[0].casefold() in ("host", "originalhost")
    return asks_host and _listed(host, words[1].split(","))


def _ssh_config(data: bytes) -> Json:
    found: list[Json] = []
    for line in data.decode("utf-8", "replace").splitlines():
        key, _, value = line.strip().replace("=", " ", 1).replace("\t", " ").partition(" ")
        if key.casefold() in _KEPT:
            found.append([key.casefold(), value.strip()])
    return found
