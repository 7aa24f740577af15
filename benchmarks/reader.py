"""CPU time of reading shell alone (grammar and evaluation, before any table of tools): one-liners, scripts, extremes.

    python benchmarks/reader.py [FOLDER]

One-liners are the examples of the shipped tables, the lines of the tests' corpus, and those of FOLDER (labelled cases,
*.jsonl with `cmd`). The script is a shell script of 300 lines as people write them. Each is read three times with
another comment before it, and the best is kept, since the machine is shared.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from agentguard.parse.budget import Budget
from agentguard.parse.shell import Scope, invocations
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import shipped

CWD = "/home/dev/shop"
MACHINE = Memory(
    {f"{CWD}/victim/keep.txt": "keep\n", f"{CWD}/data.txt": "data\n"}, {"HOME": "/home/dev", "PATH": "/usr/bin:/bin"}
)
CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
MEDIAN, P99, SCRIPT, EXTREME = 0.2, 1.0, 20.0, 500.0  # milliseconds that are promised
ROUNDS = 3
STEP = """
# {name}: builds and checks one part
build_{name}() {{
    local target="${{1:-{name}}}" out="$root/build/$1"
    if [ ! -d "$out" ]; then
        mkdir -p "$out" || return 1
    fi
    for file in src/{name}/*.c src/{name}/*.h; do
        [ -e "$file" ] || continue
        case "$file" in
            *.c) cc $CFLAGS -c "$file" -o "$out/$(basename "$file" .c).o" || failed=1 ;;
            *.h) cp "$file" "$out/" ;;
        esac
    done
    tar czf "$out.tar.gz" -C "$out" . >/dev/null 2>&1 && echo "built $target"
    while read -r line; do printf '%s\\n' "${{line##*:}}"; done <"$out/list.txt" | sort -u >"$out/names.txt"
    rm -rf "$out/tmp" "$out"/*.bak
}}
build_{name} "{name}" || exit 1
"""
EXTREMES = {
    "1,000 pipeline stages": "true | " * 999 + "cat",
    "200 nested $(": "$(" * 200 + "ls" + ")" * 200,
    "{1..99999999}": "echo {1..99999999}",
    "a recursive function": "f() { f; f; }; f",
    "100,000 words": "echo" + " x" * 100_000,
}


def one_liners(folder: Path | None) -> Iterator[str]:
    """Every single command line there is at hand."""
    for tool in {id(tool): tool for tool in shipped().values()}.values():
        yield from (example.run for example in tool.example)
    for path in sorted(CORPUS.glob("*.txt")):
        for row in path.read_text(encoding="utf-8").splitlines():
            if row and not row.startswith("#"):
                yield row.rpartition(" | ")[2].replace("⏎", "\n")
    for path in sorted(folder.glob("*.jsonl")) if folder else ():
        for line in path.read_text(encoding="utf-8").splitlines():
            yield json.loads(line).get("cmd") or "true"


def script() -> str:
    """A build script of 300 lines."""
    names = (f"part{number}" for number in range(15))
    text = '#!/bin/bash\nset -eu\nroot=$(pwd)\nCFLAGS="-O2"\nfailed=\n' + "".join(STEP.format(name=n) for n in names)
    return "\n".join(text.splitlines()[:300])


def taken(text: str) -> float:
    """The least of several readings, in milliseconds of CPU."""
    return min(_once(f"# round {number}\n{text}") for number in range(ROUNDS))


def _once(text: str) -> float:
    begun = time.process_time_ns()
    list(invocations(text, Scope.start(Surroundings(MACHINE, CWD), CWD), Budget()))
    return (time.process_time_ns() - begun) / 1e6


def main() -> int:
    """0 where every bar is met."""
    lines = list(one_liners(Path(sys.argv[1]) if len(sys.argv) > 1 else None))
    times = sorted((taken(line), line) for line in lines)
    median, p99 = times[len(times) // 2][0], times[int(len(times) * 0.99)][0]
    long = taken(script())
    extremes = {name: taken(text) for name, text in EXTREMES.items()}
    told = f"{len(times)} lines, CPU median {median:.3f} ms, p99 {p99:.2f} ms, slowest {times[-1][0]:.1f} ms"
    worst = ", ".join(f"{name} {spent:.0f} ms" for name, spent in extremes.items())
    print(f"reader: {told}; a script of 300 lines {long:.1f} ms; {worst}")  # noqa: T201 - its output is its answer
    met = median < MEDIAN and p99 < P99 and long < SCRIPT and max(extremes.values()) < EXTREME
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
