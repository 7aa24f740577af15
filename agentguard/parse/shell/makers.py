"""What pure text makers write: echo, printf, cat, base64 -d, rev, tr, simple sed and their kin.

Only what can be told without running anything; for every other program, option or input the answer is UNKNOWN_PART.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Callable

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell.escapes import echoed, unescaped
from agentguard.parse.shell.filters import FILTERS
from agentguard.parse.shell.hooks import HOOKS
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.line_filters import parted
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.source import NeedsFile, Source
from agentguard.parse.shell.values import TEXT_LIMIT

SYSTEM_FOLDERS = ("/bin/", "/sbin/", "/usr/")  # programs, which are not read
FOLDER_LIMIT = 32  # folders of PATH that a program is looked for in
REPEAT_LIMIT = 1000  # lines that `seq` and `yes` are followed for
FORMAT = re.compile(r"%(?:%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([bcdeEfgGiosquxX]))")


Maker = Callable[[list[str], Source], str | None]


def output(shell: Host, argv: list[str], io: Streams) -> str:
    """The standard output of a command, UNKNOWN_PART where it cannot be told."""
    name = os.path.basename(argv[0])
    maker = MAKERS.get(name)
    if maker is None or (name not in PARTLY and any(UNKNOWN_PART in word for word in argv)):
        return UNKNOWN_PART
    path = io.stdin_file
    stdin = shell.scope.promise(lambda: shell.text_of(path), path) if io.stdin is None and path else io.stdin
    words = argv[1:]
    try:
        return _made(maker, words, Source(shell, stdin))
    except NeedsFile:
        path = shell.scope.path(words[0]) if name == "cat" and len(words) == 1 and words[0] != "-" else ""
        return shell.scope.promise(lambda: _made(maker, words, Source(shell, stdin, reads=True)), path)


def _made(maker: Maker, words: list[str], source: Source) -> str:
    try:
        made = maker(list(words), source)
    except (ValueError, IndexError, OverflowError, re.error):
        return UNKNOWN_PART
    return UNKNOWN_PART if made is None else made


def _echo(words: list[str], source: Source) -> str | None:
    newline, escapes = "\n", source.shell.scope.dialect != "bash"
    while words and re.fullmatch(r"-[neE]+", words[0]):
        option = words.pop(0)
        newline = "" if "n" in option else newline
        escapes = (escapes or "e" in option) and "E" not in option
    text = " ".join(words)
    if not escapes:
        return text + newline
    text, ended = echoed(text)
    return text if ended else text + newline


def _print(words: list[str], source: Source) -> str | None:
    """`print` of zsh; with options that choose another form it is not known."""
    if source.shell.scope.dialect != "zsh":
        return None
    options = ""
    while words and words[0][:1] == "-" and len(words[0]) > 1:
        option = words.pop(0)
        if option == "--":
            break
        options += option[1:]
    if set(options) - set("rnlR"):
        return None
    text = ("\n" if "l" in options else " ").join(words)
    text, ended = (text, True) if {"r", "R"} & set(options) else echoed(text)
    return text + "\n" if ended and "n" not in options else text


def _printf(words: list[str], _source: Source) -> str | None:
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return ""
    form, arguments = words[0], words[1:]
    text, left = _formatted(form, arguments)
    for _ in range(REPEAT_LIMIT):
        if not left or len(left) == len(arguments) or len(text) > TEXT_LIMIT:
            break
        more, left = _formatted(form, left)
        text += more
    return text


def _formatted(form: str, arguments: list[str]) -> tuple[str, list[str]]:
    """The format filled once, and the arguments that are left."""
    left = list(arguments)

    def fill(found: re.Match[str]) -> str:
        kind = found.group(4)
        if kind is None:
            return "%"
        return _filled(found, left.pop(0) if left else "")

    return FORMAT.sub(fill, unescaped(form)), left


def _filled(found: re.Match[str], argument: str) -> str:
    flags, width, precision, kind = found.groups()
    if len(width or "") > 3 or len(precision or "") > 3:
        return UNKNOWN_PART
    if "*" in (width, precision) or kind in "eEfgG":
        return UNKNOWN_PART
    if kind in "diouxX":
        return _numeric(flags or "", width or "", kind, argument)
    text = {"c": argument[:1], "b": echoed(argument)[0] if kind == "b" else "", "q": _quoted(argument)}.get(
        kind, argument
    )
    text = text[: int(precision)] if precision else text
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


def _quoted(text: str) -> str:
    return re.sub(r"([^A-Za-z0-9_./:=@%+,-])", r"\\\1", text) or "''"


def _numeric(flags: str, width: str, kind: str, argument: str) -> str:
    if UNKNOWN_PART in argument:
        return UNKNOWN_PART
    number = ord(argument[1]) if argument[:1] in ("'", '"') and argument[1:] else int(argument or "0", 0)
    return f"%{flags}{width}{'d' if kind in 'iu' else kind}" % number


def _cat(words: list[str], source: Source) -> str | None:
    files = [word for word in words if not word.startswith("-") or word == "-"]
    if len(files) != len(words) and any(word not in ("-u", "-", "--") for word in words if word.startswith("-")):
        return None
    if files in ([], ["-"], ["/dev/stdin"]):
        return source.stdin
    parts = [source.fed() if name in ("-", "/dev/stdin") else source.file(name) for name in files]
    return None if any(part is None for part in parts) else "".join(part or "" for part in parts)


def _tee(words: list[str], source: Source) -> str | None:
    for name in words:
        if not name.startswith("-") and UNKNOWN_PART not in name and source.stdin is not None:
            source.shell.scope.files[source.shell.scope.path(name)] = source.stdin
    return source.stdin


def _seq(words: list[str], _source: Source) -> str | None:
    plain = all(re.fullmatch(r"-?\d+", word) for word in words)
    options, operands = ({}, words) if plain else parted(words, "fs") or ({"?": ""}, [])
    form, end = options.get("f", "%g"), options.get("s", "\n")
    if set(options) - {"f", "s"} or form.count("%g") != 1 or form.count("%") != 1:
        return None
    numbers = [int(word) for word in operands]
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) > 2 else 1
    found = range(first, numbers[-1] + (1 if step > 0 else -1), step)
    if len(found) > REPEAT_LIMIT:
        return None
    return end.join(form.replace("%g", str(number)) for number in found) + "\n" * bool(found)


def _basename(words: list[str], _source: Source) -> str | None:
    words = [word for word in words if word != "--"]
    if not words or words[0].startswith("-"):
        return None
    name = os.path.basename(words[0].rstrip("/"))
    return (name.removesuffix(words[1]) if len(words) > 1 else name) + "\n"


def _dirname(words: list[str], _source: Source) -> str | None:
    words = [word for word in words if word != "--"]
    return (os.path.dirname(words[-1].rstrip("/")) or ("/" if words[-1].startswith("/") else ".")) + "\n"


def _pwd(_words: list[str], source: Source) -> str | None:
    return source.shell.scope.cwd + "\n"


def _where(words: list[str], source: Source) -> str | None:
    """`which name`, `type -P name`: where it is found."""
    names = [word for word in words if not word.startswith("-")]
    return f"{found(source.shell, names[0])}\n" if len(names) == 1 else None


def found(shell: Host, name: str) -> str:
    """The path of a program that PATH leads to; the name itself of a function, a builtin and what is not found here."""
    scope = shell.scope
    if "/" in name or name in scope.functions or UNKNOWN_PART in name + scope.text("PATH"):
        return name
    places = (os.path.join(folder, name) for folder in scope.text("PATH").split(":")[:FOLDER_LIMIT] if folder)
    return next((place for place in places if scope.stands(place)), name)


def _realpath(words: list[str], source: Source) -> str | None:
    names = [word for word in words if not word.startswith("-")]
    return source.shell.scope.path(names[0]) + "\n" if len(names) == 1 else None


def _mktemp(words: list[str], source: Source) -> str | None:
    """A new name in the temporary directory, which stands for the one that mktemp makes: one of its own each time."""
    if any(word not in ("-d", "-t", "-q", "-dt", "-p") for word in words if word.startswith("-")) or "-p" in words:
        return None
    names = [word for word in words if not word.startswith("-")]
    stem = (names[0] if names else "tmp.XXXXXX").rstrip("X")
    folder = "" if names and not any("t" in word for word in words if word.startswith("-")) else "/tmp/"  # noqa: S108 - as mktemp
    return f"{folder}{stem}{source.shell.budget.steps}\n"


def _fetched(words: list[str], source: Source) -> str | None:
    """`curl -o FILE`, `wget -O FILE`: from here on nobody knows what stands in the file."""
    for place, word in enumerate(words[:-1]):
        if re.fullmatch(r"-[A-Za-z]*[oO]|--output(?:-document)?", word) and not words[place + 1].startswith("-"):
            source.shell.scope.files[source.shell.scope.path(words[place + 1])] = UNKNOWN_PART
    return None


def _copied(words: list[str], source: Source) -> str | None:
    """`cp FROM TO`, `mv`, `ln`, `install`: what stands in the new file is what stood in the old one.

    A program of the system is as good as a script that runs it.
    """
    names = [word for word in words if not word.startswith("-")]
    if len(names) != 2 or any(word.startswith(("-t", "--t")) for word in words):
        return ""
    scope = source.shell.scope
    old, new = scope.path(names[0]), scope.path(names[1])
    if names[1].endswith(("/", ".")):
        new = os.path.join(new, os.path.basename(old))
    if old.startswith(SYSTEM_FOLDERS):
        scope.files[new] = f'#!/bin/sh\n{old} "$@"\n'
    else:
        scope.files[new] = scope.files.get(old) or scope.promise(lambda: source.shell.text_of(old), old)
    return ""


def _touched(words: list[str], source: Source) -> str | None:
    """`touch FILE`: a file that was not there is empty now."""
    scope = source.shell.scope
    for path in (scope.path(word) for word in words if not word.startswith("-")):
        if UNKNOWN_PART not in path and not scope.stands(path):
            scope.files[path] = ""
    return ""


def _folders(words: list[str], source: Source) -> str | None:
    """`mkdir DIRECTORY`: from here on it is there, and with -p all above it."""
    scope = source.shell.scope
    for path in (scope.path(word) for word in words if not word.startswith("-")):
        while UNKNOWN_PART not in path and path not in ("/", "") and not scope.stands(path):
            scope.made.add(path)
            path = os.path.dirname(path)  # noqa: PLW2901 - up to what is there
    return ""


def _nothing(_words: list[str], _source: Source) -> str | None:
    return ""


MAKERS: dict[str, Maker] = {
    **FILTERS,
    **HOOKS,
    ":": _nothing,
    "basename": _basename,
    "cat": _cat,
    "cp": _copied,
    "curl": _fetched,
    "dirname": _dirname,
    "echo": _echo,
    "install": _copied,
    "ln": _copied,
    "mkdir": _folders,
    "mktemp": _mktemp,
    "mv": _copied,
    "print": _print,
    "printf": _printf,
    "pwd": _pwd,
    "readlink": _realpath,
    "realpath": _realpath,
    "seq": _seq,
    "tee": _tee,
    "touch": _touched,
    "true": _nothing,
    "type": _where,
    "wget": _fetched,
    "which": _where,
}
PARTLY = frozenset({"curl", "wget", "echo", "printf", "cat", "tee", "dirname", "basename", "realpath", "readlink"})
