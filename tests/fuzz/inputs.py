"""The inputs of one run of the fuzzer, in an order that its seed decides.

Mutations of seeds, and in between what hypothesis makes of pieces of shell. An input in which something was seen for
the first time becomes a seed itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from agentguard.tools.sql import tables
from tests.fuzz.mutate import LONGEST, mutated
from tests.fuzz.seeds import DIALECTS, Seed
from tests.fuzz.targets import Input, event
from tests.laws.lines import SNIPPETS

POOL = 20_000  # seeds that are held at most
BATCH = 200  # texts that hypothesis makes at a time
EACH = 2_000  # mutations between two batches
EXCERPT = 1_500  # characters that are mutated of a longer seed, mostly
TOOLS = ("query", "sql", "command", "code", "script", "statement", "path")
HOOKS = (
    ("claude-code", "Bash", "command"), ("claude-code", "mcp__db__query", "sql"), ("claude-code", "Write", "file_path"),
    ("kiro", "execute_bash", "command"), ("kiro", "use_aws", "command"), ("kiro", "fs_write", "path"),
)  # fmt: skip
KINDS = (("shell", 60), ("sql", 16), ("tool", 6), ("event", 12), ("shown", 6))  # and how often of a hundred


class Source:
    """Endless inputs, and the pool of seeds that they come from."""

    def __init__(self, pool: list[Seed], seed: int) -> None:
        self.chance = Random(seed)  # noqa: S311 - which mutation is tried is no secret
        self.pool = list(pool)
        self.sql = [each for each in pool if each.kind == "sql"]
        self.seen: set[str] = set()
        self.counts: Counter[str] = Counter()
        self.dialects = sorted(tables())

    def __iter__(self) -> Iterator[Input]:
        while True:
            for text in self._generated():
                yield self._counted(Input(f"shell {self.chance.choice(DIALECTS)}", text))
            for _ in range(EACH):
                yield self._counted(self._mutation())

    def saw(self, item: Input, features: frozenset[str]) -> None:
        """Keep an input as a seed where it showed something new."""
        new = {f"{item.target.partition(' ')[0]} {feature}" for feature in features} - self.seen
        self.seen |= new
        if new and len(item.text) <= LONGEST and item.target.startswith(("shell", "sql")) and len(self.pool) < POOL:
            kept = Seed(item.target.partition(" ")[0], item.text)
            self.pool.append(kept)
            if kept.kind == "sql":
                self.sql.append(kept)

    def told(self) -> str:
        """What was read so far, by kind."""
        return ", ".join(f"{count} {kind}" for kind, count in sorted(self.counts.items()))

    def _counted(self, item: Input) -> Input:
        self.counts[item.target.partition(" ")[0]] += 1
        return item

    def _generated(self) -> list[str]:
        found: list[str] = []

        @seeded(self.chance.getrandbits(32))
        @settings(
            max_examples=BATCH,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(SNIPPETS)
        def made(text: str) -> None:
            found.append(text)

        made()
        return found

    def _mutation(self) -> Input:
        kind = self.chance.choices([kind for kind, _ in KINDS], [weight for _, weight in KINDS])[0]
        first, other = self._text(kind), self._text("shell" if self.chance.random() < 0.9 else "sql")
        text = mutated(self.chance, first, other)
        if kind == "shell":
            return Input(f"shell {self.chance.choice(DIALECTS)}", text)
        if kind == "sql":
            channel = self.chance.choice(("wire", "client", "psql"))
            return Input(f"sql {self.chance.choice(self.dialects)} {channel}", text)
        if kind == "tool":
            return Input(f"tool {self.chance.choice(TOOLS)}", text)
        return self._event(text) if kind == "event" else Input("shown", text)

    def _event(self, text: str) -> Input:
        """The bytes of a hook: what its tool is given was mutated, or the bytes themselves are."""
        if self.chance.random() < 0.3:
            shell = self.chance.random() < 0.5
            words = f"bash\0-c\0{text}\0" if shell else f"{self.chance.choice('-?=')}\0{len(text)}\0{text}\0rm\0x\0"
            return Input(f"event {'shell' if shell else 'shim'}", words)
        agent, tool, name = self.chance.choice(HOOKS)
        told = event(text, tool, name, escaped=self.chance.random() < 0.5)
        if self.chance.random() < 0.5:
            told = mutated(self.chance, told, text)
        return Input(f"event {agent}", told)

    def _text(self, kind: str) -> str:
        """A seed, or an excerpt of it where it is long."""
        pool = self.sql if kind == "sql" and self.sql else self.pool
        text = self.chance.choice(pool).text
        if len(text) > EXCERPT and self.chance.random() < 0.95:
            start = self.chance.randrange(len(text) - EXCERPT // 2)
            start = text.rfind("\n", 0, start) + 1
            text = text[start : start + self.chance.randrange(1, EXCERPT)]
        return text
