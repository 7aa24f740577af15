"""One row onto one command: its conditions, its places, its kind."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase

from agentguard.model.command import UNKNOWN_PART, Command, Option, Word
from agentguard.model.effect import Effect, Verb
from agentguard.parse.places import words_at
from agentguard.tools.schema import Change, Row, Tool

GRAVE = frozenset(  # what a row's `because` speaks of, where some forms of it are harmless
    {Verb.DELETE, Verb.DROP, Verb.DISRUPT, Verb.EXPOSE, Verb.OVERWRITE, Verb.RECREATE, Verb.UNPROTECT}
)
GLOBS = str.maketrans(dict.fromkeys("*?", UNKNOWN_PART))
PLACE = re.compile(r"\{([^{}]+)\}")


def effect_of_row(tool: Tool, row: Row, command: Command) -> Effect:
    """What a row says of a command, with every `when` that holds, in order, the later ones winning."""
    name = " ".join((tool.program, *command.path)).strip()
    if any(holds_option(command, entry) for entry in row.harmless):
        return Effect(Verb.READ, _kind(row.kind, command), at=row.at or tool.at, row=name, source=command)
    said = row.model_copy(update=_changes(row, command)) if row.when else row
    told = said.verb is not Verb.READ and (said.verb in GRAVE or not any(change.verb in GRAVE for change in row.when))
    return Effect(
        said.verb,
        _kind(said.kind, command),
        objects=matched(objects_at(said.objects, command)) if tool.globs else objects_at(said.objects, command),
        reach=said.reach,
        undo=said.undo,
        whole=said.whole,
        at=said.at or tool.at,
        row=name,
        because=said.because if told else "",
        safer=said.safer if told else (),
        source=command,
    )


def _changes(row: Row, command: Command) -> dict[str, object]:
    changes: dict[str, object] = {}
    conditions = {"option", "missing", "operand", "last", "least", "variable"}
    for change in row.when:
        if _holds(change, command):
            changes |= {k: v for k, v in change if k not in conditions and v is not None}
    return changes


def _holds(change: Change, command: Command) -> bool:
    return (
        (not change.option or any(holds_option(command, entry) for entry in change.option))
        and not any(holds_option(command, entry) for entry in change.missing)
        and len(command.operands) >= change.least
        and (not change.operand or any(fnmatchcase(w.text, glob) for w in command.operands for glob in change.operand))
        and (not change.last or any(fnmatchcase(w.text, glob) for w in command.operands[-1:] for glob in change.last))
        and all(_variable(command, name, glob) for name, glob in change.variable.items())
    )


def _variable(command: Command, name: str, glob: str) -> bool:
    word = dict(command.variables).get(name)
    return isinstance(word, Word) and fnmatchcase(word.text, glob)


def holds_option(command: Command, entry: str) -> bool:
    """Whether an option of the command is `--name`, or `--name=glob` where the entry has a value."""
    name, equals, glob = entry.partition("=")
    found: list[Option] = [option for option in command.options if option.name == name]
    if not equals:
        return bool(found)
    return any(option.value is not None and fnmatchcase(option.value.text, glob) for option in found)


def _kind(template: str, command: Command) -> str:
    return PLACE.sub(lambda place: _first(words_at(command, place[1])), template)


def _first(words: Sequence[Word]) -> str:
    """A word as part of a kind: `deployment/api` and `Deployments` are both `deployment`."""
    return str(words[0]).split("/")[0].split(".")[0].lower() if words else "object"


def matched(objects: tuple[str, ...]) -> tuple[str, ...]:
    """The objects of a program that matches patterns itself: what a pattern hits is known only at run time."""
    return tuple(name.translate(GLOBS) for name in objects)


def objects_at(place: str, command: Command) -> tuple[str, ...]:
    """The words at a place of a command, as people read them."""
    return tuple(str(word) for word in words_at(command, place))
