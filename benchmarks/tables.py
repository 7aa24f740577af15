"""What the tables cost: loading all of them, the memory they take, and judging one command of each tool.

    python benchmarks/tables.py

Loading is timed in a fresh interpreter with its imports done, as a broker loads them. A command is judged from its
words to its effects (read and classify), each example of the shipped tables once per round, the best round kept.
"""

from __future__ import annotations

import subprocess
import sys
import time

from agentguard.classify import classify
from agentguard.model.call import Argv, Call
from agentguard.parse import read
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped

LOADING, MEMORY, MEDIAN = 150.0, 40.0, 0.3  # milliseconds, megabytes and milliseconds that are promised
ROUNDS = 3  # the machine is shared
UNPLAIN = frozenset("|&;<>$`'\"(\\\n*?{")  # signs of a shell: examples with one are not plain words
CWD, HOME = "/home/dev/shop", "/home/dev"
LOAD = """
import time, psutil
import agentguard.tools as tools
before, begun = psutil.Process().memory_info().rss, time.process_time()
tools.shipped()
print((time.process_time() - begun) * 1e3, (psutil.Process().memory_info().rss - before) / 2**20)
"""


def loading() -> tuple[float, float]:
    """Milliseconds of CPU, and megabytes, that loading all tables takes: the best of the rounds."""
    runs = (
        subprocess.run([sys.executable, "-c", LOAD], capture_output=True, text=True, check=True) for _ in range(ROUNDS)
    )
    told = [tuple(map(float, run.stdout.split())) for run in runs]
    return min(run[0] for run in told), min(run[1] for run in told)


def judging(toolbox: Toolbox) -> list[tuple[float, str]]:
    """Milliseconds of CPU that each example takes as words, and the example; sorted."""
    tools = {tool.program: tool for tool in toolbox.tools.values()}.values()
    lines = [example.run for tool in tools for example in tool.example if not set(example.run) & UNPLAIN]
    return sorted((min(_timed(line, toolbox) for _ in range(ROUNDS)), line) for line in lines)


def _timed(line: str, toolbox: Toolbox) -> float:
    surroundings = Surroundings(Memory({}, {"HOME": HOME}), CWD)
    call = Call(Argv(tuple(line.split())), CWD)
    begun = time.process_time_ns()
    classify(read(call, surroundings, toolbox), surroundings, toolbox)
    return (time.process_time_ns() - begun) / 1e6


def main() -> int:
    """0 where every bar is met."""
    spent, memory = loading()
    times = judging(Toolbox(shipped()))
    median, p99 = times[len(times) // 2][0], times[int(len(times) * 0.99)][0]
    print(f"tables: loaded in {spent:.0f} ms (bar {LOADING:.0f}), {memory:.1f} MB (bar {MEMORY:.0f})")  # noqa: T201 - the answer
    told = f"CPU median {median:.3f} ms (bar {MEDIAN}), p99 {p99:.2f} ms, slowest {times[-1][0]:.1f} ms"
    print(f"tables: {len(times)} commands judged, {told} ({times[-1][1]})")  # noqa: T201 - the answer
    return int(spent >= LOADING or memory >= MEMORY or median >= MEDIAN)


if __name__ == "__main__":
    sys.exit(main())
