"""What pure text makers write: echo, printf, cat, base64 -d, rev, tr, simple sed and their kin.

Only what can be told without running anything; for every other program, option or input the answer is UNKNOWN_PART.
"""

from __future__ import annotations

import base64
import os.path
import re
from collections.abc import Callable
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell.escapes import echoed, unescaped
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.redirects import Streams

REPEAT_LIMIT = 1000  # lines that `seq` and `yes` are followed for
FORMAT = re.compile(r"%(?:%|([-+ #0]*)(\*|\d+)?(?:\.(\*|\d+))?([bcdeEfgGiosquxX]))")


class NeedsFile(Exception):
    """The output depends on a file that the line did not write: it is read only if the output would run."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a maker may look at: its shell, its input, and whether files may be read now."""

    shell: Host
    stdin: str | None
    reads: bool = False

    def fed(self) -> str | None:
        """The input; None where it is not known."""
        if self.stdin is None or UNKNOWN_PART not in self.stdin:
            return self.stdin
        if not self.reads:
            raise NeedsFile
        text = self.shell.scope.forced(self.stdin)
        return None if UNKNOWN_PART in text else text

    def file(self, name: str) -> str | None:
        """The text of a file operand."""
        path = self.shell.scope.path(name)
        known = self.shell.scope.files.get(path)
        if known is not None:
            return known
        if not self.reads:
            raise NeedsFile
        return self.shell.text_of(path)


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


def _printf(words: list[str], source: Source) -> str | None:
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


def _base64(words: list[str], source: Source) -> str | None:
    stdin = _operand(words, source)
    if stdin is None:
        return None
    if any(re.fullmatch(r"-[dDi]+|--d\w*", word) for word in words):
        return base64.b64decode(re.sub(r"[^A-Za-z0-9+/=]", "", stdin)).decode("utf-8", "surrogateescape")
    return base64.b64encode(stdin.encode("utf-8", "surrogateescape")).decode() + "\n"


def _base32(words: list[str], source: Source) -> str | None:
    stdin = _operand(words, source)
    if stdin is None or not any(re.fullmatch(r"-[dDi]+|--d\w*", word) for word in words):
        return None
    return base64.b32decode("".join(stdin.split())).decode("utf-8", "surrogateescape")


def _operand(words: list[str], source: Source) -> str | None:
    """The text of the file operand, else what is fed."""
    names = [word for word in words if not word.startswith("-")]
    return source.file(names[-1]) if names else source.fed()


def _xxd(words: list[str], source: Source) -> str | None:
    stdin = source.fed()
    letters = "".join(word[1:] for word in words if word.startswith("-"))
    if stdin is None or not {"r", "p"} <= set(letters):
        return None
    return bytes.fromhex("".join(stdin.split())).decode("utf-8", "surrogateescape")


def _rev(words: list[str], source: Source) -> str | None:
    stdin = source.fed()
    if stdin is None or words:
        return None
    return "\n".join(line[::-1] for line in stdin.split("\n"))


def _tac(words: list[str], source: Source) -> str | None:
    stdin = source.fed()
    if stdin is None or words:
        return None
    return "".join(reversed(stdin.splitlines(keepends=True)))


def _tr(words: list[str], source: Source) -> str | None:
    stdin = source.fed()
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


CLASSES = {
    "[:lower:]": "abcdefghijklmnopqrstuvwxyz",
    "[:upper:]": "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "[:digit:]": "0123456789",
}
CLASSES |= {"[:space:]": " \t\n\r\f\v", "[:blank:]": " \t", "[:alpha:]": CLASSES["[:upper:]"] + CLASSES["[:lower:]"]}


def _members(word: str) -> str | None:
    for name, members in CLASSES.items():
        word = word.replace(name, members)
    if "[:" in word or "[=" in word:
        return None
    word = unescaped(word)
    return re.sub(
        r"(.)-(.)", lambda found: "".join(map(chr, range(ord(found[1]), ord(found[2]) + 1))), word, flags=re.DOTALL
    )


SED = re.compile(r"s([^\\\n\w])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1([gI]*)")


def _sed(words: list[str], source: Source) -> str | None:
    """One or more plain `s/…/…/`."""
    stdin = source.fed()
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


def _head(words: list[str], source: Source) -> str | None:
    return _lines(words, source, lambda lines, count: lines[:count])


def _tail(words: list[str], source: Source) -> str | None:
    return _lines(words, source, lambda lines, count: lines[-count:] if count else [])


def _lines(words: list[str], source: Source, cut: Callable[[list[str], int], list[str]]) -> str | None:
    stdin = source.fed()
    found = re.fullmatch(r"(?:-n ?|-)?(\d*)", " ".join(words))
    if stdin is None or not found:
        return None
    return "".join(cut(stdin.splitlines(keepends=True), int(found.group(1) or 10)))


def _cut(words: list[str], source: Source) -> str | None:
    """`cut -c` and `cut -d -f` of single places and ranges."""
    stdin = source.fed()
    found = re.fullmatch(r"(?:-d ?(.) )?-([cf]) ?(\d+)(?:(-)(\d*))?(?: -d ?(.))?", " ".join(words))
    if stdin is None or not found:
        return None
    sign = found.group(1) or found.group(6) or "\t"
    first, last = int(found.group(3)) - 1, int(found.group(5) or 0) or None
    end = last if found.group(4) else first + 1
    if found.group(2) == "c":
        return "\n".join(line[first:end] for line in stdin.split("\n"))
    return "\n".join(sign.join(line.split(sign)[first:end]) if sign in line else line for line in stdin.split("\n"))


def _seq(words: list[str], source: Source) -> str | None:
    numbers = [int(word) for word in words]
    first = numbers[0] if len(numbers) > 1 else 1
    step = numbers[1] if len(numbers) > 2 else 1
    found = range(first, numbers[-1] + (1 if step > 0 else -1), step)
    return "".join(f"{number}\n" for number in found) if len(found) <= REPEAT_LIMIT else None


def _basename(words: list[str], source: Source) -> str | None:
    words = [word for word in words if word != "--"]
    if not words or words[0].startswith("-"):
        return None
    name = os.path.basename(words[0].rstrip("/"))
    return (name.removesuffix(words[1]) if len(words) > 1 else name) + "\n"


def _dirname(words: list[str], source: Source) -> str | None:
    words = [word for word in words if word != "--"]
    return (os.path.dirname(words[-1].rstrip("/")) or ("/" if words[-1].startswith("/") else ".")) + "\n"


def _pwd(words: list[str], source: Source) -> str | None:
    return source.shell.scope.cwd + "\n"


def _where(words: list[str], source: Source) -> str | None:
    """`which name`, `type -P name`: the name stands for itself."""
    names = [word for word in words if not word.startswith("-")]
    return "\n".join(names) + "\n" if len(names) == 1 else None


def _realpath(words: list[str], source: Source) -> str | None:
    names = [word for word in words if not word.startswith("-")]
    return source.shell.scope.path(names[0]) + "\n" if len(names) == 1 else None


def _mktemp(words: list[str], source: Source) -> str | None:
    """A new name in the temporary directory: its beginning is known."""
    if any(word not in ("-d", "-t", "-q", "-dt", "-p") for word in words if word.startswith("-")) or "-p" in words:
        return None
    names = [word for word in words if not word.startswith("-")]
    stem = (names[0] if names else "tmp.XXXXXX").rstrip("X")
    folder = "" if names and not any("t" in word for word in words if word.startswith("-")) else "/tmp/"  # noqa: S108 - as mktemp
    return folder + stem + UNKNOWN_PART + "\n"


def _nothing(words: list[str], source: Source) -> str | None:
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
PARTLY = frozenset({"echo", "printf", "cat", "tee", "dirname", "basename", "realpath", "readlink"})
