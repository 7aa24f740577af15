"""Change a JSON text where it must change and nowhere else: a person's file keeps its order, indentation and spelling.

Pure. `Text` knows where every member and element stands; `put` and `append` add one, `remove` takes one out again and
leaves the very text there was before. Refuses text that is not JSON, or names a key twice (of two, readers differ in
which one they take), naming line and column. A byte order mark stays where it is.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from agentguard.model.errors import AgentguardError

MARK = "\ufeff"  # what some editors begin a file with
BLANK = re.compile(r"[ \t\r\n]*")
INDENTED = re.compile(r"\n([ \t]+)\"")
DECODER = json.JSONDecoder(parse_int=float)  # int refuses numbers of more than 4300 digits
MEND = "mend it, then try again"

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Span:
    """One member or element: its key ("" in a list), where it begins, and where its value begins and ends."""

    key: str
    begin: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Text:
    """A JSON text that parses. Positions are characters."""

    text: str

    @property
    def root(self) -> int:
        return _skip(self.text, len(MARK) if self.text.startswith(MARK) else 0)

    def value(self, start: int) -> Json:
        """The value that begins at `start`."""
        value: Json = DECODER.raw_decode(self.text, start)[0]
        return value

    def members(self, start: int) -> list[Span]:
        """The members of the object, or the elements of the list, that begins at `start`."""
        spans: list[Span] = []
        position = _skip(self.text, start + 1)
        while self.text[position] not in "}]":
            key, begin = "", position
            if self.text[start] == "{":
                key, position = DECODER.raw_decode(self.text, position)
                position = _skip(self.text, _skip(self.text, position) + 1)
            end = DECODER.raw_decode(self.text, position)[1]
            spans.append(Span(key, begin, position, end))
            position = _skip(self.text, end)
            position = _skip(self.text, position + 1) if self.text[position] == "," else position
        return spans

    def member(self, start: int, key: str) -> Span | None:
        """The member of that name; None where there is none, or what begins at `start` is no object."""
        if self.text[start] != "{":
            return None
        return next((span for span in self.members(start) if span.key == key), None)

    def put(self, start: int, key: str, value: Json) -> Text:
        """The text with a new member at the end of the object that begins at `start`."""
        return self._add(start, f"{json.dumps(key)}: ", value)

    def append(self, start: int, value: Json) -> Text:
        """The text with a new element at the end of the list that begins at `start`."""
        return self._add(start, "", value)

    def replace(self, span: Span, value: Json) -> Text:
        """The text with another value in place of the one at `span`."""
        return Text(self.text[: span.start] + self._written(value, self._margin(span.start)) + self.text[span.end :])

    def remove(self, start: int, index: int) -> Text:
        """The text without the member or element of that index of what begins at `start`, and without its comma."""
        spans = self.members(start)
        if index:
            return Text(self.text[: spans[index - 1].end] + self.text[spans[index].end :])
        after = spans[1].begin if len(spans) > 1 else _skip(self.text, spans[0].end)
        return Text(self.text[: spans[0].begin if len(spans) > 1 else start + 1] + self.text[after:])

    def close(self, start: int) -> Text:
        """The text without the blanks in the empty object or list that begins at `start`."""
        return Text(self.text[: start + 1] + self.text[_skip(self.text, start + 1) :])

    def where(self, position: int) -> str:
        """Line and column of a position, for a person."""
        before = self.text[:position]
        return f"line {before.count(chr(10)) + 1}, column {position - before.rfind(chr(10))}"

    def _add(self, start: int, label: str, value: Json) -> Text:
        spans = self.members(start)
        end = spans[-1].end if spans else start + 1
        outer = self._margin(start)
        inline = bool(spans) and "\n" not in self.text[start:end]
        if inline:
            return Text(self.text[:end] + ", " + label + json.dumps(value) + self.text[end:])
        inner = outer + self._step
        added = f"{self._line}{inner}{label}{self._written(value, inner)}"
        if spans:
            return Text(self.text[:end] + "," + added + self.text[end:])
        return Text(self.text[:end] + added + self._line + outer + self.text[_skip(self.text, end) :])

    def _written(self, value: Json, margin: str) -> str:
        return json.dumps(value, indent=self._step).replace("\n", self._line + margin)

    def _margin(self, position: int) -> str:
        """The blanks that the line of `position` begins with."""
        line = self.text[self.text.rfind("\n", 0, position) + 1 :].removeprefix(MARK)
        return line[: len(line) - len(line.lstrip(" \t"))]

    @property
    def _step(self) -> str:
        found = INDENTED.search(self.text)
        return found.group(1) if found else "  "

    @property
    def _line(self) -> str:
        return "\r\n" if "\r\n" in self.text else "\n"


def parse(text: str, place: str) -> Text:
    """A text that is known to be JSON. Raises AgentguardError with line and column where it is not."""
    try:
        json.loads(text.removeprefix(MARK), parse_int=float, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        where = f"{place}, line {error.lineno}, column {error.colno}"
        raise AgentguardError(f"this is not JSON ({error.msg})", place=where, hint=MEND) from error
    except ValueError as error:
        raise AgentguardError(f"this is not JSON ({error})", place=place, hint=MEND) from error
    except RecursionError as error:
        raise AgentguardError("this JSON is nested too deeply", place=place, hint=MEND) from error
    found = Text(text)
    _refuse_twins(found, place)
    return found


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no number")


def _refuse_twins(text: Text, place: str) -> None:
    """Raise for a key that an object names twice."""
    containers = [text.root]
    while containers:
        start = containers.pop()
        if text.text[start] not in "{[":
            continue
        seen: set[str] = set()
        for span in text.members(start):
            if span.key in seen and text.text[start] == "{":
                where = f"{place}, {text.where(span.begin)}"
                raise AgentguardError(f"the key {json.dumps(span.key)} is there twice", place=where, hint=MEND)
            seen.add(span.key)
            containers.append(span.start)


def _skip(text: str, position: int) -> int:
    found = BLANK.match(text, position)
    return found.end() if found else position
