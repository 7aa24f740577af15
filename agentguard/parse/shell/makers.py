"""What pure text makers write: echo, printf, cat, base64 -d, rev, tr, simple sed and their kin.

Only what can be told without running anything; for every other program, option or input the answer is UNKNOWN_PART.
"""

from __future__ import annotations

import base64
import binascii
import os.path
import re
from collections.abc import Callable

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell.escapes import echoed, unescaped
from agentguard.parse.shell.scope import Scope
from agentguard.surroundings import TooMuch

REPEAT_LIMIT = 1000  # lines that `seq` and `yes` are followed for
FORMAT = re.compile(r"%(?:%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([bcdeEfgGiosquxX]))")
Maker = Callable[[list[str], str | None, Scope], str | None]


def output(scope: Scope, argv: list[str], stdin: str | None, stdin_file: str) -> str:
    """The standard output of a command, UNKNOWN_PART where it cannot be told."""
    name = os.path.basename(argv[0])
    maker = MAKERS.get(name)
    if maker is None:
        return UNKNOWN_PART
    if name in FILTERS:
        if stdin is None and stdin_file:
            stdin = _file(stdin_file, scope)
        if stdin is None or UNKNOWN_PART in stdin:
            stdin = None if name != "cat" else stdin
    if name not in PARTLY and any(UNKNOWN_PART in word for word in argv):
        return UNKNOWN_PART
    try:
        made = maker(argv[1:], stdin, scope)
    except (ValueError, IndexError, OverflowError, re.error, binascii.Error):
        return UNKNOWN_PART
    return UNKNOWN_PART if made is None else made


def _file(path: str, scope: Scope) -> str | None:
    try:
        return scope.file(path)
    except (OSError, TooMuch):
        return None


def _echo(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    newline, escapes = "\n", scope.dialect != "bash"
    while words and re.fullmatch(r"-[neE]+", words[0]):
        option = words.pop(0)
        newline = "" if "n" in option else newline
        escapes = (escapes or "e" in option) and "E" not in option
    text = " ".join(words)
    if not escapes:
        return text + newline
    text, ended = echoed(text)
    return text if ended else text + newline


def _printf(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    if words[:1] == ["--"]:
        words = words[1:]
    if not words:
        return ""
    form, arguments = words[0], words[1:]
    text, left = _formatted(form, arguments)
    for _ in range(REPEAT_LIMIT):
        if not left or len(left) == len(arguments):
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
    if "*" in (width, precision) or kind in "eEfgG":
        return UNKNOWN_PART
    if kind in "diouxX":
        return _numeric(flags or "", width or "", kind, argument)
    text = {"c": argument[:1], "b": echoed(argument)[0] if kind == "b" else "", "q": _quoted(argument)}.get(kind, argument)
    text = text[: int(precision)] if precision else text
    return text.ljust(int(width or 0)) if "-" in flags else text.rjust(int(width or 0))


def _quoted(text: str) -> str:
    return re.sub(r"([^A-Za-z0-9_./:=@%+,-])", r"\\\1", text) or "''"


def _numeric(flags: str, width: str, kind: str, argument: str) -> str:
    if UNKNOWN_PART in argument:
        return UNKNOWN_PART
    number = ord(argument[1]) if argument[:1] in ("'", '"') and argument[1:] else int(argument or "0", 0)
    return f"%{flags}{width}{'d' if kind in 'iu' else kind}" % number


def _cat(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    files = [word for word in words if not word.startswith("-") or word == "-"]
    if len(files) != len(words) and any(word not in ("-u", "-", "--") for word in words if word.startswith("-")):
        return None
    parts = [stdin if name in ("-", "/dev/stdin") else _file(scope.path(name), scope) for name in files or ["-"]]
    return None if any(part is None for part in parts) else "".join(part or "" for part in parts)


def _tee(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    return stdin


def _base64(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    stdin = _operand(words, stdin, scope)
    if stdin is None:
        return None
    if any(re.fullmatch(r"-[dDi]+|--d\w*", word) for word in words):
        return base64.b64decode(re.sub(r"[^A-Za-z0-9+/=]", "", stdin)).decode("utf-8", "surrogateescape")
    return base64.b64encode(stdin.encode("utf-8", "surrogateescape")).decode() + "\n"


def _base32(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    stdin = _operand(words, stdin, scope)
    if stdin is None or not any(re.fullmatch(r"-[dDi]+|--d\w*", word) for word in words):
        return None
    return base64.b32decode("".join(stdin.split())).decode("utf-8", "surrogateescape")


def _operand(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    """The text of the file operand, else what is fed."""
    names = [word for word in words if not word.startswith("-")]
    return _file(scope.path(names[-1]), scope) if names else stdin


def _xxd(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    letters = "".join(word[1:] for word in words if word.startswith("-"))
    if stdin is None or not {"r", "p"} <= set(letters):
        return None
    return bytes.fromhex("".join(stdin.split())).decode("utf-8", "surrogateescape")


def _rev(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    if stdin is None or words:
        return None
    return "\n".join(line[::-1] for line in stdin.split("\n"))


def _tac(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    if stdin is None or words:
        return None
    return "".join(reversed(stdin.splitlines(keepends=True)))


def _tr(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    options = "".join(word[1:] for word in words if word.startswith("-") and len(word) > 1)
    sets = [_members(word) for word in words if not word.startswith("-") or len(word) == 1]
    if stdin is None or not sets or set(options) - {"d"} or any(each is None for each in sets):
        return None
    first = sets[0] or ""
    if "d" in options:
        return "".join(letter for letter in stdin if letter not in first)
    second = (sets[1] if len(sets) > 1 else "") or ""
    if not second:
        return None
    second = second.ljust(len(first), second[-1])
    return stdin.translate({ord(a): b for a, b in reversed(list(zip(first, second, strict=False)))})


CLASSES = {"[:lower:]": "abcdefghijklmnopqrstuvwxyz", "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "[:digit:]": "0123456789"}
CLASSES |= {"[:space:]": " \t\n\r\f\v", "[:blank:]": " \t", "[:alpha:]": CLASSES["[:upper:]"] + CLASSES["[:lower:]"]}


def _members(word: str) -> str | None:
    for name, members in CLASSES.items():
        word = word.replace(name, members)
    if "[:" in word or "[=" in word:
        return None
    word = unescaped(word)
    return re.sub(r"(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), word, flags=re.DOTALL)


SED = re.compile(r"s([^\\\n\w])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1([gI]*)")


def _sed(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    """One or more plain `s/…/…/`."""
    extended = any(word in ("-E", "-r") for word in words)
    scripts = [word for word in words if word not in ("-E", "-r", "-e")]
    if stdin is None or not scripts or any(word.startswith("-") for word in scripts):
        return None
    lines = stdin.split("\n")
    for command in scripts:
        for each in re.split(r"\s*;\s*(?=s\W)", command):
            found = SED.fullmatch(each.strip())
            if not found:
                return None
            lines = [_replaced(line, found, extended=extended) for line in lines]
    return "\n".join(lines)


def _replaced(line: str, found: re.Match[str], *, extended: bool) -> str:
    _, pattern, other, flags = found.groups()
    if not extended:  # in basic expressions these are plain, and special behind a backslash
        pattern = re.sub(r"\\?[(){}+?|]", lambda each: each[0][1:] if each[0][0] == "\\" else "\\" + each[0], pattern)
    if re.search(r"[*+{].*[*+{].*[*+{]", pattern) or len(line) > 4096:
        raise ValueError(pattern)
    other = re.sub(r"\\g|(?<!\\)&", r"\\g<0>", other)
    return re.sub(pattern, other, line, count=0 if "g" in flags else 1, flags=re.IGNORECASE if "I" in flags else 0)


def _head(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    return _lines(words, stdin, lambda lines, count: lines[:count])


def _tail(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    return _lines(words, stdin, lambda lines, count: lines[-count:] if count else [])


def _lines(words: list[str], stdin: str | None, cut: Callable[[list[str], int], list[str]]) -> str | None:
    found = re.fullmatch(r"(?:-n ?|-)?(\d*)", " ".join(words))
    if stdin is None or not found:
        return None
    return "".join(cut(stdin.splitlines(keepends=True), int(found.group(1) or 10)))


def _cut(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    """`cut -c` and `cut -d -f` of single places and ranges."""
    found = re.fullmatch(r"(?:-d ?(.) )?-([cf]) ?(\d+)(?:(-)(\d*))?(?: -d ?(.))?", " ".join(words))
    if stdin is None or not found:
        return None
    sign = found.group(1) or found.group(6) or "\t"
    first, last = int(found.group(3)) - 1, int(found.group(5) or 0) or None
    end = last if found.group(4) else first + 1
    if found.group(2) == "c":
        return "\n".join(line[first:end] for line in stdin.split("\n"))
    return "\n".join(sign.join(line.split(sign)[first:end]) if sign in line else line for line in stdin.split("\n"))


def _seq(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    numbers = [int(word) for word in words]
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) > 2 else 1
    found = range(first, numbers[-1] + (1 if step > 0 else -1), step)
    return "".join(f"{number}\n" for number in found) if len(found) <= REPEAT_LIMIT else None


def _basename(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    words = [word for word in words if word != "--"]
    if not words or words[0].startswith("-"):
        return None
    name = os.path.basename(words[0].rstrip("/"))
    return (name.removesuffix(words[1]) if len(words) > 1 else name) + "\n"


def _dirname(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    words = [word for word in words if word != "--"]
    return (os.path.dirname(words[-1].rstrip("/")) or ("/" if words[-1].startswith("/") else ".")) + "\n"


def _pwd(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    return scope.cwd + "\n"


def _where(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    """`which name`, `type -P name`: the name stands for itself."""
    names = [word for word in words if not word.startswith("-")]
    return "\n".join(names) + "\n" if len(names) == 1 else None


def _realpath(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    names = [word for word in words if not word.startswith("-")]
    return scope.path(names[0]) + "\n" if len(names) == 1 else None


def _mktemp(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    """A new name in the temporary directory: its beginning is known."""
    if any(word not in ("-d", "-t", "-q", "-dt", "-p") for word in words if word.startswith("-")) or "-p" in words:
        return None
    names = [word for word in words if not word.startswith("-")]
    stem = (names[0] if names else "tmp.XXXXXX").rstrip("X")
    folder = "" if names and not any("t" in word for word in words if word.startswith("-")) else "/tmp/"  # noqa: S108 - as mktemp
    return folder + stem + UNKNOWN_PART + "\n"


def _nothing(words: list[str], stdin: str | None, scope: Scope) -> str | None:
    return ""


MAKERS: dict[str, Maker] = {
    ":": _nothing,
    "base32": _base32,
    "base64": _base64,
    "basename": _basename,
    "cat": _cat,
    "cut": _cut,
    "dirname": _dirname,
    "echo": _echo,
    "head": _head,
    "mktemp": _mktemp,
    "printf": _printf,
    "pwd": _pwd,
    "readlink": _realpath,
    "realpath": _realpath,
    "rev": _rev,
    "sed": _sed,
    "seq": _seq,
    "tac": _tac,
    "tail": _tail,
    "tee": _tee,
    "tr": _tr,
    "true": _nothing,
    "type": _where,
    "which": _where,
    "xxd": _xxd,
}
FILTERS = frozenset({"base32", "base64", "cat", "cut", "head", "rev", "sed", "tac", "tail", "tee", "tr", "xxd"})
PARTLY = frozenset({"echo", "printf", "cat", "tee", "dirname", "basename", "realpath", "readlink"})
