"""find: -delete, and the files that -fprint and its kin write. What -exec runs is read as commands of its own."""

from __future__ import annotations

from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Reach, Verb
from agentguard.parse.irregular.found import found_paths
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool

WRITES = frozenset({"-fprint", "-fprint0", "-fprintf", "-fls"})


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """A read, and what its actions delete or overwrite."""
    if row is None:
        return None
    seen = replace(effect_of_row(tool, row, command), verb=Verb.READ)
    texts = [word.text for word in command.argv[1:]]
    found: tuple[Effect, ...] = ()
    for place in (place for place, text in enumerate(texts) if text == "-delete"):
        paths = tuple(word.text for word in found_paths(command.argv[1:], place))
        gone = replace(seen, verb=Verb.DELETE, kind="file", objects=paths, at="files",
                       reach=Reach.MANY, because="find -delete removes every file it finds, without asking",
                       safer=("the same find with -print instead of -delete",))  # fmt: skip
        found += files.spread(gone, command, surroundings)
    for place, text in enumerate(texts[:-1]):
        if text in WRITES:
            over = replace(seen, verb=Verb.OVERWRITE, kind="file", objects=(texts[place + 1],), at="files",
                           because=f"{text} empties its file first")  # fmt: skip
            found += files.spread(over, command, surroundings)
    return found or (seen,)
