"""The fields of an event in JSON, read strictly. Pure.

Promises: what is handed out is what every other reader of the same bytes would find. Refuses, as MalformedEvent, JSON
that names a field twice, texts that no program could be given, and a field of another type than asked for.
"""

from __future__ import annotations

import json
import os.path
from collections.abc import Mapping
from dataclasses import dataclass

from agentguard.agents.dialect import MalformedEvent


@dataclass(frozen=True, slots=True)
class Fields:
    """An object of an event. `sender` is the agent's name for people."""

    values: Mapping[str, object]
    sender: str

    def object(self, name: str) -> Fields:
        """The object of that name."""
        value = self.values.get(name)
        if not isinstance(value, dict):
            raise malformed(self.sender, f"`{name}` is not an object")
        return Fields(value, self.sender)

    def text(self, name: str) -> str:
        """The text of that name."""
        value = self.values.get(name)
        if not isinstance(value, str) or not encodable(value):
            raise malformed(self.sender, f"`{name}` is not a text")
        return value

    def optional(self, *names: str) -> str:
        """The first text there is under these names; "" where there is none."""
        return next((self.text(name) for name in names if self.values.get(name) is not None), "")

    def path(self, name: str, cwd: str, home: str = "") -> str:
        """The path of that name, absolute; `~` is the home where there is one."""
        path = self.text(name)
        if "\0" in path:
            raise malformed(self.sender, f"`{name}` cannot be a path")
        if home and (path == "~" or path.startswith("~/")):
            path = home + path[1:]
        return os.path.normpath(os.path.join(cwd, path))


def fields(event: bytes, sender: str) -> Fields:
    """The object that an event is. Raises MalformedEvent."""
    try:
        found = json.loads(event.decode("utf-8"), object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        raise malformed(sender, "it is not JSON, or names a field twice") from error
    if not isinstance(found, dict):
        raise malformed(sender, "it is not a JSON object")
    return Fields(found, sender)


def malformed(sender: str, why: str) -> MalformedEvent:
    """The error that ends as a denial."""
    return MalformedEvent(
        f"the event from {sender} could not be read: {why}",
        hint=f"this agentguard may be older than your {sender}; upgrade it, or report this",
    )


def encodable(text: str) -> bool:
    """Half a surrogate pair can be written in JSON, but no program could ever be given it."""
    return text.isascii() or not any("\ud800" <= c <= "\udfff" for c in text)


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object of JSON. Of two fields of one name another reader may take the other one: ValueError."""
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a field is there twice")
    return found
