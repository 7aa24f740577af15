"""The one place where this user's broker sits: a lock and a private socket.

Promises: of two brokers for the same state exactly one gets the seat, across crashes (the lock dies with its holder);
a socket left by a dead broker is replaced; the directory is 0700 and the socket 0600 before anybody can connect.
Refuses a directory that is somebody else's or open to others.
"""

from __future__ import annotations

import fcntl
import os
import socket
import time
from dataclasses import dataclass
from pathlib import Path

from agentguard.broker.places import Places
from agentguard.model.errors import AgentguardError

BACKLOG = 1024  # connections that may wait: an agent's parallel calls come in bursts
PATIENCE = 10.0  # seconds: a broker that leaves gives what it has begun five
GRACE = 0.02  # seconds between two looks
PRIVATE = 0o077  # nothing for group and others


@dataclass(frozen=True, slots=True)
class Seat:
    """The lock's descriptor, and the bound socket with its path; all of them live as long as the broker."""

    lock: int
    socket: socket.socket
    path: Path

    def leave(self) -> None:
        """Give the seat up. The socket's name goes first, so that nobody finds a socket without a broker."""
        self.path.unlink(missing_ok=True)
        self.socket.close()
        os.close(self.lock)


def take_seat(places: Places) -> Seat | None:
    """The seat; None where another broker serves. One that is about to leave, or has not come up yet, is waited for.

    Raises AgentguardError for a directory that cannot be trusted, or a broker that neither serves nor leaves.
    """
    make_private(places.state)
    make_private(places.socket.parent)
    lock = os.open(places.lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + PATIENCE
    while not _locked(lock):
        if answers(places):
            os.close(lock)
            return None
        if time.monotonic() > deadline:
            holder = os.pread(lock, 32, 0).decode("ascii", "replace")
            os.close(lock)
            raise AgentguardError(
                "another broker has the lock and does not answer",
                place=str(places.lock),
                hint=f"`kill {holder}` ends it",
            )
        time.sleep(GRACE)
    os.ftruncate(lock, 0)
    os.pwrite(lock, str(os.getpid()).encode(), 0)
    return Seat(lock, _bind(places.socket), places.socket)


def answers(places: Places) -> bool:
    """Does anything accept connections on the socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(str(places.socket))
        except OSError:
            return False
    return True


def make_private(directory: Path) -> None:
    """Make a directory that is this user's alone. Raises AgentguardError where what stands there is not."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    facts = directory.stat()
    if facts.st_uid != os.geteuid():
        raise AgentguardError("this directory belongs to somebody else", place=str(directory), hint="choose another")
    if facts.st_mode & PRIVATE:
        hint = f"choose another, or `chmod 700 {directory}`"
        raise AgentguardError("this directory is open to others", place=str(directory), hint=hint)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _bind(path: Path) -> socket.socket:
    path.unlink(missing_ok=True)  # we hold the lock: whoever made it is gone
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    bound.bind(str(path))
    path.chmod(0o600)  # nobody can have connected: it does not listen yet
    bound.listen(BACKLOG)
    return bound
