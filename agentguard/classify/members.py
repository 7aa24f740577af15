"""The members of a request: options, and the keys within their values, as clouds spell them.

A value is JSON, or the shorthand of the clouds: `a=b,c=d`, `a={b=c},d=[e,f]`. Names lose dashes, `_` and capitals. A
pair of Key (or Name) and Value is the member that its key names. Anything that does not parse is a plain value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Option, Word

Keys = tuple[str, ...]
Member = tuple[Keys, str]

ANY = UNKNOWN_PART  # the value of a member that is made at run time, or stands in a file that cannot be read
NAMES, VALUES = frozenset({"key", "name", "attributename", "parametername"}), frozenset({"value", "parametervalue"})
DEEP = 12  # how far down keys are looked for; the models of AWS are no deeper where it matters
MARKS = re.compile(r"[-_]")
TOKEN = re.compile(r"""[{}\[\],]|"[^"]*"|'[^']*'|=|[^{}\[\],="']+""")


def members(command: Command) -> Iterator[Member]:
    """Every member of a command's request, in order; what holds others has the value `{}`."""
    for option in command.options:
        yield from _of(option)


def plain(name: str) -> str:
    """A name as members are compared: `--deletion-protection`, `DeletionProtection`, `deletion_protection`."""
    return MARKS.sub("", name).lower()


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
    text = word.text.strip()
    if text[:1] in ("{", "["):
        try:
            return json.loads(text)
        except ValueError:
            return ANY if ANY in text else Shorthand(text).read()
    return Shorthand(text).read() if "=" in text else text


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


class Shorthand:
    """A reader of `a=b,c={d=e},f=[g,h]`; what does not parse is the text itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = TOKEN.findall(text)

    def read(self) -> object:
        """The value: a dictionary where the text has pairs, a list in brackets, else the text."""
        found = self._item() if self.tokens[:1] in (["{"], ["["]) else self._pairs()
        return self.text if self.tokens else found

    def _pairs(self) -> dict[str, object]:
        found: dict[str, object] = {}
        while self.tokens and self.tokens[0] not in ("}", "]"):
            key = self._text()
            if self.tokens[:1] == ["="]:
                self.tokens.pop(0)
                found[key] = self._item()
            elif self.tokens[:1] == [","]:
                self.tokens.pop(0)
            elif self.tokens[:1] in (["{"], ["["]):
                break  # no name before it: this is no shorthand
        return found

    def _item(self) -> object:
        opened = self.tokens[:1]
        if opened == ["{"]:
            return self._closed(self._pairs)
        return self._closed(self._list) if opened == ["["] else self._text(equals=True)

    def _closed(self, read: Callable[[], object]) -> object:
        self.tokens.pop(0)
        found = read()
        self.tokens[:1] = []
        return found

    def _list(self) -> list[object]:
        found: list[object] = []
        while self.tokens and self.tokens[0] != "]":
            found.append(self._item())
            if self.tokens[:1] == [","]:
                self.tokens.pop(0)
            elif self.tokens[:1] != ["]"]:
                self.tokens[:1] = []
        return found

    def _text(self, *, equals: bool = False) -> str:
        """Text up to the next sign; in a value, `=` is a letter like any other: `a=b=c`."""
        ends = (",", "{", "}", "[", "]") if equals else (",", "{", "}", "[", "]", "=")
        text = ""
        while self.tokens and self.tokens[0] not in ends:
            text += self.tokens.pop(0)
        return text.strip().strip("'\"")
