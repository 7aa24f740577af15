"""What one hook call costs: the whole process of the client against a warm broker, beside a bare interpreter.

    python benchmarks/hook.py [CALLS]

Both are timed alternately, CALLS of each (60 unless told); the ratio of the medians must stay at or under 1.6. Then 200
calls at once, half of them destructive where nobody knows the environment: all must be answered, and none of those may
pass. Everything lies in a scratch directory; nothing that is asked is ever run.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from agentguard.broker.api import broker
from agentguard.broker.places import Places, places
from agentguard.broker.start import ensure, hook_words

BAR = 1.6  # times a bare interpreter
CROWD = 200  # calls at once
WORKERS = 50  # of them at the same moment
BARE = (sys.executable, "-I", "-S", "-c", "pass")
EVERYDAY = "git status && ls -la src | head -20"
DESTRUCTIVE = "aws s3 rb s3://orders-{} --force"


def tell(figure: str) -> None:
    """One line of the answer."""
    print(figure)  # noqa: T201 - a benchmark's output is its answer


def event(command: str, use: str, cwd: str) -> bytes:
    """A shell line as Claude Code's hook gets it."""
    told = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": use, "session_id": use[:-1]}
    return json.dumps({**told, "cwd": cwd, "tool_input": {"command": command}}).encode()


def run(words: tuple[str, ...], given: Path, environ: dict[str, str]) -> tuple[float, int]:
    """Milliseconds and exit status of one process fed with a file; its output goes nowhere."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, str(given), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    begun = time.perf_counter()
    _, status = os.waitpid(os.posix_spawn(words[0], words, environ, file_actions=files), 0)
    return (time.perf_counter() - begun) * 1000, os.waitstatus_to_exitcode(status)


def alone(client: tuple[str, ...], scratch: Path, environ: dict[str, str], calls: int) -> float:
    """The ratio of the two medians, printed with them."""
    bare, asked = [], []
    for number in range(calls):
        given = scratch / "event"
        given.write_bytes(event(f"{EVERYDAY} # {number}", f"alone-{number}", str(scratch)))
        bare.append(run(BARE, given, environ)[0])
        taken, status = run(client, given, environ)
        if status != 0:
            raise SystemExit(f"an everyday command was not let through (exit {status})")
        asked.append(taken)
    ratio = statistics.median(asked) / statistics.median(bare)
    tell(f"bare interpreter  {statistics.median(bare):6.2f} ms (median of {calls})")
    tell(f"hook call         {statistics.median(asked):6.2f} ms, {ratio:.2f} times the bare one (at most {BAR})")
    return ratio


def crowd(client: tuple[str, ...], scratch: Path, environ: dict[str, str]) -> bool:
    """Were all of many calls at once answered, and as they should be."""

    def one(number: int) -> tuple[bool, int]:
        bad = number % 2 == 1
        command = DESTRUCTIVE.format(number) if bad else f"{EVERYDAY} # {number}"
        given = scratch / f"event-{number}"
        given.write_bytes(event(command, f"crowd-{number}", str(scratch)))
        return bad, run(client, given, environ)[1]

    begun = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        ended = list(pool.map(one, range(CROWD)))
    taken = time.perf_counter() - begun
    wrong = sum(status != (2 if bad else 0) for bad, status in ended)
    tell(f"{CROWD} calls at once {taken:6.2f} s, {wrong} answered otherwise than they should be")
    return wrong == 0


def measure(here: Places, scratch: Path, calls: int) -> bool:
    """Run both measurements against a broker of our own; do they meet what they must."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": str(scratch), "SHELL": "/bin/bash", "CLAUDECODE": "1"}
    client = hook_words(here, "claude-code")
    ensure(here)
    try:
        ratio = alone(client, scratch, environ, calls)
        return crowd(client, scratch, environ) and ratio <= BAR
    finally:
        broker(here, start=False).stop()
        while here.socket.exists():  # it has not left its directory yet
            time.sleep(0.02)


def main() -> int:
    """0 where everything is met."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        here = places(scratch / "state", scratch / "config")
        return 0 if measure(here, scratch, calls) else 1


if __name__ == "__main__":
    sys.exit(main())
