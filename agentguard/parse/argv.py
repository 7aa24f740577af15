"""One reader of arguments for all tools, driven by their tables: sub-command path, options, operands.

The last flag wins (Command.option), `--flag=value`, bundled short flags, `--`, unambiguous long prefixes where the tool
takes them. A word made at run time is an operand; it is never taken for an option.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from agentguard.model.command import Option, Word
from agentguard.tools.schema import Options, Row, Tool, pieces_of

OFF = frozenset({"false", "0", "no", "off"})  # `--flag=false` is the flag not given


PATH_LIMIT = 12  # words of a sub-command: no tool has half as many


@dataclass(slots=True)
class Arguments:
    """What one tool makes of its arguments. `row` is the table row of the path, None where no row names it."""

    path: tuple[str, ...] = ()
    options: list[Option] = field(default_factory=list)
    operands: list[Word] = field(default_factory=list)
    row: Row | None = None


def read_arguments(tool: Tool, words: tuple[Word, ...]) -> Arguments:
    """The arguments of `tool` (without the program's own name) as its table reads them. Never fails."""
    return _Reader(tool, list(words)).read()


class _Reader:
    def __init__(self, tool: Tool, words: list[Word]) -> None:
        self.tool = tool
        self.words = words
        self.found = Arguments(row=tool.by_path.get(()))
        self.in_path = tool.path != "none" and set(tool.by_path) != {()}

    def read(self) -> Arguments:
        if self.tool.options.style == "bsd":
            self._dash_first_word()
        while self.words:
            word = self.words.pop(0)
            if self._is_option(word):
                if word.text == "--":
                    self.found.operands += self.words
                    break
                self._option(word)
                if self._option_ends_options():
                    self.found.operands += self.words
                    break
            elif not (self.in_path and self._grows_path(word)):
                self.found.operands.append(word)
                if self._operands_end_options():
                    self.found.operands += self.words
                    break
        return self.found

    def _row_options(self) -> Options | None:
        return self.found.row.options if self.found.row is not None else None

    def _operands_end_options(self) -> bool:
        row = self._row_options()
        ends = not self.tool.options.anywhere or (row is not None and not row.anywhere)
        return ends and len(self.found.operands) >= self.tool.options.stop

    def _option_ends_options(self) -> bool:
        return bool(self.found.options) and self.found.options[-1].name in self.tool.options.ends

    def _style(self) -> str:
        """The row's own style where it has one that is not the plain one."""
        row = self._row_options()
        return row.style if row is not None and row.style != "gnu" else self.tool.options.style

    def _dash_first_word(self) -> None:
        """`tar cf x` is `tar -cf x`."""
        if self.words and self.words[0].known and not self.words[0].text.startswith("-"):
            self.words[0] = Word("-" + self.words[0].text)

    def _is_option(self, word: Word) -> bool:
        text = word.text
        return (
            text.startswith(("-", "+") if self.tool.options.plus else "-")
            and len(text) > 1
            and self._style() != "words"
        )

    def _grows_path(self, word: Word) -> bool:
        """Take a word as part of the sub-command path, if it is one; sets the row once the path is whole."""
        if not self.found.path and word.text in self.tool.skip:
            return True
        if len(self.found.path) >= PATH_LIMIT:
            self.in_path = False
            return False
        grown = (*self.found.path, word.text.lower() if self.tool.fold else word.text)
        if not word.known:
            self.in_path = False
            if self.found.path == () and () not in self.tool.by_path:
                self.found.path = (word.text,)
                return True
            return False
        taken = self._extends(grown)
        if taken:
            self.found.path = grown
            self.found.row = self.tool.by_path.get(grown, self.found.row if isinstance(self.tool.path, int) else None)
        return taken

    def _extends(self, grown: tuple[str, ...]) -> bool:
        if isinstance(self.tool.path, int):
            self.in_path = len(grown) < self.tool.path or grown in self.tool.path_starts
            return len(grown) <= self.tool.path or grown in self.tool.path_starts
        if self.tool.path == "verb":
            whole = grown in self.tool.by_path or self._is_verb(grown)
            self.in_path = not whole
            return True
        if grown in self.tool.path_starts:
            return True
        self.in_path = False
        unlisted = self.found.path not in self.tool.by_path  # `gh pr frobnicate`: the word belongs to the path
        if unlisted:
            self.found.row = None
        return unlisted

    def _is_verb(self, path: tuple[str, ...]) -> bool:
        """Whether a path ends here: its last word, or the first piece of it, is a verb and no group is called so."""
        words, last = self.tool.words, path[-1]
        if words is None or last in words.group or "/" + " ".join(path) in words.group:
            return False
        return last in words.verbs or pieces_of(last)[0] in words.verbs

    def _option(self, word: Word) -> None:
        if self._style() == "single-dash":
            self._long(word, "-" + word.text.lstrip("-"))
        elif word.text.startswith("--"):
            self._long(word, word.text)
        else:
            self._short(word)

    def _arity(self, name: str) -> tuple[str, str] | None:
        row = self._row_options()
        if row is not None and name in row.arity:
            return row.arity[name]
        for within in self.tool.withins(self.found.path):
            if name in within.arity:
                return within.arity[name]
        return self.tool.options.arity.get(name)

    def _long(self, word: Word, text: str) -> None:
        name, equals, value = text.partition("=")
        known = self._arity(name) or self._abbreviated(name)
        canonical, kind = known or (name, self.tool.options.others)
        if equals:
            if not (kind == "flag" and value.lower() in OFF):
                self.found.options.append(Option(canonical, Word(value, word.known)))
        elif kind == "value" and known:
            self.found.options.append(Option(canonical, self._next()))
        elif kind == "pair":
            self._pair(canonical)
        elif kind in ("value", "many"):
            self._greedy(canonical)
        else:
            self.found.options.append(Option(canonical))

    def _greedy(self, name: str) -> None:
        """An option that is not in the table of a tool whose options take lists: every word up to the next option."""
        before = len(self.found.options)
        while self.words and not self._is_option(self.words[0]):
            self.found.options.append(Option(name, self.words.pop(0)))
        if len(self.found.options) == before:
            self.found.options.append(Option(name))

    def _pair(self, name: str) -> None:
        """An option with two values: both are taken, the second is kept."""
        first, second = self._next(), self._next()
        self.found.options.append(Option(name, second or first))

    def _abbreviated(self, name: str) -> tuple[str, str] | None:
        if not self.tool.options.abbreviate or len(name) < 3:
            return None
        row = self._row_options()
        tables = [self.tool.options.beginnings] + ([row.arity] if row is not None else [])
        found = {entry for table in tables for spelling, entry in table.items() if spelling.startswith(name)}
        return found.pop() if len(found) == 1 else None

    def _next(self) -> Word | None:
        return self.words.pop(0) if self.words else None

    def _short(self, word: Word) -> None:
        whole = self._arity(word.text)  # a long option with one dash: `find -name`, `-D` with a table of its own
        if whole is not None:
            self.found.options.append(Option(whole[0], self._next() if whole[1] == "value" else None))
            return
        letters = word.text[1:]
        for place, letter in enumerate(letters):
            canonical, kind = self._arity("-" + letter) or ("-" + letter, "flag")
            rest = letters[place + 1 :]
            if kind == "value":
                value = Word(rest.removeprefix("="), word.known) if rest else self._next()
                self.found.options.append(Option(canonical, value))
                return
            if kind == "optional" and rest:
                self.found.options.append(Option(canonical, Word(rest, word.known)))
                return
            self.found.options.append(Option(canonical))
