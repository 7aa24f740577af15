"""Which program a command word starts: a name that tables know, or a script to be read."""

from __future__ import annotations

import os.path
from collections.abc import Mapping
from dataclasses import dataclass

from agentguard.model.command import Word
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox

SYSTEM_FOLDERS = ("/bin/", "/sbin/", "/usr/", "/opt/", "/lib", "/nix/", "/snap/")  # programs, not the user's scripts
VERSION = "-.0123456789"  # what ends python3.12, gcc-13, psql-16
LANGUAGES = {  # interpreter of a script's first line -> how the script is read
    "sh": "shell", "bash": "shell", "dash": "shell", "ksh": "shell", "zsh": "shell",
    "python": "python", "python2": "python", "python3": "python",
    "node": "javascript", "nodejs": "javascript", "perl": "perl", "ruby": "ruby", "php": "php",
    "awk": "awk", "gawk": "awk", "make": "make",
}  # fmt: skip
# Scripts that are a tool's front door: their name stands for the tool, wherever they lie.
FRONT_DOORS = {"manage.py": "django-admin", "artisan": "artisan", "rails": "rails", "rake": "rake",
               "gradlew": "gradle", "mvnw": "mvn", "console": "console"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScriptFile:
    """A script started by its path, and the language its first line names."""

    path: str
    language: str


def program_of(
    word: str, cwd: str, surroundings: Surroundings, toolbox: Toolbox, written: Mapping[str, Word]
) -> str | ScriptFile:
    """What a command word starts; `written` are the files that the line itself wrote before.

    Returns:
        The program's name (the last part of its path, a version cut off where only so a table is found), or the
        ScriptFile that the path names.
    """
    name = word.rstrip("/").rsplit("/", 1)[-1]
    if name in FRONT_DOORS and toolbox.tool(FRONT_DOORS[name]):
        return FRONT_DOORS[name]
    if "/" in word:
        path = os.path.normpath(os.path.join(cwd, word))
        if path in written:
            return ScriptFile(path, language_of(written[path].text.split("\n", 1)[0]))
        script = _script(path, surroundings) if os.path.isabs(path) else None
        if script is not None:
            return script
    name = name if toolbox.tool(name) else name.removesuffix(".exe")  # a program of Windows, started from WSL
    return name if toolbox.tool(name) else _unversioned(name, toolbox)


def _unversioned(name: str, toolbox: Toolbox) -> str:
    plain = name.rstrip(VERSION)
    return plain if toolbox.tool(plain) else name


def _script(path: str, surroundings: Surroundings) -> ScriptFile | None:
    """The script at an absolute path, if it is one: a file of text outside the system's folders."""
    if path.startswith(SYSTEM_FOLDERS):
        return None
    facts = surroundings.stat(path)
    if facts is None or facts.kind != "file":
        return None
    head = surroundings.facts(path, "first line", first_line)
    if not isinstance(head, str):
        return None  # a program in machine code: nothing to read
    return ScriptFile(path, language_of(head))


def first_line(data: bytes) -> str | None:
    """The first line of a text file; None for a file that holds NUL bytes early on, as programs do."""
    return None if b"\0" in data[:1024] else data[:256].split(b"\n", 1)[0].decode("utf-8", "replace")


def language_of(first: str) -> str:
    """The language a script's first line names; a script without one is read by the shell that starts it."""
    if not first.startswith("#!"):
        return "shell"
    words = first[2:].split()
    if words and words[0].endswith("/env"):
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    interpreter = words[0].rsplit("/", 1)[-1] if words else "sh"
    return LANGUAGES.get(interpreter) or LANGUAGES.get(interpreter.rstrip("0123456789."), "unknown")
