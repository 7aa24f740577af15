"""Reads shell text on a machine made of values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from agentguard.model.command import Unknown
from agentguard.parse.budget import Budget
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell import Scope, invocations, prelude
from agentguard.surroundings import Memory, Surroundings

CWD = "/home/dev/shop"
FILES = {f"{CWD}/victim/keep.txt": "keep\n", f"{CWD}/data.txt": "data\n", "/bin/rm": "", "/bin/ls": ""}


@dataclass(frozen=True)
class Found:
    """What was read: the programs in order, and why something was not read."""

    items: tuple[Invocation | Unknown, ...]
    surroundings: Surroundings

    @property
    def programs(self) -> list[Invocation]:
        return [item for item in self.items if isinstance(item, Invocation)]

    @property
    def argvs(self) -> list[list[str]]:
        return [[str(word) for word in item.argv] for item in self.programs]

    @property
    def unknowns(self) -> list[str]:
        return [item.why for item in self.items if isinstance(item, Unknown)]


def read(
    text: str,
    *,
    files: Mapping[str, str] = FILES,
    environ: Mapping[str, str] | None = None,
    dialect: str = "bash",
    positional: Iterable[str] = (),
    preludes: Iterable[str] = (),
    budget: Budget | None = None,
    folders: Iterable[str] = (),
) -> Found:
    """What the reader finds in a text, on a machine made of values."""
    variables = {"HOME": "/home/dev", "PATH": "/usr/bin:/bin", **(environ or {})}
    backend = Memory(files=dict(files), environ=variables, directories=frozenset(folders))
    surroundings = Surroundings(backend, CWD)
    scope = Scope.start(surroundings, CWD, dialect=dialect, positional=positional)
    spent = budget or Budget()
    prelude(preludes, scope, spent)
    return Found(tuple(invocations(text, scope, spent)), surroundings)
