"""Text makers that change what they are fed: base64 -d, tr, rev, simple sed and their kin."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from agentguard.parse.shell.escapes import unescaped
from agentguard.parse.shell.source import Source


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


def _xargs(words: list[str], source: Source) -> str | None:
    """Without a command it is `echo`: every word of the input on one line."""
    stdin = source.fed()
    return None if stdin is None or words else " ".join(stdin.replace('"', "").replace("'", "").split()) + "\n"


def _grep(words: list[str], source: Source) -> str | None:
    """Lines that hold a plain pattern, or with -v those that do not."""
    letters = "".join(word[1:] for word in words if word.startswith("-"))
    named = [word for word in words if not word.startswith("-")]
    if not named or len(named) > 2 or set(letters) - set("vEFhi"):
        return None
    text = source.file(named[1]) if len(named) > 1 else source.fed()
    pattern = re.escape(named[0]) if "F" in letters else named[0]
    if text is None or len(re.findall(r"[*+{(]", pattern)) > 1:
        return None
    found = re.compile(pattern, re.IGNORECASE if "i" in letters else 0)
    return "".join(line for line in text.splitlines(keepends=True) if bool(found.search(line)) != ("v" in letters))


FILTERS: dict[str, Callable[[list[str], Source], str | None]] = {
    "base32": _base32,
    "base64": _base64,
    "cut": _cut,
    "egrep": _grep,
    "grep": _grep,
    "head": _head,
    "rev": _rev,
    "sed": _sed,
    "tac": _tac,
    "tail": _tail,
    "tr": _tr,
    "xargs": _xargs,
    "xxd": _xxd,
}
