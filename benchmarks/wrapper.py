"""What the shell's launcher and a shim cost: whole processes against a warm broker, beside one call of the hook.

    python benchmarks/wrapper.py [CALLS]

Hook, launcher and shim are timed alternately, CALLS of each (60 unless told), and beside them the bare shell and the
bare program. Launcher and shim are timed in both their ways: what only reads runs in their place, and what changes
something as their child, whose outcome they tell. The ratio of the medians to the hook's, with all that then runs (a
shell that reads the agent's snapshot, a program that does nothing), must stay at or under 1.6. Everything lies in a
scratch directory.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from agentguard.broker.api import broker
from agentguard.broker.launchers import write_shell, write_shims
from agentguard.broker.places import Places, places
from agentguard.broker.start import ensure, hook_words

BAR = 1.6  # times a hook call
BARRED = ("shell", "shim", "shell, child", "shim, child")
BASH = "/bin/bash"
NOTHING = "/bin/true"  # what runs behind the shim
EVERYDAY = "cd . && [ -d . ]"
CHANGING = "cd . && : >> {}/made"
SNAPSHOT = "snapshot-bash-1795220499366-6050pj.sh"
FRAME = (
    "source {0}/.claude/shell-snapshots/"
    + SNAPSHOT
    + " 2>/dev/null || true && \\builtin shopt -u extglob 2>/dev/null || true"
    " && eval '{1}' < /dev/null && pwd -P >| {0}/claude-46a0-cwd"
)

Words = Sequence[str]


def tell(figure: str) -> None:
    """One line of the answer."""
    print(figure)  # noqa: T201 - a benchmark's output is its answer


def run(words: Words, given: Path, environ: Mapping[str, str]) -> float:
    """Milliseconds of one process fed with a file; its output goes nowhere. Ends everything where it fails."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, str(given), os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
    ]
    begun = time.perf_counter()
    _, status = os.waitpid(os.posix_spawn(words[0], words, environ, file_actions=files), 0)
    taken = (time.perf_counter() - begun) * 1000
    if status:
        raise SystemExit(f"{words[0]} ended with {os.waitstatus_to_exitcode(status)}")
    return taken


def rounds(scratch: Path, here: Places) -> Mapping[str, tuple[Words, Path]]:
    """What is timed: words and standard input, by name."""
    nothing, event = Path(os.devnull), scratch / "event"
    told = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": "t", "session_id": "s"}
    event.write_text(json.dumps({**told, "cwd": str(scratch), "tool_input": {"command": EVERYDAY}}))
    line, attended = FRAME.format(scratch, EVERYDAY), FRAME.format(scratch, CHANGING.format(scratch))
    prefix = write_shell(scratch / "shell", here)
    write_shims(scratch / "shims", here, ("aws", "mkdir"))
    (scratch / "bin").mkdir()
    for name in ("aws", "mkdir"):
        (scratch / "bin" / name).symlink_to(NOTHING)
    return {
        "hook": (hook_words(here, "claude-code"), event),
        "shell": ((str(prefix), line), nothing),
        "shim": ((str(scratch / "shims" / "aws"), "s3", "ls"), nothing),
        "shell, child": ((str(prefix), attended), nothing),
        "shim, child": ((str(scratch / "shims" / "mkdir"), "new"), nothing),
        "bare shell": ((BASH, "-c", line), nothing),
        "bare program": ((str(scratch / "bin" / "aws"), "s3", "ls"), nothing),
    }


def measure(scratch: Path, here: Places, calls: int) -> bool:
    """Time all of them, tell the medians, and say whether the bar is kept."""
    environ = {"PATH": f"{scratch}/bin:/usr/bin:/bin", "HOME": str(scratch), "SHELL": BASH, "CLAUDECODE": "1"}
    (scratch / ".claude" / "shell-snapshots").mkdir(parents=True)
    (scratch / ".claude" / "shell-snapshots" / SNAPSHOT).write_text("alias ll='ls -l'\nf() { command ls; }\n")
    timed = rounds(scratch, here)
    taken: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(calls):
        for name, (words, given) in timed.items():
            taken[name].append(run(words, given, environ))
    medians = {name: statistics.median(times) for name, times in taken.items()}
    ratios = {name: median / medians["hook"] for name, median in medians.items()}
    for name, median in medians.items():
        bar = f" (at most {BAR})" if name in BARRED else ""
        tell(f"{name:13}{median:7.2f} ms (median of {calls}), {ratios[name]:.2f} times the hook{bar}")
    return max(ratios[name] for name in BARRED) <= BAR


def main() -> int:
    """0 where the bar is kept."""
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        here = places(scratch / "state", scratch / "config")
        ensure(here)
        try:
            return 0 if measure(scratch, here, calls) else 1
        finally:
            broker(here, start=False).stop()
            while here.socket.exists():  # it has not left its directory yet
                time.sleep(0.02)


if __name__ == "__main__":
    sys.exit(main())
