"""vim and ex: their commands from -c, --cmd and +, from scripts, and from the input of ex."""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

COMMANDS = ("-c", "--cmd", "-sc", "-esc")


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """All commands as one text, since a later one may write what an earlier one emptied."""
    del row, surroundings
    given = [option.value for option in command.options if option.name in COMMANDS and option.value is not None]
    given += [Word(word.text[1:], word.known) for word in command.operands if word.text.startswith("+")]
    if given:
        text = "\n".join(word.text for word in given)
        yield Payload("vi", text=Word(text, all(word.known for word in given)), rest=command.operands, how="vim")
    for option in command.options:
        if option.name in ("-S", "-u", "-l") and option.value is not None and option.value.text not in ("NONE", "NORC"):
            yield Payload("lua" if option.name == "-l" else "vi", file=option.value, how="script")
    if invocation.stdin is not None:
        yield Payload("vi", text=invocation.stdin, rest=command.operands, how="vim")
