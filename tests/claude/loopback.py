"""Become a program that reaches nothing but loopback: `python -I loopback.py FD PROGRAM ARGUMENT…`.

Listens on a free port of 127.0.0.1, in a network namespace of its own where this system gives one, hands the socket to
whoever holds the other end of FD, and becomes PROGRAM with ANTHROPIC_BASE_URL naming the port.
"""

import contextlib
import ctypes
import fcntl
import os
import socket
import struct
import sys

NEW_NETWORK = 0x40000000  # CLONE_NEWNET, <linux/sched.h>
SET_FLAGS, UP = 0x8914, 1  # SIOCSIFFLAGS and IFF_UP, <linux/sockios.h> and <linux/if.h>


def isolate() -> None:
    """A network of this process's own with loopback up; nothing where that is not to be had."""
    unshare = getattr(ctypes.CDLL(None), "unshare", None)
    if unshare and unshare(NEW_NETWORK) == 0:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            fcntl.ioctl(any_socket, SET_FLAGS, struct.pack("16sh14x", b"lo", UP))


def main(descriptor: str, *words: str) -> None:
    isolate()
    with socket.create_server(("127.0.0.1", 0)) as listening, socket.socket(fileno=int(descriptor)) as tell:
        socket.send_fds(tell, [b"."], [listening.fileno()])
        port = listening.getsockname()[1]
    os.environ["ANTHROPIC_BASE_URL"] = f"http://127.0.0.1:{port}"
    os.execv(words[0], words)  # noqa: S606 - this process becomes the program


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main(*sys.argv[1:])
