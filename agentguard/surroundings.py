"""The looking glass: the only way the engine sees the machine.

Every look is recorded, so that a plan says what it depended on and can be replayed without the machine. Nothing here
writes, runs, connects or tells the time. Three backends: `Machine` is real, `Memory` is for tests, `Replay` answers
from a record.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat as bits
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import psutil

from agentguard.model.verdict import Look

READ_LIMIT = 1 << 20  # bytes of one file: no script or configuration that people keep is larger
INDEX_LIMIT = 1 << 24  # bytes of git's index, which is no text: some 150,000 files
LIST_LIMIT = 10_000  # names of one directory: a glob over more is not known
LOOK_LIMIT = 5_000  # looks of one plan: bounds what a hostile checkout can make the engine read

Json = None | bool | int | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Stat:
    """What stands at a path, its last link followed. `kind` is file, directory or other; `size` in bytes.

    `link` tells that the path itself is a symbolic link.
    """

    kind: str
    size: int = 0
    executable: bool = False
    link: bool = False
    modified: int = 0  # nanoseconds since 1970


class TooMuch(Exception):
    """A file is over READ_LIMIT, a directory over LIST_LIMIT, or a plan over LOOK_LIMIT: what follows is Unknown."""


@dataclass(frozen=True, slots=True)
class Own:
    """What of this machine is the guard's own, wherever it lies: files and directories, its sockets, its processes.

    Whoever starts the engine knows it; nothing of a call, and no variable, says it.
    """

    places: tuple[str, ...] = ()  # absolute, links followed
    sockets: tuple[str, ...] = ()
    shims: tuple[str, ...] = ()  # the directories that stand first in an agent's PATH
    processes: tuple[int, ...] = ()


class Backend(Protocol):
    """Raw looks, unrecorded. An absent file is None; a file that may not be read raises OSError."""

    @property
    def environ(self) -> Mapping[str, str]: ...
    def read(self, path: str) -> bytes | None: ...
    def stat(self, path: str) -> Stat | None: ...
    def listdir(self, path: str) -> tuple[str, ...] | None: ...
    def realpath(self, path: str) -> str: ...
    def listener(self, port: int) -> tuple[str, ...]: ...


@dataclass
class Surroundings:
    """The engine's view of the machine: a backend, and the record of every look through it."""

    backend: Backend
    cwd: str
    looks: dict[tuple[str, str], object] = field(default_factory=dict)
    here: Surroundings | None = None  # of an elsewhere: the machine that the call starts on
    own: Own = Own()

    def _look(self, kind: str, subject: str, answer: Callable[[], object]) -> object:
        key = (kind, subject)
        if key not in self.looks:
            if len(self.looks) >= LOOK_LIMIT:
                raise TooMuch(f"more than {LOOK_LIMIT} looks at the machine")
            self.looks[key] = answer()
        return self.looks[key]

    def variable(self, name: str) -> str | None:
        """A variable of the environment the call starts with."""
        answer = self._look("variable", name, lambda: self.backend.environ.get(name))
        return None if answer is None else str(answer)

    def variable_names(self) -> tuple[str, ...]:
        """The names of all variables the call starts with, sorted."""
        answer = self._look("variables", "", lambda: sorted(self.backend.environ))
        return tuple(answer) if isinstance(answer, list) else ()

    @property
    def home(self) -> str:
        return self.variable("HOME") or "/nonexistent"

    def script(self, path: str) -> str | None:
        """The text of something that would be run: an approval is bound to these bytes. None where it is absent."""
        answer = self._look("script", path, lambda: _text(self.backend.read(path)))
        return None if answer is None else str(answer)

    def facts(self, path: str, name: str, reader: Callable[[bytes], Json]) -> Json:
        """What `reader` makes of a configuration file; None where the file is absent or may not be read.

        Only the answer is recorded, under `name`: a reader must leave out passwords and tokens. A reader that raises
        ValueError (a file that does not parse) answers None too.
        """

        def look() -> object:
            try:
                data = self.backend.read(path)
                return None if data is None else reader(data)
            except (OSError, ValueError):
                return None

        return self._look(f"facts:{name}", path, look)  # type: ignore[return-value]  # a reader returns Json

    def stat(self, path: str) -> Stat | None:
        """What stands at an absolute path; None where nothing does."""
        answer = self._look("stat", path, lambda: self.backend.stat(path))
        return answer if isinstance(answer, Stat) else None

    def exists(self, path: str) -> bool:
        return self.stat(path) is not None

    def listdir(self, path: str) -> tuple[str, ...] | None:
        """The names in a directory, sorted; None where it is not there."""
        answer = self._look("list", path, lambda: self.backend.listdir(path))
        return tuple(answer) if isinstance(answer, (tuple, list)) else None

    def realpath(self, path: str) -> str:
        """The path with every symbolic link followed."""
        return str(self._look("realpath", path, lambda: self.backend.realpath(path)))

    def listener(self, port: int, reader: Callable[[tuple[str, ...]], Json]) -> Json:
        """What `reader` makes of the argv of the process that listens on a local TCP port.

        The argv is empty where none listens or it cannot be seen. Only the answer is recorded: a reader must leave out
        passwords and tokens.
        """

        def look() -> object:
            return reader(self.backend.listener(port))

        return self._look("listener", str(port), look)  # type: ignore[return-value]  # a reader returns Json

    def own_places(self) -> tuple[str, ...]:
        """The files and directories that are the guard's own."""
        return self._own("places", self.own.places)

    def own_sockets(self) -> tuple[str, ...]:
        """The sockets that its broker listens on."""
        return self._own("sockets", self.own.sockets)

    def own_shims(self) -> tuple[str, ...]:
        """The directories that hold its shims."""
        return self._own("shims", self.own.shims)

    def is_own_process(self, pid: int) -> bool:
        """Whether a process is the guard's; one look each, as the guard's own numbers change when it starts anew."""
        return self._look("own process", str(pid), lambda: pid in self.own.processes) is True

    def _own(self, name: str, answer: tuple[str, ...]) -> tuple[str, ...]:
        found = self._look("own", name, lambda: answer)
        return tuple(found) if isinstance(found, (tuple, list)) else ()

    def elsewhere(self) -> Surroundings:
        """What is known of another host or container: nothing. Its home reads `~`."""
        return Surroundings(Memory(environ={"HOME": "~"}), "", here=self.here or self)

    def record(self) -> tuple[Look, ...]:
        """Every look so far, sorted: what the plan depended on."""
        return tuple(Look(kind, subject, _plain(self.looks[kind, subject])) for kind, subject in sorted(self.looks))


def _text(data: bytes | None) -> str | None:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _plain(answer: object) -> object:
    if isinstance(answer, Stat):
        return [answer.kind, answer.size, answer.executable, answer.link, answer.modified]
    return list(answer) if isinstance(answer, tuple) else answer


@dataclass(frozen=True)
class Machine:
    """The real machine, with the environment of the call (never this process's own)."""

    environ: Mapping[str, str]

    def read(self, path: str) -> bytes | None:
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError as error:
            if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP):
                return None
            raise
        with os.fdopen(descriptor, "rb") as file:
            if not bits.S_ISREG(os.fstat(descriptor).st_mode):  # a pipe or a device is never read
                return None
            limit = INDEX_LIMIT if path.endswith("/index") else READ_LIMIT
            data = file.read(limit + 1)
        if len(data) > limit:
            raise TooMuch(f"{path} is over {limit} bytes")
        return data

    def stat(self, path: str) -> Stat | None:
        try:
            own = os.lstat(path)
            link = bits.S_ISLNK(own.st_mode)
            facts = os.stat(path) if link else own
        except (OSError, ValueError):
            return Stat("other", link=True) if os.path.islink(path) else None
        kind = "directory" if bits.S_ISDIR(facts.st_mode) else "file" if bits.S_ISREG(facts.st_mode) else "other"
        return Stat(kind, facts.st_size, bool(facts.st_mode & 0o111), link, facts.st_mtime_ns)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        names: list[str] = []
        try:
            with os.scandir(path) as entries:
                for entry in entries:
                    names.append(entry.name)
                    if len(names) > LIST_LIMIT:
                        raise TooMuch(f"{path} holds over {LIST_LIMIT} names")
        except OSError:
            return None
        return tuple(sorted(names))

    def realpath(self, path: str) -> str:
        return os.path.realpath(path)

    def listener(self, port: int) -> tuple[str, ...]:
        try:
            for connection in psutil.net_connections(kind="tcp"):
                local = connection.laddr[1] if connection.laddr else None
                if connection.status == psutil.CONN_LISTEN and local == port and connection.pid:
                    return tuple(psutil.Process(connection.pid).cmdline())
        except (psutil.Error, OSError):
            return ()
        return ()


@dataclass(frozen=True)
class Memory:
    """A machine made of values: files by absolute path, links, and who listens where. For tests and policy examples."""

    files: Mapping[str, bytes | str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    directories: frozenset[str] = frozenset()
    links: Mapping[str, str] = field(default_factory=dict)
    listeners: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        data = self.files.get(self.realpath(path))
        return data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data

    def stat(self, path: str) -> Stat | None:
        real, link = self.realpath(path), path in self.links
        data = self.files.get(real)
        if data is not None:
            return Stat("file", len(data), str(data[:2]) in ("#!", "b'#!'"), link)
        return Stat("directory", link=link) if self._is_directory(real) else None

    def _is_directory(self, path: str) -> bool:
        below = path.rstrip("/") + "/"
        return path in self.directories or any(name.startswith(below) for name in (*self.files, *self.directories))

    def listdir(self, path: str) -> tuple[str, ...] | None:
        real = self.realpath(path)
        if not self._is_directory(real):
            return None
        below = real.rstrip("/") + "/"
        every = (*self.files, *self.directories, *self.links)
        return tuple(sorted({name[len(below) :].split("/")[0] for name in every if name.startswith(below)} - {""}))

    def realpath(self, path: str) -> str:
        path = os.path.normpath(path)
        for link, place in self.links.items():
            if path == link or path.startswith(link + "/"):
                return self.realpath(os.path.join(os.path.dirname(link), place) + path[len(link) :])
        return path

    def listener(self, port: int) -> tuple[str, ...]:
        return self.listeners.get(port, ())


def replay(looks: tuple[Look, ...], cwd: str) -> Surroundings:
    """Surroundings that answer only what `looks` hold; anything else raises TooMuch, and so ends Unknown."""
    answers: dict[tuple[str, str], object] = {}
    for look in looks:
        answer = look.answer
        if look.kind == "stat" and isinstance(answer, list):
            answer = Stat(str(answer[0]), int(answer[1]), bool(answer[2]), bool(answer[3]), int(answer[4]))
        answers[look.kind, look.subject] = answer
    return Surroundings(_NoMachine(), cwd, answers)


class _NoMachine:
    """The backend of a replay: whatever the record does not answer was not looked at."""

    environ: Mapping[str, str] = {}

    def _absent(self, subject: object) -> TooMuch:
        return TooMuch(f"the record says nothing of {subject}")

    def read(self, path: str) -> bytes | None:
        raise self._absent(path)

    def stat(self, path: str) -> Stat | None:
        raise self._absent(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        raise self._absent(path)

    def realpath(self, path: str) -> str:
        raise self._absent(path)

    def listener(self, port: int) -> tuple[str, ...]:
        raise self._absent(port)


def digest_of(text: str) -> str:
    """SHA-256 of a text that may hold undecodable bytes, as hex."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()
