"""What no table row can say of what a program does: one file a program (or family), in one explicit table.

Each takes the command, its table and row, and the surroundings; None means that the row says it all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentguard.classify.irregular import aws, copies, dd, find, git, inplace, rsync, terraform
from agentguard.model.command import Command
from agentguard.model.effect import Effect
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool

Irregular = Callable[[Command, Tool, Row | None, Surroundings], tuple[Effect, ...] | None]

IRREGULAR: Mapping[str, Irregular] = {
    "awk": inplace.effects,
    "aws": aws.effects,
    "cp": copies.effects,
    "dd": dd.effects,
    "find": find.effects,
    "git": git.effects,
    "install": copies.effects,
    "ln": copies.effects,
    "mv": copies.effects,
    "perl": inplace.effects,
    "rsync": rsync.effects,
    "ruby": inplace.effects,
    "scp": rsync.effects,
    "sed": inplace.effects,
    "terraform": terraform.effects,
}

__all__ = ["IRREGULAR"]
