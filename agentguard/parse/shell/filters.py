"""Text makers that change what they are fed: base64 -d, tr, rev, simple sed and their kin."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from itertools import pairwise

from agentguard.parse.shell.escapes import unescaped
from agentguard.parse.shell.line_filters import LINE_FILTERS, lines_of, parted, rows
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
    stdin = lines_of(source, words)
    if stdin is None:
        return None
    return "\n".join(line[::-1] for line in stdin.split("\n"))


def _tac(words: list[str], source: Source) -> str | None:
    stdin = lines_of(source, words)
    if stdin is None:
        return None
    return "".join(reversed(rows(stdin, ended=True)))


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


SED = re.compile(r"s([^\\\n\w])((?:\\.|(?!\1)[^\\])*)\1((?:\\.|(?!\1)[^\\])*)\1([gIp]*)")
LINE_LIMIT = 4096  # characters of a line that patterns are tried on


def _sed(words: list[str], source: Source) -> str | None:
    """One or more plain `s/…/…/`, and with -n those whose flag is p."""
    found = parted(words, "e")
    if found is None or set(found[0]) - set("Erne"):
        return None
    scripts = [text for letter, text in pairwise(words) if letter == "-e"] or found[1][:1]
    stdin = lines_of(source, found[1] if "e" in found[0] else found[1][1:])
    if stdin is None or not scripts:
        return None
    commands = [SED.fullmatch(each.strip()) for text in scripts for each in re.split(r"\s*;\s*(?=s\W)", text)]
    printed = "n" in found[0]
    plain = [each for each in commands if each is not None and printed == ("p" in each.group(4))]
    if len(plain) < len(commands) or (printed and len(plain) != 1):
        return None
    lines = rows(stdin)
    if printed:
        lines = [line for line in lines if re.search(_basic(plain[0], found[0]), line)]
    for command in plain:
        lines = [_replaced(line, command, found[0]) for line in lines]
    return "\n".join(lines) + "\n" * (stdin.endswith("\n") and bool(lines))


def _basic(command: re.Match[str], options: dict[str, str]) -> str:
    r"""The pattern of an `s` as Python writes it: in a basic one `(` and its kin are plain, and special behind `\\`."""
    pattern = command.group(2)
    if not {"E", "r"} & set(options):
        pattern = re.sub(r"\\?[(){}+?|]", lambda each: each[0][1:] if each[0][0] == "\\" else "\\" + each[0], pattern)
    if re.search(r"[*+{].*[*+{].*[*+{]", pattern):
        raise ValueError(pattern)
    return pattern


def _replaced(line: str, command: re.Match[str], options: dict[str, str]) -> str:
    pattern, other, flags = _basic(command, options), command.group(3), command.group(4)
    if len(line) > LINE_LIMIT:
        raise ValueError(line)
    other = re.sub(r"\\g|(?<!\\)&", r"\\g<0>", other)
    return re.sub(pattern, other, line, count=0 if "g" in flags else 1, flags=re.IGNORECASE if "I" in flags else 0)


def _head(words: list[str], source: Source) -> str | None:
    return _ends(words, source, lambda parts, count: parts[:count])


def _tail(words: list[str], source: Source) -> str | None:
    return _ends(words, source, lambda parts, count: parts[-count:] if count else parts[:0])


def _ends(words: list[str], source: Source, cut: Callable[[list[str], int], list[str]]) -> str | None:
    """`-n count`, `-count` or `-c count` of one text."""
    words = [f"-n{word[1:]}" if re.fullmatch(r"-\d+", word) else word for word in words]
    found = parted(words, "nc")
    if found is None or set(found[0]) - set("ncq") or len(found[1]) > 1:
        return None
    count = found[0].get("c") or found[0].get("n") or "10"
    stdin = lines_of(source, found[1]) if count.isdigit() else None
    if stdin is None:
        return None
    return "".join(cut(list(stdin) if "c" in found[0] else rows(stdin, ended=True), int(count)))


def _cut(words: list[str], source: Source) -> str | None:
    """`cut -c` and `cut -d -f` of single places and ranges."""
    found = parted(words, "dcfb")
    if found is None or set(found[0]) - set("dcfb") or len(found[0].get("d", "\t")) != 1:
        return None
    kind = next((letter for letter in "cbf" if letter in found[0]), "")
    place = re.fullmatch(r"(\d+)?(-)?(\d+)?", found[0].get(kind, ""))
    stdin = lines_of(source, found[1]) if kind and place and any(place.groups()) else None
    if stdin is None or place is None:
        return None
    first, last = int(place.group(1) or 1) - 1, int(place.group(3) or 0) or None
    end = last if place.group(2) else first + 1
    sign = found[0].get("d", "\t") if kind == "f" else ""
    return "\n".join(_field(line, sign, slice(first, end)) for line in stdin.split("\n"))


def _field(line: str, sign: str, places: slice) -> str:
    if not sign:
        return line[places]
    return sign.join(line.split(sign)[places]) if sign in line else line


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
    return "".join(line for line in rows(text, ended=True) if bool(found.search(line)) != ("v" in letters))


FILTERS: dict[str, Callable[[list[str], Source], str | None]] = {
    **LINE_FILTERS,
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
