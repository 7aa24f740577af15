"""Which programs a shim is worth having for, told from their tables. Pure.

A shim costs a few milliseconds at every start of its program. It is worth that where a form of the program destroys,
changes or exposes something by itself, reaches another machine, or carries code of a database; not where one of its
options writes a file (`sort -o`), and not for what only starts another program, which has a shim of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentguard.model.effect import Verb
from agentguard.tools.schema import Tool

WORTH = frozenset(
    {
        Verb.DELETE,
        Verb.DISRUPT,
        Verb.DROP,
        Verb.EXPOSE,
        Verb.MODIFY,
        Verb.OVERWRITE,
        Verb.RECREATE,
        Verb.UNKNOWN,
        Verb.UNPROTECT,
    }
)
DATABASES = frozenset({"mongo", "redis", "sql"})  # the languages of code that a server runs
HERE = frozenset({"", "files", "local"})  # where an effect by an option alone is not worth it
OTHER_PATH = frozenset({"chroot", "doas", "nsenter", "runuser", "su", "sudo"})  # what they start may miss its own shim
IRREGULAR = frozenset({"ansible-playbook", "find", "service"})  # destroy by a word that is no form of its own
OURS = frozenset({"agentguard", "agentguard-shell"})  # they guard themselves
NOT_A_FILE = frozenset({"mcp"})  # a table of no program


def shimmed(tools: Mapping[str, Tool]) -> tuple[str, ...]:
    """The names that are worth a shim, sorted."""
    return tuple(sorted(name for name, tool in tools.items() if _is_worth(tool)))


def _is_worth(tool: Tool) -> bool:
    if tool.program in OURS | NOT_A_FILE:
        return False
    subcommands = tool.words is not None or (tool.path != "none" and tool.unlisted in WORTH)
    return subcommands or tool.program in OTHER_PATH | IRREGULAR or any(_does(tool)) or any(_carries(tool))


def _does(tool: Tool) -> Iterable[bool]:
    for row in tool.row:
        yield row.verb in WORTH
        yield from (
            change.verb in WORTH and (change.at or row.at or tool.at) not in HERE for change in row.when if change.verb
        )


def _carries(tool: Tool) -> Iterable[bool]:
    return (carried.lands != "here" or carried.as_ in DATABASES for row in tool.row for carried in row.carries)
