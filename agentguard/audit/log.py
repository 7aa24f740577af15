"""The log's writer: an entry is on the disk before `append` returns.

Promises: whole entries in one chain, also from several processes (each append holds the file's lock and goes on from
what the others wrote); a line that a crash tore is cut off and the cut is told in the next entry.
Refuses to go on after a sync failed: what the disk holds is not known then, so nothing more is promised. After a write
that failed (a full disk) nothing is in the file, and the next append may do better.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from agentguard.audit.chain import Entry, follows, link, parse
from agentguard.model.errors import AgentguardError
from agentguard.model.record import Head, Json

KEEP = "keep what is left of it, and let a second person look"
ANEW = "mend the disk, then `agentguard stop`: the next call starts the broker anew"
BLOCK = 1 << 16  # bytes read at once from the end when looking for the last line


class LogError(AgentguardError):
    """The log cannot be written or trusted; nothing may be allowed."""


class Log:
    """One log file, open for appending. `head` is its newest entry.

    `latest` is the latest time of any entry since it was opened, and of the last one before: a clock that shows less
    went back. It is not kept for longer, so that a clock that was once years ahead does not stop the work for years.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.head, self.latest = Head(), 0
        self._size = 0
        self._broken = ""
        self._lock = Lock()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
            _sync_directory(path.parent)
        except OSError as error:
            raise self._failed("open", error) from error

    def append(self, kind: str, body: dict[str, Json], time: int) -> Entry:
        """Write one entry, and return once it is on the disk. Raises LogError; after a sync that failed, always."""
        self._go_on()
        try:
            with self._locked():
                self._catch_up(time)
                return self._write(link(self.head, time, kind, body))
        except OSError as error:
            self._broken = f"the log could not be written ({error.strerror})"
            raise self._failed("write", error) from error

    def refresh(self, time: int) -> Head:
        """The newest entry's head, with what other processes wrote. Raises LogError where `append` would, too."""
        self._go_on()
        try:
            with self._locked():
                self._catch_up(time)
                return self.head
        except OSError as error:
            raise self._failed("read", error) from error

    def _go_on(self) -> None:
        if self._broken:
            raise LogError(self._broken, place=str(self.path), hint=ANEW)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Nobody else writes meanwhile: no thread of this process, and no other process."""
        with self._lock:
            fcntl.flock(self._file, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(self._file, fcntl.LOCK_UN)

    def entries(self, after: int = 0) -> Iterator[Entry]:
        """The entries with a number above `after`, in order. Raises LogError where a line is none."""
        try:
            with self.path.open("rb") as file:
                for line in file:
                    entry = _trusted(line.rstrip(b"\n"), self.path)
                    if entry.number > after:
                        yield entry
        except OSError as error:
            raise self._failed("read", error) from error

    def has(self, head: Head) -> bool:
        """Is there such an entry?"""
        spelt = f'"hash":"{head.hash}"'.encode()  # inside a text the quotes would be escaped
        try:
            with self.path.open("rb") as file:
                found = (_trusted(line.rstrip(b"\n"), self.path) for line in file if spelt in line)
                return head == Head() or any(entry.head == head for entry in found)
        except OSError as error:
            raise self._failed("read", error) from error

    def close(self) -> None:
        os.close(self._file)

    def _write(self, entry: Entry) -> Entry:
        line = entry.line() + b"\n"
        try:
            written = os.write(self._file, line)
        except OSError as error:
            raise self._failed("write", error) from error
        if written != len(line):
            os.ftruncate(self._file, self._size)
            raise self._failed("write", OSError(errno.ENOSPC, "the disk is full"))
        os.fsync(self._file)
        self._size += written
        self._go_on_from(entry)
        return entry

    def _catch_up(self, time: int) -> None:
        """Go on from the end of the file as it is now. Whoever cut or replaced it is told so."""
        facts = os.fstat(self._file)
        if facts.st_size < self._size or not self._is_at_its_place(facts):
            raise LogError("the log was cut or replaced", place=str(self.path), hint=KEEP)
        if facts.st_size == self._size:
            return
        torn = self._cut_torn_line(facts.st_size)
        size = facts.st_size - torn
        if self._size:
            self._follow(os.pread(self._file, size - self._size, self._size))
        elif size:
            self._go_on_from(_trusted(_last_line(self._file, size), self.path))
        self._size = size
        if torn:
            self._write(link(self.head, time, "torn", {"bytes": torn}))

    def _is_at_its_place(self, facts: os.stat_result) -> bool:
        try:
            return os.path.samestat(facts, self.path.stat())
        except FileNotFoundError:
            return False

    def _follow(self, data: bytes) -> None:
        """Take in the lines that another process wrote behind our own last one."""
        for line in data.split(b"\n")[:-1]:
            entry = _trusted(line, self.path)
            if wrong := follows(entry, self.head):
                raise LogError(f"entry {entry.number} does not follow: {wrong}", place=str(self.path), hint=KEEP)
            self._go_on_from(entry)

    def _go_on_from(self, entry: Entry) -> None:
        self.head, self.latest = entry.head, max(self.latest, entry.time)

    def _cut_torn_line(self, size: int) -> int:
        """Cut what stands behind the last line's end; returns how many bytes that were."""
        torn = len(_tail(self._file, size))
        if torn:
            os.ftruncate(self._file, size - torn)
        return torn

    def _failed(self, doing: str, error: OSError) -> LogError:
        hint = "nothing is allowed until it can be written"
        return LogError(f"cannot {doing} the log ({error.strerror or error})", place=str(self.path), hint=hint)


def _last_line(file: int, size: int) -> bytes:
    """The last line of a file that ends with a line's end, without that end."""
    return _tail(file, size - 1)


def _tail(file: int, size: int) -> bytes:
    """What stands behind the last line's end among the first `size` bytes."""
    tail, at = b"", size
    while at and b"\n" not in tail:
        step = min(BLOCK, at)
        at -= step
        tail = os.pread(file, step, at) + tail
    return tail[tail.rfind(b"\n") + 1 :]


def _trusted(line: bytes, path: Path) -> Entry:
    """The entry of a line, its own hash checked."""
    try:
        entry = parse(line)
        wrong = follows(entry, Head(entry.number - 1, entry.previous))
    except ValueError as error:
        wrong = str(error)
    if wrong:
        raise LogError(f"a line is no entry: {wrong}", place=str(path), hint="`agentguard log verify` names it")
    return entry


def _sync_directory(directory: Path) -> None:
    """A new file's name must be on the disk as well."""
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
