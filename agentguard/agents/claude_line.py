"""The line Claude Code gives its shell, taken apart by the shell reader: the agent's command, and the frame around it.

    source SNAPSHOT 2>/dev/null || true && { shopt -u extglob || …; } && eval 'COMMAND' < /dev/null && pwd -P >| FILE

Promises: a line is taken apart only where every part of its frame is known to do nothing but prepare the shell; what
differs in one word is no frame, and whoever asks judges the line whole. Nothing is expanded here, so nothing of the
frame may need it. Seen with Claude Code 2.1.329.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.tree import AndOr, Case, Node, Redirected, Redirection, Script, Simple, Written

SNAPSHOT = re.compile(r"/[^\0]*/shell-snapshots/snapshot-(?:ba|z)sh-[\w-]+\.sh")
DIRECTORY_FILE = re.compile(r"/[^\0]*/claude-[0-9a-f]+-cwd")  # where Claude Code reads the new directory from
MADE_AT_RUN_TIME = frozenset("`(")  # of a substitution: a word without them runs nothing
NO_INPUT = frozenset({("<", "/dev/null")})
NO_OUTPUT = frozenset({(">", "/dev/null"), (">&", "1"), (">&", "2")})

# What a frame may call beside eval: these change how the shell reads, or take a name away, and start no program.
PREPARING = re.compile(
    r"true|:|exit \d+|printf(?: .*)?|shopt -u \w+|setopt(?: NO_[A-Z_]+)+|unalias -- \w+|unset -f -- \w+", re.DOTALL
)

Redirects = frozenset[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Framed:
    """What stands in a frame: the agent's command, and the files the frame reads before it."""

    command: str
    preludes: tuple[str, ...] = ()


def framed(line: str, dialect: str) -> Framed | None:
    """The agent's command in a line of Claude Code's; None for a line that is no frame around exactly one command."""
    script = parse(line, dialect)
    if len(script.items) != 1 or not isinstance(script.items[0], AndOr):
        return None
    *before, evaluated, after = _parts(script.items[0])
    command = _evaluated(evaluated)
    sources = [(node, _sourced(node)) for node in before]
    if command is None or not _keeps_directory(after) or not all(path or _prepares(node) for node, path in sources):
        return None
    return Framed(command, tuple(path for _, path in sources if path))


def _parts(line: AndOr) -> tuple[Node, ...]:
    return (line.first, *(node for _, node in line.rest))


def _words(node: Node, allowed: Redirects) -> list[str] | None:
    """The words of a simple command that sets nothing, expands nothing, and has no redirects but the allowed."""
    if not isinstance(node, Simple) or node.assignments or not _only(allowed, node.redirects):
        return None
    plain = [word.plain for word in node.words]
    texts = [text for text in plain if text is not None]
    return texts if texts and len(texts) == len(plain) else None


def _evaluated(node: Node) -> str | None:
    """The agent's command where the node is `eval 'command'`, with or without an empty input."""
    words = _words(node, NO_INPUT)
    return words[1] if words and len(words) == 2 and words[0] == "eval" else None


def _sourced(node: Node) -> str:
    words = _words(node, NO_OUTPUT)
    found = words and len(words) == 2 and words[0] == "source" and SNAPSHOT.fullmatch(words[1])
    return words[1] if words and found else ""


def _keeps_directory(node: Node) -> bool:
    """`pwd -P >| FILE`, to the file of Claude Code's own."""
    if not isinstance(node, Simple) or len(node.redirects) != 1 or node.redirects[0].operator != ">|":
        return False
    target = node.redirects[0].target.plain
    return _texts(node.words) == ["pwd", "-P"] and bool(target and DIRECTORY_FILE.fullmatch(target))


def _prepares(node: Node) -> bool:
    """Whether a part of the frame only prepares the shell, whatever of it is run."""
    match node:
        case Simple():
            return not node.assignments and _only(NO_OUTPUT, node.redirects) and _preparing(node.words)
        case Redirected():
            return _only(NO_OUTPUT, node.redirects) and _prepares(node.node)
        case AndOr():
            return all(map(_prepares, _parts(node)))
        case Script():
            return all(map(_prepares, node.items))
        case Case():
            words = (node.word, *(pattern for patterns, _, _ in node.arms for pattern in patterns))
            return all(map(_runs_nothing, words)) and all(_prepares(body) for _, body, _ in node.arms)
        case _:
            return False


def _preparing(words: tuple[Written, ...]) -> bool:
    """A call of PREPARING, with or without `builtin` before it. Words may expand, as long as nothing runs in them."""
    texts = _texts(words)
    if texts[:1] == ["builtin"]:
        texts = texts[1:]
    return all(map(_runs_nothing, words)) and PREPARING.fullmatch(" ".join(texts)) is not None


def _texts(words: tuple[Written, ...]) -> list[str]:
    return [word.source if word.plain is None else word.plain for word in words]


def _runs_nothing(word: Written) -> bool:
    return not MADE_AT_RUN_TIME & set(word.source)


def _only(allowed: Redirects, redirects: tuple[Redirection, ...]) -> bool:
    return all((redirect.operator, redirect.target.plain) in allowed for redirect in redirects)
