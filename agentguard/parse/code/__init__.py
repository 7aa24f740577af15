"""Code of other languages, read for what it would run or destroy: one reader a language, in one table.

A reader gives Payloads (shell text, argv, SQL to be read in turn), Commands (what the code does itself, put as the
program that does the same) and Unknowns, from the text, the command that carries it, and how that was started. What it
does not name is opaque: it counts as a program that was run.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from agentguard.model.command import Command, Unknown
from agentguard.parse.code import awk, crontab, gdb, python, redis, scripts, sftp, tcl, tmux, vi
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

CodeReader = Callable[[str, Command, Invocation, Surroundings], Iterator[Payload | Command | Unknown]]

CODE: Mapping[str, CodeReader] = {
    **scripts.LANGUAGES,
    "awk": awk.read,
    "crontab": crontab.read,
    "gdb": gdb.read,
    "python": python.read,
    "python module": python.module,
    "redis": redis.read,
    "sftp": sftp.read,
    "tcl": tcl.read,
    "tmux": tmux.read,
    "vi": vi.read,
}

__all__ = ["CODE"]
