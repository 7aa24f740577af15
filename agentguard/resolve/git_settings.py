"""Git's configuration as git reads it: every file in its order, includes, and what the command and its variables set.

Promises: the order of git itself (system, user, repository, worktree, GIT_CONFIG_*, `-c`; a later one wins, or adds
where a key may stand several times). Only what tells where a push goes is kept, and of a URL no user or password.
Refuses to guess: an include on another condition than the directory or the branch is left out.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from agentguard.model.command import UNKNOWN_PART
from agentguard.resolve.address import without_login
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

Settings = Mapping[str, tuple[str, ...]]

SYSTEM = "/etc/gitconfig"
DEPTH = 10  # of includes in includes, as in git
FILE_LIMIT = 64  # files in all: more than anybody keeps
COUNT_LIMIT = 64  # of GIT_CONFIG_KEY_N
TRUE = frozenset({"1", "on", "true", "yes"})
KEPT = re.compile(
    r"remote\..+\.(?:url|pushurl|push|mirror)|branch\..+\.(?:merge|remote|pushremote)|url\..+\.(?:push)?insteadof|"
    r"push\.default|remote\.pushdefault|extensions\.worktreeconfig|include\.path|includeif\..+\.path",
    re.DOTALL,
)
_SECTION = re.compile(r'\s*\[\s*(?P<name>[\w.-]+)(?:\s+"(?P<sub>(?:[^"\\]|\\.)*)")?\s*\](?P<rest>.*)', re.DOTALL)
_PIECE = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"?|(?P<end>[#;].*)|(?P<plain>(?:[^"#;\\]|\\.)+)', re.DOTALL)


def settings(subject: Subject, folder: str, common: str, branch: str) -> Settings:
    """All settings that this command would see, by key (section and name in lower case), in the order they stand."""
    found: dict[str, list[str]] = {}
    reader = _Files(subject, folder, branch)
    for key, value in (*_of_files(subject, reader, folder, common), *_of_variables(subject), *_of_command(subject)):
        found.setdefault(key, []).append(value)
    return {key: tuple(values) for key, values in found.items()}


def last(known: Settings, key: str) -> str:
    """The value that wins; empty where there is none."""
    return known[key][-1] if known.get(key) else ""


def is_true(text: str) -> bool:
    """Whether git takes a value for true."""
    return text.casefold() in TRUE


def _of_files(subject: Subject, reader: _Files, folder: str, common: str) -> Iterator[tuple[str, str]]:
    if not is_true(subject.variable("GIT_CONFIG_NOSYSTEM") or ""):
        yield from reader.read(subject.path(subject.variable("GIT_CONFIG_SYSTEM") or SYSTEM))
    told = subject.variable("GIT_CONFIG_GLOBAL")
    xdg = subject.variable("XDG_CONFIG_HOME") or "~/.config"
    for name in (told,) if told is not None else (f"{xdg}/git/config", "~/.gitconfig"):
        yield from reader.read(subject.path(name))
    own = tuple(reader.read(f"{common}/config"))
    yield from own
    if any(key == "extensions.worktreeconfig" and is_true(value) for key, value in own):
        yield from reader.read(f"{folder}/config.worktree")


def _of_variables(subject: Subject) -> Iterator[tuple[str, str]]:
    count = subject.variable("GIT_CONFIG_COUNT") or "0"
    for at in range(min(int(count) if count.isascii() and count.isdigit() else 0, COUNT_LIMIT)):
        key, value = subject.variable(f"GIT_CONFIG_KEY_{at}"), subject.variable(f"GIT_CONFIG_VALUE_{at}")
        if key and value is not None:
            yield _key(key), _safe(value)


def _of_command(subject: Subject) -> Iterator[tuple[str, str]]:
    for option in subject.command.options if subject.command else ():
        key, equals, value = option.value.text.partition("=") if option.value else ("", "", "")
        if option.name == "-c":
            yield _key(key), _safe(value) if equals else "true"
        elif option.name == "--config-env":
            yield _key(key), _safe(subject.variable(value) or UNKNOWN_PART)


class _Files:
    """Reads configuration files with what they include; each file is read once on a way."""

    def __init__(self, subject: Subject, folder: str, branch: str) -> None:
        self._subject = subject
        self._folder = folder
        self._branch = branch
        self._count = 0

    def read(self, path: str, depth: int = 0) -> Iterator[tuple[str, str]]:
        self._count += 1
        if depth > DEPTH or self._count > FILE_LIMIT:
            return
        facts = self._subject.surroundings.facts(path, "git", _kept)
        for row in facts if isinstance(facts, list) else ():
            key, value = (str(part) for part in row) if isinstance(row, list) else ("", "")
            if key == "include.path" or (key.startswith("includeif.") and self._applies(key[10:-5], path)):
                yield from self.read(self._place(value, path), depth + 1)
            else:
                yield key, value

    def _place(self, name: str, path: str) -> str:
        return self._subject.path(name if name.startswith("~") else os.path.join(os.path.dirname(path), name))

    def _applies(self, condition: str, path: str) -> bool:
        kind, _, pattern = condition.partition(":")
        if kind == "onbranch":
            return fnmatchcase(self._branch, pattern + "*" * pattern.endswith("/"))
        if kind not in ("gitdir", "gitdir/i"):
            return False
        place = self._folder.rstrip("/")
        if pattern.startswith("./"):
            pattern = os.path.join(os.path.dirname(path), pattern[2:])
        elif pattern.startswith("~/"):
            pattern = f"{self._subject.home()}{pattern[1:]}"
        elif not pattern.startswith("/"):
            pattern = f"**/{pattern}"
        pattern += "**" * pattern.endswith("/")
        return _fits(place.casefold(), pattern.casefold()) if kind.endswith("/i") else _fits(place, pattern)


def _fits(place: str, pattern: str) -> bool:
    """`*` stops at no slash here, so that a pattern may include more than git would; `**/` may stand for nothing."""
    return fnmatchcase(place, pattern) or (pattern.startswith("**/") and fnmatchcase(place, pattern[3:]))


def _kept(data: bytes) -> Json:
    return [[key, _safe(value)] for key, value in _pairs(data.decode("utf-8-sig")) if KEPT.fullmatch(key)]


def _safe(value: str) -> str:
    return without_login(value)


def _key(text: str) -> str:
    """`Remote.Name.URL` as git compares it: section and variable without case, what is between with it."""
    section, _, rest = text.partition(".")
    between, dot, name = rest.rpartition(".")
    return f"{section.casefold()}.{without_login(between)}{dot}{name.casefold()}"


def _pairs(text: str) -> Iterator[tuple[str, str]]:
    section = ""
    for line in re.sub(r"\\\r?\n", "", text).splitlines():
        header = _SECTION.match(line)
        if header:
            sub = re.sub(r"\\(.)", r"\1", header["sub"]) if header["sub"] is not None else None
            section = header["name"] if sub is None else f"{header['name']}.{sub}"
            line = header["rest"]  # noqa: PLW2901 - a setting may stand behind its header
        name, equals, value = line.strip().partition("=")
        if name.strip() and name[0] not in "#;[":
            yield _key(f"{section}.{name.strip()}"), _value(value.strip()) if equals else "true"


def _value(text: str) -> str:
    found = ""
    for piece in _PIECE.finditer(text):
        if piece["end"] is not None:
            return found.rstrip()
        found += re.sub(r"\\(.)", r"\1", piece["plain"] if piece["quoted"] is None else piece["quoted"])
    return found
