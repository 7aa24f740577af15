"""JSON and YAML as plain values, and the shorthand of the clouds: `a=b,c={d=e},f=[g,h]`.

Files may come with a hostile checkout: what nests too deep or names itself too often is refused (ValueError).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import yaml

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader where PyYAML was built with it
DEPTH_LIMIT = 64  # nested YAML: the C loader overflows the stack on thousands of levels
ALIAS_LIMIT = 16  # `*name` in YAML: merged aliases of aliases grow without bound
_TOKEN = re.compile(r"""[{}\[\],]|"[^"]*"|'[^']*'|=|[^{}\[\],="']+|["']""")
_MARKS = re.compile(r"[-_]")
_NESTED = 32  # levels of shorthand; the models of AWS have fewer


def yaml_of(data: bytes) -> object:
    """A YAML document as Python values. Raises ValueError."""
    try:
        _check_shape(data)
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _check_shape(data: bytes) -> None:
    """Refuse what would exhaust the loader: too deep, or too many aliases."""
    depth = aliases = 0
    for event in yaml.parse(data, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        aliases += isinstance(event, yaml.AliasEvent)
        if depth > DEPTH_LIMIT or aliases > ALIAS_LIMIT:
            raise ValueError(f"more than {DEPTH_LIMIT} levels or {ALIAS_LIMIT} aliases")


def document(data: bytes) -> object:
    """A JSON or YAML document as Python values. Raises ValueError."""
    try:
        return json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except ValueError:
        return yaml_of(data)


def plain(name: str) -> str:
    """A name as members are compared: `--multi-az`, `MultiAZ` and `multi_az` are one."""
    return _MARKS.sub("", name).lower()


def argument(text: str) -> object:
    """The value of one argument: JSON, shorthand, or the text itself where it is neither or nests too deep."""
    try:
        return json.loads(text) if text[:1] in ("{", "[") else _shorthand(text)
    except RecursionError:
        return text
    except ValueError:
        return _shorthand(text)


def _shorthand(text: str) -> object:
    return _Shorthand(text).read() if "=" in text or text[:1] in ("{", "[") else text


class _Shorthand:
    """A reader of `a=b,c={d=e},f=[g,h]`; what does not parse is the text itself."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _TOKEN.findall(text)[::-1]
        self.depth = 0

    def read(self) -> object:
        found = self._item() if self._next() in ("{", "[") else self._pairs()
        return self.text if self.tokens or self.depth else found

    def _next(self) -> str:
        return self.tokens[-1] if self.tokens else ""

    def _pairs(self) -> dict[str, object]:
        found: dict[str, object] = {}
        while self.tokens and self._next() not in ("}", "]"):
            key = self._text()
            if self._next() == "=":
                self.tokens.pop()
                found[key] = self._item()
            elif self._next() == ",":
                self.tokens.pop()
            elif self._next() in ("{", "["):
                break  # no name before it: this is no shorthand
        return found

    def _item(self) -> object:
        opened = self._next()
        if opened == "{":
            return self._closed(self._pairs)
        return self._closed(self._list) if opened == "[" else self._text(equals=True)

    def _closed(self, read: Callable[[], object]) -> object:
        self.tokens.pop()
        self.depth += 1
        if self.depth > _NESTED:
            return None  # what is left of the tokens says that this is not read
        found = read()
        self.depth -= 1
        self.tokens[-1:] = []
        return found

    def _list(self) -> list[object]:
        found: list[object] = []
        while self.tokens and self._next() != "]":
            found.append(self._item())
            if self._next() != "]":
                self.tokens[-1:] = []
        return found

    def _text(self, *, equals: bool = False) -> str:
        """Text up to the next sign; in a value, `=` is a letter like any other: `a=b=c`."""
        ends = (",", "{", "}", "[", "]") if equals else (",", "{", "}", "[", "]", "=")
        text = ""
        while self.tokens and self._next() not in ends:
            text += self.tokens.pop()
        return text.strip().strip("'\"")
