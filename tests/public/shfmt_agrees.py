"""A second opinion: `python -m tests.public.shfmt_agrees [EVERY]` compares which commands shfmt and the grammar see.

Of every text that both read, the names of simple commands that are written out must be the same, each as often.
EVERY takes each n-th text only. Ends with 1 where a disagreement has no reason in REASONS.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.tree import Literal, Part, Quoted, Simple
from tests.public.bash_agrees import collected, found_unread
from tests.public.extract import Snippet

SHFMT = Path(sys.executable).with_name("shfmt")
SECONDS = 20
LITERAL = {"Lit", "SglQuoted", "DblQuoted"}
UNLIKE = re.compile(r"[\n(]")  # patterns, and names over two lines: shfmt keeps them in other pieces
DOLLAR = re.compile(r"\$['\"]")  # a quote that shfmt leaves as it stands
REASONS = {  # by a part of the text
    "\r": "shfmt drops a CR before the end of a line; for bash it is part of the word",
    "${foo:-<(": "shfmt does not look for a process substitution inside `${…}`; bash runs it",
    "coproc name foo": "a simple command behind coproc has no name in bash",
    "time --": "`--` ends the options of bash's time; shfmt takes it for a command",
}


def main() -> None:
    """Print every disagreement and how many texts were compared."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    texts = [Snippet("bash", each.source, each.text, each.whole) for each in collected() if each.dialect != "zsh"][
        ::every
    ]
    with ThreadPoolExecutor(2) as pool:
        opinions = list(pool.map(opinion, texts))
    compared = [(text, said) for text, said in zip(texts, opinions, strict=True) if said is not None]
    unexplained = 0
    for text, said in compared:
        ours = Counter(names(parse.__wrapped__(text.text)))
        if said != ours:
            reason = next((why for part, why in REASONS.items() if part in text.text), "")
            unexplained += not reason
            only = f"only shfmt {dict(said - ours)}, only here {dict(ours - said)}"
            sys.stdout.write(f"{text.source}: {only} {reason or repr(text.text[:120])}\n")
    sys.stdout.write(f"{len(compared)} texts of {len(texts)} read by both; {unexplained} differ without a reason\n")
    sys.exit(bool(unexplained))


def opinion(snippet: Snippet) -> Counter[str] | None:
    """The names that shfmt finds; None where either of the two does not read the text."""
    if found_unread(snippet):
        return None
    command = [str(SHFMT), "-ln=bash", "--to-json"]
    data = snippet.text.encode("utf-8", "surrogateescape")
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=SECONDS, check=True)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired):
        return None
    return Counter(_theirs(json.loads(done.stdout)))


def names(node: object) -> Iterator[str]:
    """The names of the simple commands in a tree, where they are written out."""
    if isinstance(node, Simple) and node.words:
        name = _text(node.words[0].parts)
        if name and not UNLIKE.search(name) and not DOLLAR.match(node.words[0].source):
            yield name
    if isinstance(node, tuple):
        for each in node:
            yield from names(each)
    elif is_dataclass(node):
        for each in fields(node):
            if each.name != "ways":  # the same parts once more, as braces make them
                yield from names(getattr(node, each.name))


def _text(parts: tuple[Part, ...]) -> str | None:
    texts = [part.text if isinstance(part, Literal) else _quoted(part) for part in parts]
    return None if None in texts else "".join(filter(None, texts))


def _quoted(part: Part) -> str | None:
    return _text(part.parts) if isinstance(part, Quoted) else None


def _theirs(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for each in node:
            yield from _theirs(each)
    elif isinstance(node, dict):
        if node.get("Type") == "CallExpr" and node.get("Args"):
            name = _their_text(node["Args"][0].get("Parts", ()))
            yield from [name] if name and not UNLIKE.search(name) else []
        elif node.get("Type") == "DeclClause":
            yield node["Variant"]["Value"]
        elif node.get("Type") == "LetClause":
            yield "let"
        for each in node.values():
            yield from _theirs(each)


def _their_text(parts: Any, *, quoted: bool = False) -> str | None:
    found = ""
    for part in parts:
        if part["Type"] not in LITERAL or part.get("Dollar"):
            return None
        if part["Type"] == "DblQuoted":
            inner = _their_text(part.get("Parts", ()), quoted=True)
            if inner is None:
                return None
            found += inner
        elif part["Type"] == "SglQuoted":
            found += part.get("Value", "")
        else:
            value = part["Value"].replace("\\\n", "")
            found += re.sub(r"\\([$`\"\\])" if quoted else r"\\(.)", r"\1", value)
    return found


if __name__ == "__main__":
    main()
