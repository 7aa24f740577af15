"""Holds a tree against its text: every byte lies in a node of it, or is punctuation that shells need between nodes.

Walks the tree from left to right and meets each of its texts in the source, in order. What may stand between two of
them is listed here: blanks, comments, quotes, separators and reserved words. Anything else was lost by the grammar.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from agentguard.parse.shell import tree
from agentguard.parse.shell.escapes import unescaped

RESERVED = (
    "always case coproc do done elif else end esac fi for foreach function if in nocorrect noglob repeat select then"
    " until while".split()
)
JOIN = r"(?:\\\n)*"  # a continued line inside a word
WORD = rf"(?<!\\)(?:{'|'.join(JOIN.join(word) for word in RESERVED)})(?!(?:\\\n)*[\w/.])"
WORDS = re.compile(WORD)
BETWEEN = re.compile(
    r"\\\n|[ \t\n]|(?<![^\s;&|<>()`{}])#[^\n]*|[;&|]|\\|'|\$(?=(?:\\\n)*['\"])|\[(?:\\\n)*\[|\](?:\\\n)*\]|[{}!-]"
    rf"|{JOIN.join('time')}(?:(?:\s|\\\n)+(?:{JOIN.join('-p')}|{JOIN.join('--')})(?=[\s;&|<>()]|$))*(?!\w)|{WORD}"
)
ANSI = re.compile(r"\s*\$(?:\\\n)*'((?:[^'\\]|\\.)*)'", re.DOTALL)
BACKTICK = re.compile(r"`((?:[^`\\]|\\.)*)`", re.DOTALL)
DELIMITER = re.compile(
    r"(?:[ \t]|\\\n)*((?:\$\([^)]*\)|`[^`]*`|'[^']*'|\"[^\"]*\"|\\.|[^\s;&|<>()'\"\\`])+)", re.DOTALL
)


class LostError(AssertionError):
    """Text that is in no node of the tree."""


@dataclass
class Heredoc:
    """A heredoc whose text is still to come in the source."""

    body: tree.Written
    delimiter: str
    tabs: bool


@dataclass
class Cover:
    """How far the source is accounted for."""

    text: str
    at: int = 0
    inside: int = 0
    waiting: list[Heredoc] = field(default_factory=list)

    def whole(self, *nodes: object) -> None:
        """Account for all of the text, or raise LostError."""
        for node in nodes:
            self.node(node)
        while self.at < len(self.text):
            self.between("the end")

    def between(self, wanted: str) -> None:
        """Pass one piece of punctuation."""
        if self.text[self.at : self.at + 1] == "\n" and self.waiting:
            self.at += 1
            waiting, self.waiting = self.waiting, []
            for heredoc in waiting:
                self.heredoc(heredoc)
            return
        found = BETWEEN.match(self.text, self.at)
        if not found:
            raise LostError(f"{self.text[self.at : self.at + 40]!r} stands where {wanted!r} should, at {self.at}")
        self.at = found.end()

    def meet(self, text: str) -> None:
        """Pass a text that a node holds, and whatever punctuation stands before it."""
        while not self.passed(text):
            self.between(text)

    def passed(self, text: str) -> bool:
        """Pass a text if it stands here, perhaps with continued lines in it; not the beginning of a reserved word."""
        word = WORDS.match(self.text, self.at)
        if word and text and len(word.group()) > len(text):
            return False
        if self.text.startswith(text, self.at):
            self.at += len(text)
            return True
        if "\\\n" in self.text[self.at : self.at + len(text) + 2]:
            joined = re.compile(JOIN.join(map(re.escape, text))).match(self.text, self.at)
            self.at = joined.end() if joined else self.at
            return joined is not None
        return False

    def maybe(self, text: str) -> None:
        """Pass a text if nothing but punctuation stands before it; a quote or `!` would be part of a pattern."""
        state = self.at, list(self.waiting)
        while not self.passed(text):
            quoted = re.compile(r"!|\\[^\n]").match(self.text, self.at)
            if quoted or not BETWEEN.match(self.text, self.at):
                self.at, self.waiting = state
                return
            self.between(text)

    def heredoc(self, heredoc: Heredoc) -> None:
        """Pass a heredoc's text and the line that ends it; what is expanded in it is accounted for by itself."""
        for line in heredoc.body.source.splitlines(keepends=True):
            if heredoc.tabs and not self.text.startswith(line, self.at):
                self.at += len(self.text[self.at :]) - len(self.text[self.at :].lstrip("\t"))
            if not self.text.startswith(line, self.at):
                raise LostError(f"a heredoc holds {line!r}, not {self.text[self.at : self.at + 40]!r}")
            self.at += len(line)
        end = self.text.find("\n", self.at)
        while end > 0 and self.text[end - 1] == "\\":
            end = self.text.find("\n", end + 1)
        last = self.text[self.at : end + 1 if end >= 0 else None]
        bare = last.replace("\\\n", "").strip("\t\n" if heredoc.tabs else "\n")
        if bare == heredoc.delimiter:
            self.at += len(last)
        elif last and self.inside and bare.startswith(heredoc.delimiter):
            self.at += last.index(heredoc.delimiter) + len(heredoc.delimiter)
        elif last.strip("\t" if heredoc.tabs else "") and heredoc.body.source:  # none: an error came before it
            raise LostError(f"a heredoc ends at {last!r}, not at {heredoc.delimiter!r}")
        if any(not isinstance(part, tree.Literal) for part in heredoc.body.parts):
            Cover(heredoc.body.source).whole(*heredoc.body.parts)

    def node(self, node: object) -> None:
        """Pass one node."""
        walk = WALKS.get(type(node))
        if walk:
            walk(self, node)
        elif isinstance(node, tuple):
            for each in node:
                self.node(each)
        elif isinstance(node, str):
            self.meet(node)
        elif node is not None and not isinstance(node, bool):
            for name in node.__dataclass_fields__:  # type: ignore[attr-defined]
                self.node(getattr(node, name))


def _literal(cover: Cover, node: tree.Literal) -> None:
    text = "\\\\" if node.text == "\\" and cover.text.startswith("\\\\", cover.at) else node.text
    while True:
        found = ANSI.match(cover.text, cover.at) if node.quoted else None
        if found and unescaped(found.group(1)) == text:
            cover.at = found.end()
            return
        if cover.passed(text):
            return
        cover.between(text)


def _quoted(cover: Cover, node: tree.Quoted) -> None:
    state = cover.at, list(cover.waiting)
    try:
        cover.node(('"', node.parts, '"'))
    except LostError:
        if node.parts[:1] != (tree.Literal("'", quoted=True),):
            raise  # else what stands between two single quotes inside `"${…}"`
        cover.at, cover.waiting = state
        cover.node(node.parts)


def _parameter(cover: Cover, node: tree.Parameter) -> None:
    cover.meet("$")
    if cover.text.startswith("{", cover.at) or cover.text.startswith("\\\n{", cover.at):
        cover.meet("{")
    cover.node((node.flags, node.prefix, node.name))
    if node.operator == "refused" and not node.source.startswith("${"):
        cover.node(("[", node.operands, "]"))
        return
    if node.subscript:
        cover.node(("[", node.subscript, "]"))
    if node.operator not in ("bad", "refused"):
        cover.meet(node.operator)
    for place, operand in enumerate(node.operands):
        if place:
            cover.meet("/" if node.operator[0] == "/" else ":")
        cover.node(operand)
    if node.source.startswith("${"):
        cover.meet("}")


def _substitution(cover: Cover, node: tree.Substitution) -> None:
    while cover.text[cover.at : cover.at + 1] not in ("`", node.form[0]):
        cover.between(node.form)
    found = BACKTICK.match(cover.text, cover.at)
    if found:
        cover.at = found.end()
        try:
            Cover(re.sub(r"\\([$`\\])", r"\1", found.group(1))).whole(node.body)
        except LostError:
            Cover(re.sub(r'\\([$`\\"])', r"\1", found.group(1))).whole(node.body)
        return
    brace = cover.text.startswith("${", cover.at)
    waiting, cover.waiting = cover.waiting, []
    cover.inside += not brace
    cover.node(("${" if brace else node.form, node.body, "}" if brace else ")"))
    cover.inside -= not brace
    cover.waiting += waiting


def _arithmetic(cover: Cover, node: tree.Arithmetic) -> None:
    while not cover.text.startswith("$", cover.at):
        cover.between("$")
    square = re.compile(r"\$(?:\\\n)*\[").match(cover.text, cover.at)
    cover.node(("$[", node.expression, "]") if square else ("$((", node.expression, "))"))


def _written(cover: Cover, node: tree.Written) -> None:
    while node.source[:1].strip() and cover.text[cover.at : cover.at + 1].isspace():
        cover.between(node.source)
    cover.node(node.assignment or node.parts or node.source)


def _unread(cover: Cover, node: tree.Unread) -> None:
    if "outside its substitution" in node.why:
        return  # a mark beside a heredoc that is in the tree
    cover.meet(node.source or node.text)


def _assignment(cover: Cover, node: tree.Assignment) -> None:
    cover.meet(node.name)
    if node.subscript:
        cover.node(("[", node.subscript, "]"))
    cover.meet("+=" if node.append else "=")
    cover.node(("(", node.items, ")") if node.items is not None else node.value)


def _item(cover: Cover, node: tree.Item) -> None:
    if node.key:
        cover.node(("[", node.key, "]"))
        cover.meet("+=" if cover.text.startswith("+=", cover.at) else "=")
    cover.node(node.value)


def _redirection(cover: Cover, node: tree.Redirection) -> None:
    cover.node((node.descriptor, node.operator))
    if node.operator not in ("<<", "<<-"):
        cover.node(node.target)
        return
    found = DELIMITER.match(cover.text, cover.at)
    if not found:
        raise LostError(f"no delimiter at {cover.at}")
    cover.at = found.end()
    source = found.group(1).replace("\\\n", "")
    bare = re.sub(r"\$?'([^']*)'|\$?\"([^\"]*)\"|\\(.)", lambda each: "".join(filter(None, each.groups())), source)
    cover.waiting.append(Heredoc(node.target, bare, node.operator == "<<-"))


def _simple(cover: Cover, node: tree.Simple) -> None:
    """Assignments and redirects may stand in any order before, among and behind the words: their place tells."""
    waiting: list[object] = [*node.assignments, *node.words]
    redirects = list(node.redirects)
    while waiting or redirects:
        state = cover.at, list(cover.waiting)
        try:
            cover.node((waiting or redirects)[0])
            (waiting or redirects).pop(0)
        except LostError:
            cover.at, cover.waiting = state
            if not (waiting and redirects):
                raise
            cover.node(redirects.pop(0))


def _script(cover: Cover, node: tree.Script) -> None:
    """The commands in order; of a form of sh that is read both ways, either reading holds all of it."""
    state = cover.at, list(cover.waiting)
    try:
        cover.node(tuple(each.items[0] if _is_read_twice(each) else each for each in node.items))
    except LostError:
        if not isinstance(node.items[0], tree.ArithmeticCommand | tree.Test):
            raise
        cover.at, cover.waiting = state
        cover.node(node.items[0])


def _is_read_twice(node: object) -> bool:
    """A script right within another one is such a form."""
    return (
        isinstance(node, tree.Script)
        and bool(node.items)
        and isinstance(node.items[0], tree.ArithmeticCommand | tree.Test)
    )


def _subshell(cover: Cover, node: tree.Subshell) -> None:
    cover.node(("(", node.body, ")"))


def _for_arithmetic(cover: Cover, node: tree.ForArithmetic) -> None:
    round_ = len(node.clauses) > 1 or cover.text.find("((", cover.at, cover.at + 8) >= 0
    cover.node(("((", node.clauses, "))", node.body) if round_ else (node.clauses, node.body))


def _for(cover: Cover, node: tree.For) -> None:
    cover.node(node.names)
    listed = re.compile(r"\s*\(").match(cover.text, cover.at)
    cover.node(("(", node.words, ")", node.body) if listed and node.words is not None else (node.words, node.body))


def _case(cover: Cover, node: tree.Case) -> None:
    cover.node(("case", node.word))
    for patterns, body, _ in node.arms:
        cover.maybe("(")
        cover.node((patterns, ")", body))


def _function(cover: Cover, node: tree.Function) -> None:
    cover.meet(node.name)
    before = cover.at
    cover.maybe("(")
    if re.compile(r"(?:\s|\\\n)*\)").match(cover.text, cover.at):
        cover.meet(")")
    else:  # the body's own
        cover.at = before
    cover.node(node.body)


def _arithmetic_command(cover: Cover, node: tree.ArithmeticCommand) -> None:
    cover.node(("((", node.expression, "))"))


def _and_or(cover: Cover, node: tree.AndOr) -> None:
    cover.node((node.first, node.rest))


def _background(cover: Cover, node: tree.Background) -> None:
    cover.node((node.name, node.node))


WALKS: dict[type, Callable[[Cover, object], None]] = {
    tree.Literal: _literal,
    tree.Quoted: _quoted,
    tree.Parameter: _parameter,
    tree.Substitution: _substitution,
    tree.Arithmetic: _arithmetic,
    tree.Written: _written,
    tree.Unread: _unread,
    tree.Assignment: _assignment,
    tree.Item: _item,
    tree.Redirection: _redirection,
    tree.Simple: _simple,
    tree.Script: _script,
    tree.Subshell: _subshell,
    tree.For: _for,
    tree.ForArithmetic: _for_arithmetic,
    tree.Case: _case,
    tree.Function: _function,
    tree.ArithmeticCommand: _arithmetic_command,
    tree.AndOr: _and_or,
    tree.Background: _background,
}  # type: ignore[dict-item]
