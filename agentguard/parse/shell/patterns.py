"""Shell patterns: as regular expressions, and matched against the names in directories.

A pattern is text in which a backslash protects the next character. Patterns that could take long to match, and
directories that cannot be listed, answer None: not known.
"""

from __future__ import annotations

import os.path
import re
from functools import lru_cache
from typing import Protocol

from agentguard.model.command import UNKNOWN_PART
from agentguard.surroundings import TooMuch

STAR_LIMIT = 6  # stars of one pattern: more could take long to match
GROUP_LIMIT = 12  # groups of one extended pattern
NEGATED_LIMIT = 3  # `!(…)` of one pattern: what follows each is written twice
TEXT_LIMIT = 4096  # characters matched against a pattern
NAMES_LIMIT = 500  # names that one pattern may yield
MAGIC = re.compile(r"[*?\[]|[@+!]\(")
PROTECTED = re.compile(r"\\.", re.DOTALL)
CLASSES = {
    "alpha": "A-Za-z", "digit": "0-9", "alnum": "A-Za-z0-9", "lower": "a-z", "upper": "A-Z", "space": r"\s",
    "blank": r" \t", "word": r"\w", "xdigit": "0-9A-Fa-f", "punct": re.escape("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
}  # fmt: skip
GROUPS = {"?": ")?", "*": ")*", "+": ")+", "@": ")"}


def protected(text: str) -> str:
    """Quoted text as part of a pattern: every special character loses its meaning."""
    return re.sub(r"([*?\[\]\\@+!()|{}])", r"\\\1", text)


@lru_cache(maxsize=512)
def regex(pattern: str) -> str | None:
    """The pattern as a regular expression; None where it is too costly."""
    if pattern.count("*") + pattern.count("+(") > STAR_LIMIT:
        return None
    if pattern.count("(") > GROUP_LIMIT or pattern.count("!(") > NEGATED_LIMIT:
        return None
    found, at = _sequence(pattern, 0, "")
    return found if at == len(pattern) else re.escape(pattern)


def _sequence(pattern: str, at: int, closers: str) -> tuple[str, int]:
    found: list[str] = []
    while at < len(pattern) and pattern[at] not in closers:
        letter = pattern[at]
        if letter == "\\" and at + 1 < len(pattern):
            found.append(re.escape(pattern[at + 1]))
            at += 2
        elif letter in "?*+@!" and pattern.startswith("(", at + 1):
            kind = letter
            text, at = _group(pattern, at)
            if kind == "!":  # all but these, so that the rest still matches: both have to be looked at together
                rest, at = _sequence(pattern, at, closers)
                text = f"(?!(?:{text}){rest}(?![\\s\\S])).*{rest}"
            found.append(text)
        elif letter == "[":
            text, at = _set(pattern, at)
            found.append(text)
        else:
            found.append({"*": ".*", "?": "."}.get(letter) or re.escape(letter))
            at += 1
    return "".join(found), at


def _group(pattern: str, at: int) -> tuple[str, int]:
    kind, choices, at = pattern[at], [], at + 1
    while at < len(pattern) and pattern[at] in "(|":
        text, at = _sequence(pattern, at + 1, "|)")
        choices.append(text)
    joined = "|".join(choices)
    return (joined if kind == "!" else f"(?:{joined}{GROUPS[kind]}"), at + 1


def _set(pattern: str, at: int) -> tuple[str, int]:
    """`[…]`; a bracket that is not closed stands for itself."""
    end = at + 1 + (pattern[at + 1 : at + 2] in "!^")
    end = pattern.find("]", end + 1)
    while end > 0 and pattern.rfind("[:", at, end) > pattern.rfind(":]", at, end):
        end = pattern.find("]", end + 1)
    if end < 0:
        return re.escape("["), at + 1
    inner = pattern[at + 1 : end]
    negated = inner[:1] in ("!", "^")
    inner = inner[1:] if negated else inner
    inner = re.sub(r"([\\\[\]^&~|]|-(?=-))", r"\\\1", re.sub(r"\\(.)", r"\1", re.sub(r"\[:(\w+):\]", _class, inner)))
    return f"[{'^' if negated else ''}{_named(inner)}]", end + 1


def _class(found: re.Match[str]) -> str:
    return chr(0xE000 + list(CLASSES).index(found.group(1))) if found.group(1) in CLASSES else ""


def _named(inner: str) -> str:
    for place, text in enumerate(CLASSES.values()):
        inner = inner.replace(chr(0xE000 + place), text)
    return inner


def matches(pattern: str, text: str) -> bool | None:
    """Whether the whole text matches; None where that is not known."""
    expression = regex(pattern)
    if expression is None or len(text) > TEXT_LIMIT or UNKNOWN_PART in text or UNKNOWN_PART in pattern:
        return None
    try:
        return re.fullmatch(expression, text, re.DOTALL) is not None
    except re.error:
        return None


def magic(text: str) -> bool:
    """Whether a pattern holds anything but plain text."""
    return MAGIC.search(PROTECTED.sub("", text) if "\\" in text else text) is not None


class Folders(Protocol):
    """What matching asks of the files: the state of the shell, which knows what the line made itself."""

    @property
    def cwd(self) -> str: ...
    @property
    def options(self) -> frozenset[str]: ...
    def names_in(self, folder: str) -> tuple[str, ...] | None: ...
    def stands(self, path: str) -> bool: ...
    def is_directory(self, path: str, *, linked: bool = True) -> bool | None: ...


def paths(pattern: str, folders: Folders, ignored: str = "") -> list[str] | None:
    """The paths that a pattern matches, sorted; empty where nothing does, None where that cannot be known.

    `ignored` is the value of GLOBIGNORE: paths that match one of its patterns are left out.
    """
    if UNKNOWN_PART in pattern + ignored or UNKNOWN_PART in folders.cwd or not folders.cwd:
        return None
    parts = pattern.split("/")
    found: list[str] = ["/"] if pattern.startswith("/") else [""]
    for place, part in enumerate(parts):
        stepped = _step(found, part, folders, last=place == len(parts) - 1, ignored=bool(ignored)) if part else found
        if stepped is None or len(stepped) > NAMES_LIMIT:
            return None
        found = stepped
    if pattern.endswith("/"):
        found = [name + "/" for name in found if folders.is_directory(os.path.join(folders.cwd, name))]
    return sorted(name for name in found if not any(matches(each, name) for each in ignored.split(":") if each))


def _step(found: list[str], part: str, folders: Folders, *, last: bool, ignored: bool) -> list[str] | None:
    """Every path of `found` with every name in it that matches one part."""
    if not magic(part):
        name = re.sub(r"\\(.)", r"\1", part)
        kept = [os.path.join(base, name) for base in found]
        return [each for each in kept if folders.stands(os.path.join(folders.cwd, each))] if last else kept
    expression = regex(part)
    if expression is None:
        return None
    hidden = ignored or "dotglob" in folders.options or part.startswith((".", "\\."))
    try:
        if part == "**" and "globstar" in folders.options:
            return _below(found, folders, hidden=hidden, last=last)
        compiled = re.compile(expression, re.DOTALL | (re.IGNORECASE if "nocaseglob" in folders.options else 0))
        return [
            os.path.join(base, name)
            for base in found
            for name in folders.names_in(os.path.normpath(os.path.join(folders.cwd, base))) or ()
            if (hidden or not name.startswith(".")) and compiled.fullmatch(name)
        ]
    except (TooMuch, re.error, OSError):
        return None


def _below(found: list[str], folders: Folders, *, hidden: bool, last: bool) -> list[str] | None:
    """`**`: all that lies below, at any depth; links are not followed."""
    every: list[str] = [] if last else list(found)
    todo = list(found)
    while todo:
        base = todo.pop()
        for name in folders.names_in(os.path.normpath(os.path.join(folders.cwd, base))) or ():
            path = os.path.join(base, name)
            folder = folders.is_directory(os.path.join(folders.cwd, path), linked=False)
            if name.startswith(".") and not hidden:
                continue
            if folder:
                todo.append(path)
            if last or folder:
                every.append(path)
        if len(every) > NAMES_LIMIT:
            return None
    return every
