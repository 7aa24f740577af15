"""What of a public file is shell: whole scripts by their first line or name, and the lines that documents show.

A text that is no shell at all is harmless here: the shell itself says what it takes, and both sides are counted.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import yaml

SIZE_LIMIT = 1 << 18  # characters: what the reader takes of one text at most
SHEBANG = re.compile(r"#![ \t]*\S*?(?:/env[ \t]+(?:-S[ \t]*)?)?(?:/|\b)(bash|sh|dash|ash|zsh)\b")
ENDINGS = {
    "sh": "bash", "bash": "bash", "zsh": "zsh", "dash": "sh", "postinst": "sh", "preinst": "sh", "prerm": "sh",
    "postrm": "sh", "tests": "bash", "sub": "bash", "test": "bash", "ztst": "",
}  # fmt: skip
DOCUMENTS = ("md", "markdown", "rst", "txt", "adoc", "mdwn")
FENCE = re.compile(
    r"^[ \t]*```[ \t]*(sh|bash|shell|console|shell-session|zsh)\b[^\n]*\n(.*?)^[ \t]*```", re.MULTILINE | re.DOTALL
)
PROMPT = re.compile(r"^[ \t]*\$ (\S.*)$", re.MULTILINE)
PROPERTY = re.compile(r'^prop_\w+ *= *\w+(?: \w+)* ("(?:[^"\\\n]|\\.)*")', re.MULTILINE)
TEMPLATE = re.compile(r"\$\{\{.*?\}\}")  # filled in before any shell sees the text
GO_TEXT = re.compile(r"`([^`]*)`|(\"(?:[^\"\\\n]|\\.)*\")")


@dataclass(frozen=True, slots=True)
class Snippet:
    """One shell text: who reads it (bash, sh, zsh), where it came from, whether it is a whole file."""

    dialect: str
    source: str
    text: str
    whole: bool


def snippets(source: str, data: bytes) -> Iterator[Snippet]:
    """Every shell text in one file."""
    if b"\0" in data[:4096]:
        return
    text = data.decode("utf-8", "surrogateescape")
    name = source.rsplit("/", 1)[-1]
    ending = name.rsplit(".", 1)[-1] if "." in name else name
    shebang = SHEBANG.match(text)
    dialect = {"dash": "sh", "ash": "sh"}.get(shebang.group(1), shebang.group(1)) if shebang else ENDINGS.get(ending)
    if dialect and not name.endswith((".bats", ".in", ".1", ".am")) and len(text) <= SIZE_LIMIT:
        yield Snippet(dialect, source, text, whole=True)
    for dialect_, line in _shown(ending, name, source, text):
        if line.strip() and len(line) < 8192:
            yield Snippet(dialect_, source, line, whole=False)


def _shown(ending: str, name: str, source: str, text: str) -> Iterable[tuple[str, str]]:
    if ending in DOCUMENTS:
        return _document(text)
    if name == "package.json":
        return _scripts(text)
    if ending in ("yml", "yaml"):
        return _steps(text)
    if ending == "hs":
        return (("bash", _unescaped(found.group(1))) for found in PROPERTY.finditer(text))
    if name.endswith("_test.go"):
        return (("bash", found.group(1) or _unescaped(found.group(2) or '""')) for found in GO_TEXT.finditer(text))
    if ending == "ztst" and "/Test/" in source:
        return _zsh_tests(text)
    return ()


def _document(text: str) -> Iterator[tuple[str, str]]:
    for language, block in FENCE.findall(text):
        if not PROMPT.search(block):
            yield ("zsh" if language == "zsh" else "bash"), block
    for line in PROMPT.findall(text):
        yield "bash", line


def _scripts(text: str) -> Iterator[tuple[str, str]]:
    try:
        found = json.loads(text).get("scripts", {})
    except (ValueError, AttributeError):
        return
    yield from (("sh", line) for line in found.values() if isinstance(line, str))


def _steps(text: str) -> Iterator[tuple[str, str]]:
    """The `run` and `script` texts of continuous integration."""
    try:
        waiting = list(yaml.safe_load_all(text))
    except (yaml.YAMLError, ValueError):
        return
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node)
        elif isinstance(node, dict):
            waiting.extend(node.values())
            for key in ("run", "script", "before_script", "install"):
                lines = node.get(key)
                for line in [lines] if isinstance(lines, str) else lines if isinstance(lines, list) else ():
                    if isinstance(line, str):
                        yield "bash", TEMPLATE.sub("x", line)


def _zsh_tests(text: str) -> Iterator[tuple[str, str]]:
    """The indented blocks of zsh's own test files: each is one text."""
    for block in re.findall(r"(?:^ .*\n|^\n(?= ))+", text, re.MULTILINE):
        yield "zsh", block


def _unescaped(literal: str) -> str:
    """The text of a string literal of Haskell or Go, whose escapes are Python's in all that matters here."""
    try:
        return str(ast.literal_eval(literal.replace("\\&", "")))
    except (ValueError, SyntaxError):
        return ""
