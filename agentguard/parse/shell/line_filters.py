"""Text makers that take lines apart or put them together, and those that unpack: sort, paste, gzip -d and their kin.

Only plain uses are followed; for every other option the answer is None: not known.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from itertools import groupby

from agentguard.parse.shell.source import Source

UNPACKED_LIMIT = 1 << 16  # bytes that a packed text may unpack to
YES_LINES = 64  # lines of `yes` that are followed: whoever reads it takes a few


def lines_of(source: Source, files: list[str]) -> str | None:
    """The texts of the files in a row, or what is fed where none is named."""
    if not files:
        return source.fed()
    texts = [source.fed() if name == "-" else source.file(name) for name in files]
    return None if any(text is None for text in texts) else "".join(text or "" for text in texts)


def rows(text: str, *, ended: bool = False) -> list[str]:
    """The lines of a text, which end at newlines and nothing else; with their ends where `ended`."""
    found = text.split("\n")
    last = found.pop()
    return [line + "\n" * ended for line in found] + ([last] if last else [])


def parted(words: list[str], takes: str = "") -> tuple[dict[str, str], list[str]] | None:
    """Options by letter, each with its value, and operands; `takes` are the letters that want one. None: a long one."""
    options: dict[str, str] = {}
    operands: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            operands.append(word)
        elif word == "--":
            return options, operands + rest
        elif word.startswith("--"):
            return None
        elif word[1] in takes:
            options[word[1]] = word[2:] or (rest.pop(0) if rest else "")
        else:
            options |= dict.fromkeys(word[1:], "")
    return options, operands


def _sort(words: list[str], source: Source) -> str | None:
    found = parted(words)
    text = lines_of(source, found[1]) if found and not set(found[0]) - set("rnu") else None
    if found is None or text is None:
        return None
    lines = rows(text)
    key: Callable[[str], object] = (lambda line: (_leading(line), line)) if "n" in found[0] else str
    lines = sorted(dict.fromkeys(lines) if "u" in found[0] else lines, key=key, reverse="r" in found[0])  # type: ignore[arg-type]
    return "".join(f"{line}\n" for line in lines)


def _leading(line: str) -> int:
    number = re.match(r"\s*(-?\d+)", line)
    return int(number.group(1)) if number else 0


def _uniq(words: list[str], source: Source) -> str | None:
    found = parted(words)
    text = lines_of(source, found[1]) if found and not found[0] and len(found[1]) < 2 else None
    return None if text is None else "".join(f"{line}\n" for line, _ in groupby(rows(text)))


def _expand(words: list[str], source: Source) -> str | None:
    found = parted(words)
    text = lines_of(source, found[1]) if found and not found[0] else None
    return None if text is None else text.expandtabs(8)


def _fold(words: list[str], source: Source) -> str | None:
    found = parted(words, "w")
    text = lines_of(source, found[1]) if found and not set(found[0]) - {"w"} else None
    if found is None or text is None:
        return None
    width = int(found[0].get("w", "80"))
    cut = ([line[at : at + width] for at in range(0, len(line) or 1, width)] for line in rows(text))
    return "".join(f"{piece}\n" for pieces in cut for piece in pieces)


def _paste(words: list[str], source: Source) -> str | None:
    found = parted(words, "d")
    if found is None or set(found[0]) - {"d", "s"} or len(found[0].get("d", "\t")) != 1:
        return None
    sign = found[0].get("d", "\t")
    columns = [lines_of(source, [name]) for name in found[1]]
    if any(column is None for column in columns) or not columns:
        return None
    texts = [rows(column or "") for column in columns]
    if "s" in found[0]:
        return "".join(sign.join(each) + "\n" for each in texts)
    height = max(map(len, texts))
    return "".join(sign.join(each[at] if at < len(each) else "" for each in texts) + "\n" for at in range(height))


def _yes(words: list[str], _source: Source) -> str | None:
    return f"{' '.join(words) or 'y'}\n" * YES_LINES


def _gzip(words: list[str], source: Source) -> str | None:
    """`gzip -d`, `gunzip`, `zcat`; and `gzip` itself, so that what is packed and unpacked again is known."""
    found = parted(words)
    if found is None or set(found[0]) - set("cdfqk0123456789n"):
        return None
    text = lines_of(source, found[1])
    if text is None:
        return None
    data = text.encode("utf-8", "surrogateescape")
    if "d" not in found[0]:
        packer = zlib.compressobj(wbits=31)
        return (packer.compress(data) + packer.flush()).decode("utf-8", "surrogateescape")
    try:
        unpacked = zlib.decompressobj(wbits=31).decompress(data, UNPACKED_LIMIT)
    except zlib.error:
        return None
    return unpacked.decode("utf-8", "surrogateescape") if len(unpacked) < UNPACKED_LIMIT else None


def _gunzip(words: list[str], source: Source) -> str | None:
    return _gzip(["-d", *words], source)


LINE_FILTERS: dict[str, Callable[[list[str], Source], str | None]] = {
    "expand": _expand,
    "fold": _fold,
    "gunzip": _gunzip,
    "gzip": _gzip,
    "paste": _paste,
    "sort": _sort,
    "uniq": _uniq,
    "yes": _yes,
    "zcat": _gunzip,
}
