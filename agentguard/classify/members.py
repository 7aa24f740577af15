"""The members of a request: options, and the keys within their values, as clouds spell them.

A value is JSON, or the shorthand of the clouds: `a=b,c=d`, `a={b=c},d=[e,f]`. Names lose dashes, `_` and capitals. A
pair of Key (or Name) and Value is the member that its key names. Anything that does not parse is a plain value.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Option, Word
from agentguard.parse.documents import argument, plain

Keys = tuple[str, ...]
Member = tuple[Keys, str]

ANY = UNKNOWN_PART  # the value of a member that is made at run time, or stands in a file that cannot be read
NAMES, VALUES = frozenset({"key", "name", "attributename", "parametername"}), frozenset({"value", "parametervalue"})
DEEP = 12  # how far down keys are looked for; the models of AWS are no deeper where it matters


def members(command: Command) -> Iterator[Member]:
    """Every member of a command's request, in order; what holds others has the value `{}`."""
    for option in command.options:
        yield from _of(option)


def _of(option: Option) -> Iterator[Member]:
    name = plain(option.name)
    word = option.contents or option.value
    if word is None:
        contrary = option.name.startswith("--no-")
        yield ((name.removeprefix("no") if contrary else name),), "false" if contrary else "true"
    elif not word.known and word.text.strip(ANY) == "":
        yield (name,), ANY
    else:
        yield from _within((name,), _value(word), 0)


def _value(word: Word) -> object:
    """What the word says; JSON of which a part is made at run time could say anything."""
    text = word.text.strip()
    if ANY not in text or text[:1] not in ("{", "["):
        return argument(text)
    try:
        return json.loads(text)
    except ValueError:
        return ANY


def _within(keys: Keys, value: object, depth: int) -> Iterator[Member]:
    if depth > DEEP:
        yield keys, ANY
    elif isinstance(value, dict):
        yield keys, "{}"
        yield from _pair(keys, value)
        for key, inner in value.items():
            yield from _within((*keys, plain(str(key))), inner, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _within(keys, inner, depth + 1)
    else:
        yield keys, str(value).lower()


def _pair(keys: Keys, value: dict[object, object]) -> Iterator[Member]:
    """`Key=deletion_protection.enabled,Value=false` as the member that it sets."""
    told = {plain(str(key)): inner for key, inner in value.items()}
    name = next((told[key] for key in sorted(NAMES & told.keys())), None)
    set_to = next((told[key] for key in sorted(VALUES & told.keys())), None)
    if name is not None and set_to is not None:
        yield (*keys, *plain(str(name)).split(".")), str(set_to).lower()
