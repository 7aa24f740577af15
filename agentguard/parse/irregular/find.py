"""find: the commands in its expression (-exec, -execdir, -ok, -okdir), and the paths it would hand to them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from agentguard.model.command import Command, Word
from agentguard.parse.budget import OverBudget
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular.found import found_paths
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

RUN_LIMIT = 40  # commands of one find
RUNS = frozenset({"-exec", "-execdir", "-ok", "-okdir"})
UNNAMED = Word("")  # of a command that names no path


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """Each command of the expression, `{}` put in the words as far as the paths are known."""
    del row, invocation, surroundings
    words = command.argv[1:]
    end, runs = -1, 0
    for start, word in enumerate(words):
        if word.text not in RUNS or start < end:
            continue
        runs += 1
        if runs > RUN_LIMIT:
            raise OverBudget(f"more than {RUN_LIMIT} commands in one find")
        past = _end(words, start + 1)
        run = words[start + 1 : past]
        paths = found_paths(words, start) if any("{}" in part.text for part in run) else (UNNAMED,)
        for path in paths:
            yield Payload("argv", words=tuple(_put(part, path) for part in run), how="find " + word.text)
        if not (run and run[0].text.startswith("-")):  # else a value: `-name -exec -exec rm {} ;` runs rm
            end = past


def _end(words: Sequence[Word], start: int) -> int:
    """Where the command that begins at `start` ends: at its `;` or `{} +`, or with the words."""
    for place in range(start, len(words)):
        text = words[place].text
        if text == ";" or (text == "+" and place > start and words[place - 1].text == "{}"):
            return place
    return len(words)


def _put(word: Word, found: Word) -> Word:
    return Word(word.text.replace("{}", found.text), found.known) if "{}" in word.text else word
