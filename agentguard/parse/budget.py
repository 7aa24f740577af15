"""How much reading one call may cost, counted in steps so that a replay ends at the same place."""

from __future__ import annotations

from dataclasses import dataclass

INPUT_LIMIT = 1 << 18  # characters of one text that is read as code: agents' longest heredocs stay far below
DEPTH_LIMIT = 64  # nested grammar (substitutions, subshells): people stop at five
STEP_LIMIT = 20_000  # nodes read and words expanded in one call
WRAP_LIMIT = 40  # programs that start programs (sudo nice timeout …) in a row
PAYLOAD_STEPS = 5  # steps that one text inside another costs, however little is in it
WORDS_A_STEP = 20  # words of a command that each text in it costs one step more: it is judged by all of them
REENTRY_LIMIT = 8  # text that becomes code that becomes code …
SCRIPT_LIMIT = 64  # files read as code in one call


class OverBudget(Exception):
    """A budget ran out; its text says which. Whoever reads ends with an Unknown and keeps what was found before."""


@dataclass
class Budget:
    """What is left of one call's budget. The only mutable value of the reading."""

    steps: int = STEP_LIMIT
    scripts: int = SCRIPT_LIMIT

    @property
    def spent(self) -> bool:
        """Whether the steps have run out: whatever is still to be read is not."""
        return self.steps < 0

    def step(self, count: int = 1) -> None:
        self.steps -= count
        if self.steps < 0:
            raise OverBudget(f"more than {STEP_LIMIT} steps to read")

    def script(self) -> None:
        self.scripts -= 1
        if self.scripts < 0:
            raise OverBudget(f"more than {SCRIPT_LIMIT} scripts to read")

    def wrap(self, count: int) -> None:
        """Count one more program that starts a program; `count` is how many stand before it."""
        if count > WRAP_LIMIT:
            raise OverBudget(f"more than {WRAP_LIMIT} programs that start programs in a row")

    def reentry(self, depth: int) -> None:
        """Count one level of text that becomes code. `depth` is how many levels lie above it."""
        self.step()
        if depth > REENTRY_LIMIT:
            raise OverBudget(f"code inside code more than {REENTRY_LIMIT} levels deep")
