"""The process that reads, watched: what takes too long, takes too much memory or dies is known by its input.

The watched process writes down each input, in memory that both share, before it reads it. One that is stuck in the
middle of C code cannot be interrupted from inside; the watcher ends it, and its input is the finding.
"""

from __future__ import annotations

import mmap
import os
import re
import resource
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from tests.fuzz.targets import Broke, Input, check

STUCK = 20  # CPU seconds after which an input is interrupted
MEMORY = 2 << 30  # bytes of address space
GROWTH = 300 << 10  # KiB by which one input may raise the most memory that was ever in use
ROOM = 1 << 22  # bytes of one input that are written down


class Stuck(BaseException):
    """An input that took STUCK seconds. No `except Exception` of what is tested takes it for its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """An input for which something did not hold, and what."""

    why: str
    item: Input

    @property
    def kind(self) -> str:
        """The reason without its numbers: what is the same finding again."""
        return re.sub(r"[\d.]+", "", self.why)[:60]


def judged(item: Input) -> tuple[Finding | None, frozenset[str]]:
    """Read one input within its time and memory; a finding where something did not hold."""
    before = _peak()
    try:
        with interrupted():
            seen = check(item)
    except Stuck:
        return Finding(f"took over {STUCK} s", item), frozenset()
    except Broke as broke:
        return Finding(str(broke), item), frozenset()
    except Exception as error:  # noqa: BLE001 - whatever escapes is the finding
        return Finding(f"{type(error).__name__}: {error}"[:300], item), frozenset()
    if _peak() - before > GROWTH:
        return Finding(f"took {(_peak() - before) >> 10} MiB", item), seen
    return None, seen


@contextmanager
def interrupted() -> Iterator[None]:
    """Raises Stuck inside after STUCK seconds of CPU."""

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise Stuck

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, STUCK)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


class Slate:
    """The input being read, in memory that outlives the process that reads it."""

    def __init__(self) -> None:
        self._memory = mmap.mmap(-1, ROOM)

    def write(self, item: Input) -> None:
        data = f"{item.target}\n{item.text}".encode("utf-8", "surrogatepass")[: ROOM - 8]
        self._memory[:8] = len(data).to_bytes(8, "big")
        self._memory[8 : 8 + len(data)] = data

    def read(self) -> Input:
        size = int.from_bytes(self._memory[:8], "big")
        target, _, text = self._memory[8 : 8 + size].decode("utf-8", "surrogatepass").partition("\n")
        return Input(target, text)


def watched(work: Callable[[Slate], int]) -> tuple[int, Input]:
    """Do the work in a process of its own: its status, negative for a signal, and the last input it wrote down."""
    slate = Slate()
    child = os.fork()
    if child == 0:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        os._exit(work(slate))
    return _ended(child, slate), slate.read()


def _ended(child: int, slate: Slate) -> int:
    """Wait for a process, and end it where it stands at one input for much too long."""
    last, since = slate.read(), _cpu(child)
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(1)
        now, taken = slate.read(), _cpu(child)
        if now != last:
            last, since = now, taken
        elif taken - since > 3 * STUCK:
            os.kill(child, signal.SIGKILL)


def _cpu(process: int) -> float:
    """CPU seconds of a process so far."""
    try:
        with open(f"/proc/{process}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
