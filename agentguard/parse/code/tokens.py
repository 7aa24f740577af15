"""Names, texts and marks of a scripting language: enough to tell a call from a string or a comment that mentions it.

One table of spellings a language; every letter of the text belongs to a token, to a comment or to blank space. Texts
that are put in at run time (`"#{x}"`, `${x}`) hold UNKNOWN_PART, unless the name was set to a constant before.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from agentguard.model.command import UNKNOWN_PART, Word

TEXT_LIMIT = 10_000  # letters that names put into one text may add
ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "e": "\x1b"}
CODED = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|([0-7]{3})|(.))", re.DOTALL)
OPERATORS = frozenset("if unless and or not return split grep when while until x in case map".split())
CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}


class Kind(StrEnum):
    """What a token is; CODE is text that the language hands to a shell by itself (backticks)."""

    NAME = "name"
    TEXT = "text"
    WORDS = "words"  # several texts: qw(a b)
    CODE = "code"
    PATTERN = "pattern"  # between slashes: no code
    CHANGE = "change"  # a pattern and what takes its place: s/a/b/
    MARK = "mark"
    END = "end"  # a line or a statement


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `text` is what a string means, not how it is written."""

    kind: Kind
    text: str
    known: bool = True

    @property
    def word(self) -> Word:
        """A text as a word."""
        return Word(self.text, self.known)


@dataclass(frozen=True)
class Spelling:
    """How a language writes comments, strings and names."""

    comments: tuple[str, ...]
    block: tuple[str, str] | None = None
    plain: str = "'"  # quotes without anything put in
    rich: str = '"'  # quotes in which names may be put in
    ticks: Kind | None = None  # what stands in backticks
    puts_in: str = ""  # how a name is put in, as a pattern whose group is the name
    prefixes: Mapping[str, Kind] = field(default_factory=dict)  # qw, %x …, before a bracket or any mark
    name: str = r"[A-Za-z_]\w*"
    joins: str = "+"  # the operator between two texts
    bare: bool = True  # calls may stand without brackets
    commas: bool = True  # arguments are separated by commas
    slashes: bool = False  # a slash that divides nothing begins a pattern

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """One token; the group that matched tells which."""
        comments = "|".join(map(re.escape, self.comments))
        block = f"{re.escape(self.block[0])}.*?(?:{re.escape(self.block[1])}|\\Z)" if self.block else "(?!)"
        prefixes = "|".join(sorted(map(re.escape, self.prefixes), key=len, reverse=True)) or "(?!)"
        quotes = re.escape(self.plain + self.rich + ("`" if self.ticks else ""))
        return re.compile(
            rf"(?P<comment>{block}|(?:{comments})[^\n]*)"
            rf"|(?P<prefix>(?<![\w$@]){prefixes})\s*(?P<open>[^\w\s,;=)])"
            rf"|(?P<quote>[{quotes}])|(?P<name>{self.name})|(?P<number>\d[\w.]*)"
            r"|(?P<blank>[ \t\r]+|\\\n)|(?P<end>[\n;])|(?P<mark><>|\.\.|=>|->|::|\|&|>>|==|=~|&&|\|\||.)",
            re.DOTALL,
        )

    @cached_property
    def inserted(self) -> re.Pattern[str]:
        """A name put into a text."""
        return re.compile(self.puts_in or "(?!)")


BARE_ESCAPES = re.compile(r"\\([\\'])")


def tokens(text: str, spelling: Spelling, values: dict[str, Word]) -> Iterator[Token]:
    """The tokens of a text; `values` are names set to a constant, looked up where they are put into texts."""
    place, before = 0, Token(Kind.END, "")
    while place < len(text):
        found = spelling.pattern.match(text, place)
        if found is None:
            break
        place = found.end()
        if (
            spelling.slashes
            and found["mark"] == "/"
            and not _is_value(before)
            and "/" in text[place:].partition("\n")[0]
        ):
            _, place = _bracketed(text, place, "/")
            continue
        for token, after in _read(found, text, spelling, values):
            yield token
            place, before = max(place, after), token


def _is_value(token: Token) -> bool:
    """Whether a slash behind it divides: behind a name, a number or a closing bracket."""
    if token.kind is Kind.NAME:
        return token.text not in OPERATORS
    return token.kind is Kind.TEXT or token.text in CLOSING.values()


def _read(found: re.Match[str], text: str, spelling: Spelling, values: dict[str, Word]) -> Iterator[tuple[Token, int]]:
    """The tokens one match stands for, each with the place behind it."""
    place = found.end()
    match found.lastgroup:
        case "open":
            kind = spelling.prefixes[found["prefix"]]
            raw, place = _bracketed(text, place, found["open"])
            if kind is Kind.CHANGE:
                yield from _changed(text, place, found["open"], spelling, values)
            elif kind is not Kind.PATTERN:
                yield _text(kind, raw, spelling, values), place
            else:
                yield Token(Kind.END, ""), place
        case "quote":
            raw, place = _bracketed(text, place, found["quote"])
            yield _quoted(found["quote"], raw, spelling, values), place
        case "name":
            yield Token(Kind.NAME, found["name"]), place
        case "number":
            yield Token(Kind.TEXT, found["number"]), place
        case "end":
            yield Token(Kind.END, found["end"]), place
        case "mark":
            yield Token(Kind.MARK, found["mark"]), place


def _changed(
    text: str, place: int, opening: str, spelling: Spelling, values: dict[str, Word]
) -> Iterator[tuple[Token, int]]:
    """`s/a/b/`: what takes the place is code with the flag e."""
    if opening in CLOSING:  # s{a}{b}
        place += len(text[place:]) - len(text[place:].lstrip())
        opening, place = text[place : place + 1], place + 1
    raw, place = _bracketed(text, place, opening)
    flags = re.match(r"\w*", text[place:])
    place += flags.end() if flags else 0
    if flags and "e" in flags[0]:
        yield from ((token, place) for token in tokens(raw, spelling, values))
    yield Token(Kind.END, ""), place


def _bracketed(text: str, start: int, opening: str) -> tuple[str, int]:
    """What stands up to the closing mark, and the place behind it; brackets of the same kind nest."""
    closing, depth, place = CLOSING.get(opening, opening), 1, start
    while place < len(text):
        letter = text[place]
        if letter == "\\":
            place += 1
        elif letter == closing:
            depth -= 1
        elif letter == opening:
            depth += 1
        if not depth:
            return text[start:place], place + 1
        place += 1
    return text[start:], len(text)


def _quoted(quote: str, raw: str, spelling: Spelling, values: dict[str, Word]) -> Token:
    if quote in spelling.plain:
        bare = spelling.rich == '"' and quote == "'" and spelling.puts_in  # a backslash escapes itself and the quote
        return Token(Kind.TEXT, BARE_ESCAPES.sub(r"\1", raw) if bare else unescaped(raw))
    return _text((spelling.ticks or Kind.TEXT) if quote == "`" else Kind.TEXT, raw, spelling, values)


def _text(kind: Kind, raw: str, spelling: Spelling, values: dict[str, Word]) -> Token:
    def put(found: re.Match[str]) -> str:
        value = values.get(next((group for group in found.groups() if group), ""))
        return value.text if value is not None else UNKNOWN_PART

    text = spelling.inserted.sub(put, raw) if kind is not Kind.WORDS else raw
    if len(text) > len(raw) + TEXT_LIMIT:
        return Token(kind, UNKNOWN_PART, known=False)
    return Token(kind, unescaped(text), UNKNOWN_PART not in text)


def unescaped(raw: str) -> str:
    """A text without its backslashes."""

    def letter(found: re.Match[str]) -> str:
        code = found[1] or found[2] or found[3]
        if code:
            return chr(int(code, 16)) if int(code, 16) < 0x110000 else UNKNOWN_PART
        return chr(int(found[4], 8)) if found[4] else ESCAPES.get(found[5], found[5])

    return CODED.sub(letter, raw)
