"""From a word as written to the words a program gets: braces, tilde, parameters, splitting, globs, quotes.

A part whose value is not known becomes UNKNOWN_PART in the text. Substitutions run through the Host, where they stand.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.shell import arithmetic, parameters, patterns
from agentguard.parse.shell.grammar import parse
from agentguard.parse.shell.host import Host
from agentguard.parse.shell.tree import Arithmetic, Literal, Parameter, Part, Quoted, Substitution, Unread, Written
from agentguard.parse.shell.values import word_of

TILDE = re.compile(r"~([A-Za-z0-9_.+-]*)(?=/|:|$)")
CHARACTERS = 64  # characters of a value that count as one step: values that double must end too
QUALIFIER = re.compile(r"(.*[^(])\(([^()|~]+)\)", re.DOTALL)
PROTECTION = re.compile(r"\\(.)", re.DOTALL)
BLANK_IFS = " \t\n"
OPENS = frozenset("*?[(")  # without one of them a word is no pattern

Piece = tuple[str, bool]  # text, and whether it is quoted


def words(shell: Host, written: Written) -> list[Word]:
    """The words that one written word becomes: none, one or many."""
    if written.plain is not None:
        return [word_of(written.plain)]
    found: list[Word] = []
    for parts in written.ways or (written.parts,):
        shell.budget.step()
        fields = _Fields(shell)
        fields.add(parts, quoted=False)
        for pieces in fields.closed():
            found.extend(_globbed(shell, pieces))
    shell.budget.step(len(found))
    return found


def text(shell: Host, written: Written) -> str:
    """The word as one text, neither split nor matched: a value, a redirect's target, a heredoc."""
    if written.plain is not None:
        return written.plain
    return "".join(piece for piece, _ in pieces(shell, written.parts))


def value(shell: Host, written: Written) -> str:
    """The word as the value of an assignment: like `text`, with a tilde behind each `:` read too."""
    if written.plain is not None:
        return written.plain
    found = pieces(shell, written.parts)
    return "".join(
        piece if quoted or "~" not in piece else re.sub(r"(?<=:)~(?=/|:|$)", lambda _: home(shell), piece)
        for piece, quoted in found
    )


def pattern(shell: Host, written: Written) -> str:
    """The word as a pattern, in which a backslash protects what was quoted."""
    return _pattern(pieces(shell, written.parts))


def _pattern(found: list[Piece]) -> str:
    return "".join(patterns.protected(piece) if quoted else piece for piece, quoted in found)


def pieces(shell: Host, parts: tuple[Part, ...]) -> list[Piece]:
    """The parts' texts, unsplit; several values are joined by blanks."""
    fields = _Fields(shell, splits=False)
    fields.add(parts, quoted=False)
    found: list[Piece] = []
    for each in fields.closed():
        if found:
            found.append((" ", True))
        found.extend(each)
    return found


def home(shell: Host) -> str:
    """The home directory as the line left it."""
    return shell.scope.text("HOME") or shell.scope.surroundings.home


@dataclass(slots=True)
class _Fields:
    """Collects the fields of one word. A field is open while text may still join it."""

    shell: Host
    splits: bool = True
    done: list[list[Piece]] = field(default_factory=list)
    open: list[Piece] | None = None

    def closed(self) -> list[list[Piece]]:
        self.cut()
        return self.done

    def put(self, text: str, *, quoted: bool) -> None:
        if self.open is None:
            self.open = []
        self.open.append((text, quoted))

    def cut(self) -> None:
        if self.open is not None:
            self.done.append(self.open)
            self.open = None

    def add(self, parts: tuple[Part, ...], *, quoted: bool, split_text: bool = False) -> None:
        """Add parts. `split_text`: unquoted text splits too, as in `${x:-a b}`."""
        for place, part in enumerate(parts):
            if isinstance(part, Literal):
                self._literal(part, first=place == 0 and self.open is None, quoted=quoted, split=split_text)
            elif isinstance(part, Quoted):
                self._quoted(part)
            elif isinstance(part, Parameter):
                self._parameter(part, quoted=quoted)
            else:
                self.spread(self._text(part), quoted=quoted)

    def _literal(self, part: Literal, *, first: bool, quoted: bool, split: bool) -> None:
        text = part.text
        if first and not (part.quoted or quoted):
            if text.startswith("~"):
                text = self._tilde(text)
            elif self.zsh and text.startswith("=") and len(text) > 1:  # `=name` is the path of that command
                text = text[1:]
        if split and not (part.quoted or quoted):
            self.spread(text, quoted=False)
        else:
            self.put(text, quoted=part.quoted or quoted)

    def _tilde(self, text: str) -> str:
        found = TILDE.match(text)
        if not found:
            return text
        places = {
            "": home(self.shell),
            "+": self.shell.scope.cwd,
            "-": self.shell.scope.text("OLDPWD"),
            "root": "/root",
        }
        place = places.get(found.group(1), UNKNOWN_PART)
        self.put(place, quoted=True)
        return text[found.end() :]

    def _quoted(self, part: Quoted) -> None:
        """A double-quoted stretch makes a field even when it is empty, but not when it is an empty `"$@"`."""
        before, count = self.open, len(self.done)
        if not any(isinstance(inner, Parameter) and parameters.many(inner) for inner in part.parts):
            self.put("", quoted=True)
        self.add(part.parts, quoted=True)
        if self.open is None and before is None and count == len(self.done) and len(part.parts) > 1:
            self.put("", quoted=True)

    def _parameter(self, part: Parameter, *, quoted: bool) -> None:
        self.shell.budget.step()
        used = parameters.substitute(self.shell, part)
        if used is not None:
            self.add(used.parts, quoted=quoted, split_text=True)
            if not used.parts and quoted:
                self.put("", quoted=True)
            return
        values = parameters.values(self.shell, part)
        self.shell.budget.step(len(values) + sum(map(len, values)) // CHARACTERS)
        if (quoted or (not self.splits and _star(part))) and not parameters.many(part):
            ifs = self.shell.scope.variable("IFS").text if len(values) > 1 else None
            self.put((" " if ifs is None else ifs[:1]).join(values), quoted=quoted)
            return
        for place, each in enumerate(values):
            if place:
                self.cut()
            self.spread(each, quoted=quoted, split="=" in part.flags or not self.zsh)

    @property
    def zsh(self) -> bool:
        return self.shell.scope.dialect == "zsh"

    def _text(self, part: Substitution | Arithmetic | Unread) -> str:
        """The value of a part that runs something."""
        if isinstance(part, Arithmetic):
            return arithmetic.value(self.shell, text(self.shell, part.expression))
        if isinstance(part, Unread):
            self.shell.unread(part.why, part.text, limit=part.limit)
            return UNKNOWN_PART
        if part.form != "$(":
            return self.shell.piped(part)
        return self._stripped(self.shell.captured(part.body))

    def _stripped(self, text: str) -> str:
        """The output of a substitution loses its last newlines, now or when it is looked up."""
        later = self.shell.scope.promised(text)
        if later is None:
            return text.rstrip("\n")
        return self.shell.scope.promise(lambda: (later.text() or UNKNOWN_PART).rstrip("\n"))

    def spread(self, text: str, *, quoted: bool, split: bool = True) -> None:
        """Add the value of an expansion, split at IFS where it is not quoted."""
        if quoted or not self.splits or not split:
            if text or quoted:
                self.put(text, quoted=quoted)
            return
        later = self.shell.scope.promised(text)
        if later is not None:
            text = self.shell.scope.promise(later.text, later.path, splits=True)
        ifs = self.shell.scope.variable("IFS").text
        leading, found, trailing = split_at(text, BLANK_IFS if ifs is None else ifs)
        if leading:
            self.cut()
        for place, each in enumerate(found):
            if place:
                self.cut()
            self.put(each, quoted=False)
        if trailing and found:
            self.cut()


def _star(part: Parameter) -> bool:
    """Whether it joins several values: `$*`, `${a[*]}`."""
    return part.name == "*" or (part.subscript is not None and part.subscript.source == "*")


def split_at(text: str, ifs: str) -> tuple[bool, list[str], bool]:
    """The text split at IFS: whether a separator leads, the fields, whether one trails."""
    if not ifs:
        return False, [text] if text else [], False
    if not text:
        return False, [], False
    if ifs == BLANK_IFS:
        return text[0] in ifs, text.split(), text[-1] in ifs
    found = _separator(ifs).split(text)
    leading = text[0] in ifs and text[0] in BLANK_IFS
    if found and not found[0] and leading:
        found = found[1:]
    trailing = bool(found) and not found[-1]
    return leading, found[:-1] if trailing else found, trailing


@lru_cache(maxsize=64)
def _separator(ifs: str) -> re.Pattern[str]:
    blank = "".join(letter for letter in ifs if letter in BLANK_IFS)
    other = "".join(letter for letter in ifs if letter not in BLANK_IFS)
    some = f"[{re.escape(blank)}]" if blank else ""
    if not other:
        return re.compile(some + "+")
    one = f"[{re.escape(other)}]"
    return re.compile(f"{some}*{one}{some}*|{some}+" if blank else one)


def _qualifier(shell: Host, text: str) -> None:
    """A glob qualifier of zsh chooses among what matches; `e:code:` and `+name` run code to do so."""
    code = re.search(r"e(.)(.*?)\1", PROTECTION.sub(r"\1", text), re.DOTALL) if "e" in text else None
    if code:
        shell.captured(parse(code.group(2), "zsh"))
    elif "+" in text or "e" in text:
        shell.unread("a glob qualifier that runs code", text)


def _globbed(shell: Host, found: list[Piece]) -> list[Word]:
    """A field as the words it matches, or itself."""
    plain = "".join(piece for piece, _ in found)
    if shell.scope.dialect != "zsh" and all(quoted or OPENS.isdisjoint(piece) for piece, quoted in found):
        return [word_of(plain)]
    pattern = _pattern(found)
    if shell.scope.dialect == "zsh" and (qualified := QUALIFIER.fullmatch(pattern)):
        _qualifier(shell, qualified.group(2))
        pattern = qualified.group(1)
    if shell.scope.dialect == "zsh" and pattern.startswith("^"):  # with EXTENDED_GLOB, all but what follows
        return [word_of(UNKNOWN_PART)]
    if "noglob" in shell.scope.options or not patterns.magic(pattern):
        return [word_of(plain)]
    names = patterns.paths(pattern, shell.scope, shell.scope.text("GLOBIGNORE"))
    shell.budget.step(1 + len(names or ()))
    if not names:
        return [] if "nullglob" in shell.scope.options and names is not None else [word_of(plain, plain)]
    return [word_of(name, plain) for name in names]
