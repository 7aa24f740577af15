"""awk programs: what they hand to a shell (system, pipes, getline) and the files they write.

Texts are put together from strings, from variables set to a constant (by -v or in the program), and from fields, which
the input makes. Patterns between slashes and comments are no code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.code.tokens import unescaped
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

TOKEN = re.compile(
    r'"(?P<text>(?:[^"\\]|\\.)*)"|(?P<comment>#[^\n]*)|(?P<pattern>(?<=[(,~!&|{};\n])\s*/(?:[^/\\\n]|\\.)+/|\A\s*/(?:[^/\\\n]|\\.)+/)'
    r"|(?P<name>[A-Za-z_]\w*)|(?P<field>\$\w+)|(?P<mark>\|&|\|\||&&|>>|>=|<=|==|[^\s])|(?P<end>\n)",
    re.DOTALL,
)
LOOK = 200  # tokens that one statement is followed for
TEXT_LIMIT = 10_000  # letters: beyond, a text that is put together counts as unknown
SHELLS = frozenset({"sh", "bash", "zsh", "dash"})
PRINTS = frozenset({"print", "printf"})
ENDS = frozenset({";", "}", "\n"})
Token = tuple[str, str]


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """The shell text and files in an awk program; what is made at run time in them is an unknown part."""
    del inner, surroundings
    tokens = list(_tokens(text))
    values = _values(tokens) | {
        name: Word(unescaped(value))
        for option in carrier.options
        if option.name == "-v" and option.value is not None
        for name, _, value in [option.value.text.partition("=")]
    }
    for place, (_, piece) in enumerate(tokens):
        if piece == "system" and tokens[place + 1 : place + 2] == [("mark", "(")]:
            yield Payload("shell", text=_folded(tokens[place + 2 : _closing(tokens, place + 1)], values), how="awk")
        elif piece == "getline" and place and tokens[place - 1][1] in ("|", "|&"):
            yield Payload("shell", text=_folded(tokens[_start(tokens, place - 1) : place - 1], values), how="awk")
        elif piece in PRINTS:
            yield from _printed(tokens[place + 1 : _end(tokens, place + 1)], values)


def _tokens(text: str) -> Iterator[Token]:
    for found in TOKEN.finditer(text):
        kind = str(found.lastgroup)
        if kind == "text":
            yield kind, unescaped(found["text"])
        elif kind not in ("comment", "pattern"):
            yield kind, found[0]


def _values(tokens: Sequence[Token]) -> dict[str, Word]:
    """Variables that are set to something constant."""
    values: dict[str, Word] = {}
    for place, (kind, token) in enumerate(tokens[:-2]):
        if kind == "name" and tokens[place + 1] == ("mark", "=") and tokens[place + 2][0] in ("text", "name", "field"):
            end = min(_end(tokens, place + 2), _closing(tokens, place + 2, depth=1))
            values[token] = _folded(tokens[place + 2 : end], values)
    return values


def _closing(tokens: Sequence[Token], start: int, depth: int = 0) -> int:
    for place in range(start, min(len(tokens), start + LOOK)):
        depth += {("mark", "("): 1, ("mark", ")"): -1}.get(tokens[place], 0)
        if not depth:
            return place
    return min(len(tokens), start + LOOK)


def _end(tokens: Sequence[Token], start: int) -> int:
    limit = min(len(tokens), start + LOOK)
    return next((n for n in range(start, limit) if tokens[n][0] != "text" and tokens[n][1] in ENDS), limit)


def _start(tokens: Sequence[Token], end: int) -> int:
    """Where the expression before a pipe begins."""
    stops = ENDS | {"{", "(", "while", "if"}
    return next(
        (n + 1 for n in range(end - 1, max(-1, end - LOOK), -1) if tokens[n][0] != "text" and tokens[n][1] in stops), 0
    )


def _folded(tokens: Sequence[Token], values: dict[str, Word]) -> Word:
    """Texts beside each other are one text; anything else is an unknown part of it."""
    text = ""
    for kind, token in tokens:
        if kind == "text":
            text += token
        elif kind == "name" and token in values:
            text += values[token].text
        elif token not in ("(", ")"):
            text += UNKNOWN_PART
        if len(text) > TEXT_LIMIT:
            return Word(UNKNOWN_PART, known=False)
    return Word(text or UNKNOWN_PART, bool(text) and UNKNOWN_PART not in text)


def _printed(tokens: Sequence[Token], values: dict[str, Word]) -> Iterator[Payload | Unknown]:
    """`print x > file`, `print x | command`; a shell among the commands is fed what is printed."""
    place = next((n for n, token in enumerate(tokens) if token in (("mark", "|"), ("mark", "|&"))), None)
    if place is not None and ("name", "getline") not in tokens[place:]:
        program = _folded(tokens[place + 1 :], values)
        yield Payload("shell", text=program, how="awk")
        if program.text.split()[:1] and program.text.split(maxsplit=1)[0].rsplit("/", 1)[-1] in SHELLS:
            yield Payload("shell", text=_folded(tokens[:place], values), how="awk")
        return
    depth = 0
    for place, token in enumerate(tokens):
        depth += {("mark", "("): 1, ("mark", ")"): -1}.get(token, 0)
        if token == ("mark", ">") and not depth:
            yield Payload("argv", words=(Word("tee"), _folded(tokens[place + 1 :], values)), how="awk")
            return
