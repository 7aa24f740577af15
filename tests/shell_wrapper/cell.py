"""One program in a cell: processes and mounts of its own, an ordinary user, a limit on everything it could use up.

Promises: how it ended is told to the signal; nothing of it lives on; it can send no signal to anybody outside, and has
no right at all that a user has not. To be called inside `sandbox`, by a process with one thread.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

USER = 1000  # who runs inside
PATIENCE = 6.0  # seconds; what runs on after that is ended, and told as late
LINGER = 0.5  # seconds that what runs in the background has once the program has ended
LIMITS = {resource.RLIMIT_NPROC: 150, resource.RLIMIT_FSIZE: 8 << 20, resource.RLIMIT_CPU: 5, resource.RLIMIT_CORE: 0}
NEW = 0x10000000 | 0x20000000 | 0x00020000 | 0x08000000  # CLONE_NEWUSER, NEWPID, NEWNS, NEWIPC
PRIVATE = 0x4000 | 0x40000  # MS_REC, MS_PRIVATE
HARMLESS = 0x2 | 0x4 | 0x8  # MS_NOSUID, MS_NODEV, MS_NOEXEC
PREFER_NO_RIGHTS = 38  # PR_SET_NO_NEW_PRIVS
C = ctypes.CDLL(None, use_errno=True)
LATE = -1  # no status of wait(2)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended (`exit 3`, `signal 15`, `late`), and what it wrote."""

    how: str
    output: bytes
    error: bytes

    @property
    def status(self) -> int | None:
        """The exit status; None where it ended in another way."""
        return int(self.how[5:]) if self.how.startswith("exit ") else None


def run(words: Sequence[str], cwd: Path, environ: Mapping[str, str], given: bytes, folder: Path) -> Ended:
    """Run a program to its end; `folder` takes its input and output meanwhile."""
    (folder / "0").write_bytes(given)
    status, told = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        _kept(words, cwd, environ, folder, told)
    os.close(told)
    with os.fdopen(status, "rb") as answer:
        raw = int(answer.read() or LATE)
    os.waitpid(keeper, 0)
    return Ended(_told(raw), (folder / "1").read_bytes(), (folder / "2").read_bytes())


def _told(raw: int) -> str:
    if raw == LATE:
        return "late"
    return f"signal {os.WTERMSIG(raw)}" if os.WIFSIGNALED(raw) else f"exit {os.WEXITSTATUS(raw)}"


def _kept(words: Sequence[str], cwd: Path, environ: Mapping[str, str], folder: Path, told: int) -> None:
    """The process above the cell: it enters the new namespaces, and ends all of it once that takes too long."""
    try:
        user, group = os.geteuid(), os.getegid()  # as they are called out here
        _must(C.unshare(NEW))
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{USER} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{USER} {group} 1")
        first = os.fork()
        if first == 0:
            _first(words, cwd, environ, folder, told)
        os.close(told)
        if not _ended(first, PATIENCE):
            os.kill(first, signal.SIGKILL)  # the kernel ends everybody below the first process
            os.waitpid(first, 0)
    except OSError as error:
        os.write(2, f"no cell: {error}\n".encode())
    finally:
        os._exit(0)


def _first(words: Sequence[str], cwd: Path, environ: Mapping[str, str], folder: Path, told: int) -> None:
    """The first process of the cell: it waits for the program, a little for what that left, and says how it ended."""
    try:
        _must(C.mount(b"none", b"/", None, PRIVATE, None))
        _must(C.mount(b"proc", b"/proc", b"proc", HARMLESS, None))
        os.setsid()
        program = os.fork()
        if program == 0:
            _program(words, cwd, environ, folder)
        _, raw = os.waitpid(program, 0)
        _ended(-1, LINGER)
        os.write(told, str(raw).encode())
    except OSError as error:
        os.write(2, f"no cell: {error}\n".encode())
    finally:
        os._exit(0)


def _program(words: Sequence[str], cwd: Path, environ: Mapping[str, str], folder: Path) -> None:
    try:
        for descriptor, mode in enumerate((os.O_RDONLY, *(os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND,) * 2)):
            os.dup2(os.open(folder / str(descriptor), mode, 0o600), descriptor)
        os.closerange(3, 256)
        os.chdir(cwd)
        os.setpgid(0, 0)
        for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):  # Python has its own ways with these
            signal.signal(number, signal.SIG_DFL)
        for limit, most in LIMITS.items():
            resource.setrlimit(limit, (most, most))
        _must(C.prctl(PREFER_NO_RIGHTS, 1, 0, 0, 0))
        os.execvpe(words[0], list(words), dict(environ))  # noqa: S606 - it is what a cell is for
    except OSError as error:
        os.write(2, f"{words[0]}: {error.strerror}\n".encode())
    finally:
        os._exit(127)


def _ended(child: int, patience: float) -> bool:
    """Have the child (or, for -1, all of them) ended within some seconds."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        try:
            gone, _ = os.waitpid(child, os.WNOHANG)
        except ChildProcessError:
            return True
        if gone == child:
            return True
        time.sleep(0.002)
    return False


def _must(result: int) -> None:
    if result:
        raise OSError(ctypes.get_errno(), "the cell could not be made")
