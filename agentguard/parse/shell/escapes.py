"""Backslash escapes: of `$'…'`, and of printf and echo -e, which differ in a few letters."""

from __future__ import annotations

import re

LETTERS = {"a": "\a", "b": "\b", "e": "\x1b", "E": "\x1b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}
LETTERS |= {"\\": "\\", "'": "'", '"': '"', "?": "?"}
ESCAPE = re.compile(
    r"\\(?:(?P<letter>[abeEfnrtv\\'\"?])|x\{?(?P<hex>[0-9A-Fa-f]{1,2})\}?|u(?P<u>[0-9A-Fa-f]{1,4})"
    r"|U(?P<U>[0-9A-Fa-f]{1,8})|(?P<octal>[0-7]{1,3})|c(?P<control>.))",
    re.DOTALL,
)
ECHO_OCTAL = re.compile(r"\\0([0-7]{0,3})")


def unescaped(text: str) -> str:
    r"""The text with the escapes of `$'…'` read; bytes of several `\\x` join to one character where they are UTF-8."""
    if "\\" not in text:
        return text
    data = ESCAPE.sub(_one, text)
    if not any("\udc80" <= letter <= "\udcff" for letter in data):
        return data
    return data.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")


def echoed(text: str) -> tuple[str, bool]:
    r"""The text with the escapes of `echo -e` and `%b` read, and whether `\\c` ended the output."""
    head, ended, _ = text.partition("\\c")
    return unescaped(ECHO_OCTAL.sub(lambda found: _byte(int(found.group(1) or "0", 8)), head)), bool(ended)


def _one(found: re.Match[str]) -> str:
    groups = found.groupdict()
    if groups["letter"]:
        return LETTERS[groups["letter"]]
    if groups["hex"]:
        return _byte(int(groups["hex"], 16))
    if groups["octal"]:
        return _byte(int(groups["octal"], 8) & 0xFF)
    if groups["control"]:
        return "\x7f" if groups["control"] == "?" else chr(ord(groups["control"]) & 0x1F)
    code = int(groups["u"] or groups["U"], 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code < 0xE000 else found.group()


def _byte(code: int) -> str:
    code &= 0xFF
    return chr(code) if code < 0x80 else chr(0xDC00 + code)
