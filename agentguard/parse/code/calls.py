"""Calls in the tokens of a script, with their arguments as far as they are constant.

A call is a name before an opening bracket, or before its first argument where the language allows that. Lists of
arguments count element by element; objects of options are left out but for the list `args:` of them.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.code.tokens import Kind, Spelling, Token

OPENS, CLOSES = frozenset("([{"), frozenset(")]}")
DOTS = frozenset({".", "::", "->", ":", "?"})
ENDS = frozenset({"if", "unless", "for", "foreach", "do", "end", "and", "or", "then", "while", "until", "rescue"})
PATHS = frozenset({"join", "resolve", "normalize", "expand_path", "new", "Pathname", "path"})  # make a path of parts
LISTS = frozenset({"glob", "Glob", "readdirSync", "readdir", "entries", "children", "each_child", "scandir"})
TEMPORARY = "/tmp/scratch"  # noqa: S108 - a name that is judged, not used
SCRATCH = frozenset({"mkdtempSync", "mkdtemp", "mktmpdir", "tempdir", "tempfile", "tempnam"})  # make one
DECLARES = frozenset({"const", "let", "var", "my", "our", "local", "val", "def", "use", "new", "await", "return"})
LOOK = 200  # tokens that one call is followed for: a call that people write is far shorter
VALUE_LOOK = 40  # the same for the value a name is set to
TEXT_LIMIT = 10_000  # letters: beyond, a text that is put together counts as unknown
UNKNOWN = Word(UNKNOWN_PART, known=False)
GLOBS = str.maketrans(dict.fromkeys("*?", UNKNOWN_PART))


@dataclass(frozen=True, slots=True)
class Found:
    """A call: the last part of its name, the part before it, where it stands, its arguments.

    `qualifier` is ")" where it is called on what another call gave; `receiver` are then the arguments of that one.
    `handed` where the function itself is an argument and will be called by something else.
    """

    name: str
    qualifier: str
    arguments: tuple[Word, ...]
    receiver: tuple[Word, ...] = ()
    handed: bool = False


class Calls:
    """The calls of one text."""

    def __init__(
        self, tokens: Sequence[Token], spelling: Spelling, values: dict[str, Word], wanted: Container[str]
    ) -> None:
        self.tokens, self.spelling, self.values, self.wanted = tokens, spelling, values, wanted

    def all(self) -> Iterator[Found]:
        """Every call of a wanted name, in the order it is written; constants set on the way are remembered."""
        for place, token in enumerate(self.tokens):
            if token.kind is Kind.NAME and token.text not in DECLARES | ENDS:
                self._assign(place)
                if token.text in self.wanted:
                    yield from self._call(place, token.text)
            elif token.kind is Kind.TEXT and self._is(place - 1, "[") and self._is(place + 1, "]", "+", ".."):
                yield from self._computed(place)

    def _is(self, place: int, *marks: str) -> bool:
        inside = 0 <= place < len(self.tokens)
        return inside and self.tokens[place].kind is Kind.MARK and self.tokens[place].text in marks

    def _kind(self, place: int) -> Kind | None:
        return self.tokens[place].kind if 0 <= place < len(self.tokens) else None

    def _assign(self, place: int) -> None:
        """`name = "text"` is remembered for what comes later."""
        if self._is(place + 1, "=", "<-") and not self._is(place + 2, "="):
            end = min(self._statement_end(place + 2), place + VALUE_LOOK)
            word = self._folded(self.tokens[place + 2 : end])
            self.values[self.tokens[place].text] = word

    def _statement_end(self, start: int) -> int:
        depth = 0
        for place in range(start, min(len(self.tokens), start + VALUE_LOOK)):
            token = self.tokens[place]
            depth += (token.text in OPENS) - (token.text in CLOSES) if token.kind is Kind.MARK else 0
            if depth < 0 or (not depth and (token.kind is Kind.END or self._is(place, ","))):
                return place
        return min(len(self.tokens), start + LOOK)

    def _call(self, place: int, name: str) -> Iterator[Found]:
        qualifier, receiver = self._before(place)
        if self._is(place + 1, "("):
            yield Found(name, qualifier, self._arguments(place + 2, self._closing(place + 1)), receiver)
        elif self._is(place + 1, ")", ",") and self._is(place - (2 if qualifier else 0) - 1, "(", ","):
            yield Found(name, qualifier, (), receiver, handed=True)
        elif self.spelling.bare and not self._is(place + 1, "=", ":", "->", "=>", ".", "::", "["):
            yield Found(name, qualifier, self._arguments(place + 1, self._bare_end(place + 1)), receiver)
        elif qualifier:
            yield Found(name, qualifier, (), receiver)

    def _computed(self, place: int) -> Iterator[Found]:
        """`fs["rm" + "Sync"](…)`."""
        end = next((n for n in range(place, min(len(self.tokens), place + LOOK)) if self._is(n, "]")), place)
        name = self._folded(self.tokens[place:end])
        if name.known and self._is(end + 1, "("):
            yield Found(name.text, ")", self._arguments(end + 2, self._closing(end + 1)))

    def _before(self, place: int) -> tuple[str, tuple[Word, ...]]:
        """What the name is called on."""
        at = place - 1
        while self._is(at, *DOTS):
            at -= 1
        if at == place - 1 or at < 0:
            return "", ()
        if self._is(at, ")", "]"):
            start = self._opening(at)
            return ")", self._arguments(start + 1, at)
        return self.tokens[at].text, (self.values.get(self.tokens[at].text, UNKNOWN),)

    def _closing(self, start: int) -> int:
        depth = 0
        for place in range(start, min(len(self.tokens), start + LOOK)):
            if self.tokens[place].kind is Kind.MARK:
                depth += (self.tokens[place].text in OPENS) - (self.tokens[place].text in CLOSES)
            if not depth:
                return place
        return min(len(self.tokens), start + LOOK)

    def _opening(self, end: int) -> int:
        depth = 0
        for place in range(end, max(-1, end - LOOK), -1):
            if self.tokens[place].kind is Kind.MARK:
                depth += (self.tokens[place].text in CLOSES) - (self.tokens[place].text in OPENS)
            if not depth:
                return place
        return 0

    def _bare_end(self, start: int) -> int:
        """The end of arguments without brackets: of the statement, or a word such as `if`."""
        end = self._statement_end_bare(start)
        return next((n for n in range(start, end) if self._kind(n) is Kind.NAME and self.tokens[n].text in ENDS), end)

    def _statement_end_bare(self, start: int) -> int:
        depth = 0
        for place in range(start, min(len(self.tokens), start + LOOK)):
            token = self.tokens[place]
            depth += (token.text in OPENS) - (token.text in CLOSES) if token.kind is Kind.MARK else 0
            if depth < 0 or (not depth and (token.kind is Kind.END or self._is(place, "|", "&&", "||"))):
                return place
        return min(len(self.tokens), start + LOOK)

    def _arguments(self, start: int, end: int) -> tuple[Word, ...]:
        """The arguments between two places, lists flat."""
        found: list[Word] = []
        for part in self._parts(self.tokens[start:end]):
            found += self._words(part)
        return tuple(found)

    def _parts(self, tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
        if not self.spelling.commas:
            yield from ((token,) for token in tokens if token.kind in (Kind.TEXT, Kind.NAME))
            return
        start = depth = 0
        for place, token in enumerate(tokens):
            if token.kind is Kind.MARK:
                depth += (token.text in OPENS) - (token.text in CLOSES)
                if token.text == "," and not depth:
                    yield tokens[start:place]
                    start = place + 1
        yield tokens[start:]

    def _words(self, part: Sequence[Token]) -> list[Word]:
        tokens = [token for token in part if token.kind is not Kind.END]
        if not tokens:
            return []
        if len(tokens) == 1 and tokens[0].kind is Kind.WORDS:
            return [Word(text) for text in tokens[0].text.split()]
        first = tokens[0].text if tokens[0].kind is Kind.MARK else ""
        if first == "{":
            return self._listed(tokens)
        if first in ("[", "(") and tokens[-1].text in ("]", ")"):
            return [word for inner in self._parts(tokens[1:-1]) for word in self._words(inner)]
        if tokens[0].text == "c" and len(tokens) > 2 and tokens[1].text == "(":  # R: c("a", "b")
            return [word for inner in self._parts(tokens[2:-1]) for word in self._words(inner)]
        return [self._folded(tokens)]

    def _listed(self, tokens: Sequence[Token]) -> list[Word]:
        """The list `args: […]` of an object of options."""
        for place, token in enumerate(tokens[:-2]):
            if token.text == "args" and tokens[place + 2].text == "[":
                end = next((n for n in range(place, len(tokens)) if tokens[n].text == "]"), len(tokens))
                return [word for inner in self._parts(tokens[place + 3 : end]) for word in self._words(inner)]
        return []

    def _folded(self, part: Sequence[Token]) -> Word:
        """One argument as a text, where it is made of constants."""
        tokens = [token for token in part if token.kind is not Kind.END and token.text not in DECLARES]
        if any(token.kind is Kind.MARK and token.text == "(" for token in tokens):
            return self._made(tokens)
        if len(tokens) > 1 and all(each.kind is Kind.NAME or each.text in DOTS for each in tokens):
            return UNKNOWN
        text, known = "", bool(tokens)
        for token in tokens:
            if token.kind is Kind.TEXT:
                text, known = text + token.text, known and token.known
            elif token.kind is Kind.NAME:
                word = self.values.get(token.text, UNKNOWN)
                text, known = text + word.text, known and word.known
            elif token.text not in (self.spelling.joins, ":"):
                return UNKNOWN
            if len(text) > TEXT_LIMIT:
                return UNKNOWN
        return Word(text, known) if tokens else UNKNOWN

    def _made(self, tokens: Sequence[Token]) -> Word:
        """A call inside an argument that makes a path: its parts joined, a listing as something unknown."""
        at = next(n for n, token in enumerate(tokens) if token.text == "(")
        name = tokens[at - 1].text if at else ""
        if name in SCRATCH:
            return Word(TEMPORARY)
        inner = [word for part in self._parts(tokens[at + 1 : -1]) for word in self._words(part)]
        if name in LISTS and inner:
            return Word(
                inner[0].text.translate(GLOBS)
                + ("" if inner[0].text != inner[0].text.translate(GLOBS) else f"/{UNKNOWN_PART}"),
                known=False,
            )
        if name in PATHS and inner:
            return Word("/".join(word.text for word in inner), all(word.known for word in inner))
        return UNKNOWN
