"""Who is at the other end of a Unix socket, as the kernel says. The one file that differs by system.

Where a system cannot tell, the socket's 0700 directory is what keeps others out, and the answer is None.
"""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import psutil

from agentguard.broker.passes import Process


@dataclass(frozen=True, slots=True)
class Peer:
    """The user and the process at the other end; `pid` is 0 where the system does not tell."""

    uid: int
    pid: int = 0


def peer_of(connection: socket.socket) -> Peer | None:
    """The peer of a connected Unix socket; None where this system cannot tell."""
    if sys.platform == "linux":
        pid, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
        return Peer(uid, pid)
    if (
        sys.platform == "darwin"
    ):  # <sys/un.h>: SOL_LOCAL, LOCAL_PEERCRED (struct xucred: version, uid, …), LOCAL_PEERPID
        _, uid = struct.unpack("2I", connection.getsockopt(0, 1, 76)[:8])
        (pid,) = struct.unpack("i", connection.getsockopt(0, 2, 4))
        return Peer(uid, pid)
    return None


def is_there(process: Process) -> bool:
    """Is it still this very process that has its number; one that has ended and that nobody has looked after is not."""
    try:
        found = psutil.Process(process.pid)
        return found.create_time() == process.started and found.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def lineage(pid: int) -> Iterator[Process]:
    """A process and those above it, nearest first; it ends where one is gone or cannot be looked at."""
    try:
        process: psutil.Process | None = psutil.Process(pid) if pid else None
        while process is not None:
            yield Process(process.pid, process.create_time())
            process = process.parent()
    except psutil.Error:
        return
