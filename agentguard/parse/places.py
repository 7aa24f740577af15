"""Places in a command, as tables name them: `operands`, `operands 1`, `operand 0`, `operand -1`,
`option -c --command`, `names`, `variable NODE_OPTIONS`.
"""

from __future__ import annotations

from dataclasses import replace

from agentguard.model.command import Command, Word

# Options whose values name what an operation is about. The endings are those of the AWS, Google and Azure models.
NAMING = ("name", "names", "id", "ids", "identifier", "identifiers", "arn", "arns", "bucket", "key", "table", "cluster",
          "instances", "group", "url", "alias", "resource", "service", "stack", "domain", "database",
          "vault")  # fmt: skip


def words_at(command: Command, place: str) -> tuple[Word, ...]:
    """The words at a place of a command, in order; empty where nothing stands there.

    Raises ValueError for a place nobody knows, so that a table that misspells one fails its own example.
    """
    match place.split():
        case ["operands"]:
            return command.operands
        case ["operands", start]:
            return command.operands[int(start) :]
        case ["operand", index]:
            at = int(index) if int(index) >= 0 else len(command.operands) + int(index)
            return command.operands[max(at, 0) :][:1]
        case ["option", *names]:
            return tuple(o.value for o in command.options if o.name in names and o.value is not None)
        case ["names"]:
            return command.operands + tuple(o.value for o in command.options if o.value is not None and _names(o.name))
        case ["variable", name]:
            value = dict(command.variables).get(name)
            return (value,) if isinstance(value, Word) else ()
        case ["path"]:
            return tuple(Word(word) for word in command.path)
        case []:
            return ()
    raise ValueError(f"unknown place `{place}`")


def contents_at(command: Command, place: str) -> tuple[Word, ...]:
    """The same, of an option that names a file what is in it."""
    read = (replace(o, value=o.contents) if o.contents is not None else o for o in command.options)
    return words_at(replace(command, options=tuple(read)), place)


def _names(option: str) -> bool:
    return option.rsplit("-", 1)[-1] in NAMING
