"""What no table can say of what a program carries: one file a program, each a reader of its own grammar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from agentguard.model.command import Command
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular import aws, find, git, just, make, npm, python, sed, task, vim
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

Irregular = Callable[[Command, Row | None, Invocation, Surroundings], Iterator[Payload]]

IRREGULAR: Mapping[str, Irregular] = {
    "aws": aws.payloads,
    "find": find.payloads,
    "git": git.payloads,
    "just": just.payloads,
    "make": make.payloads,
    "npm": npm.payloads,
    "python": python.payloads,
    "sed": sed.payloads,
    "task": task.payloads,
    "vim": vim.payloads,
}

__all__ = ["IRREGULAR"]
