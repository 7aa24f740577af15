"""What a Python expression is, as far as it is constant: a text, a list of texts, or the dotted name of what it calls.

Follows imports, plain assignments, and the usual ways to put a text together (`+`, `%`, format, join, split, slices,
f-strings, paths, decoders). Runs nothing; what it does not know is a Word of which a part is unknown.
"""

from __future__ import annotations

import ast
import base64
import binascii
import os.path
from collections.abc import Callable, Sequence

from agentguard.model.command import UNKNOWN_PART, Word

DEPTH = 20  # how far an expression inside an expression is folded
FOLD_LIMIT = 200_000  # expressions of one module that are looked at: bounds what folding may cost
TEXT_LIMIT = 10_000  # letters: beyond, a text that is put together counts as unknown
UNKNOWN = Word(UNKNOWN_PART, known=False)
PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath", "pathlib.PurePath", "Path"})
LOOKS_UP = frozenset({"os.getenv", "os.environ.get"})
IMPORTERS = frozenset({"__import__", "importlib.import_module"})
TEMPORARY = Word("/tmp/scratch")  # noqa: S108 - a name that is judged, not used
MAKES_TEMPORARY = frozenset(
    f"tempfile.{name}"
    for name in ("mkdtemp", "mkstemp", "mktemp", "gettempdir", "TemporaryDirectory", "NamedTemporaryFile")
)
SAME = PATHS | frozenset(  # calls that give the text they were given
    {"str", "os.fspath", "os.path.abspath", "os.path.normpath", "os.path.realpath", "sqlalchemy.text", "text", "bytes"}
)
DECODERS: dict[str, Callable[[str], bytes]] = {
    "base64.b64decode": lambda text: base64.b64decode(text, validate=False),
    "base64.b32decode": base64.b32decode,
    "base64.b16decode": base64.b16decode,
    "base64.b85decode": base64.b85decode,
    "bytes.fromhex": bytes.fromhex,
    "bytearray.fromhex": bytes.fromhex,
    "binascii.unhexlify": binascii.unhexlify,
}
UNCHANGED = frozenset(
    {"decode", "encode", "strip", "expanduser", "resolve", "absolute", "as_posix", "rstrip", "lstrip"}
)
CHANGED: dict[str, Callable[[str], str]] = {"lower": str.lower, "upper": str.upper, "swapcase": str.swapcase}


Variables = Callable[[str], str | None]  # the value of a variable of the environment


class Values:
    """The names of one module: what its imports and plain assignments make them."""

    def __init__(self, tree: ast.Module, variables: Variables = lambda _: None) -> None:
        self.variables = variables
        self.names: dict[str, str] = {}
        self.values: dict[str, ast.expr] = {}
        self.stars: list[str] = []
        self.left = FOLD_LIMIT
        for node in ast.walk(tree):
            self._learn(node)

    def _learn(self, node: ast.AST) -> None:
        match node:
            case ast.Import():
                for alias in node.names:
                    whole = alias.name if alias.asname else alias.name.split(".")[0]
                    self.names[alias.asname or whole] = whole
            case ast.ImportFrom():
                self.names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
                self.stars += [f"{node.module}" for a in node.names if a.name == "*"]
            case ast.Assign(targets=[ast.Name(id=name)]) | ast.NamedExpr(target=ast.Name(id=name)):
                self.values[name] = node.value
            case ast.With() | ast.AsyncWith():
                for item in node.items:
                    if isinstance(item.optional_vars, ast.Name):
                        self.values[item.optional_vars.id] = item.context_expr
            case ast.AugAssign(target=ast.Name(id=name), op=ast.Add()) if name in self.values:
                self.values[name] = ast.BinOp(self.values[name], ast.Add(), node.value)

    def resolved(self, node: ast.expr) -> ast.expr:
        """What a name was set to, or the expression itself."""
        for _ in range(DEPTH):
            if not (isinstance(node, ast.Name) and node.id in self.values):
                break
            node = self.values[node.id]
        return node

    def dotted(self, node: ast.expr, depth: int = 0) -> str:
        """The full name of what is called, imports and assignments followed; "" where it is not a plain name."""
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            return ""
        match node:
            case ast.Attribute():
                owner = self.dotted(node.value, depth + 1)
                return f"{owner}.{node.attr}" if owner else ""
            case ast.Call(func=ast.Name(id="getattr"), args=[owner_node, name, *_]):
                word, owner = self.word(name, depth + 1), self.dotted(owner_node, depth + 1)
                return f"{owner}.{word.text}" if owner and word.known else ""
            case ast.Call(args=[first, *_]) if self.dotted(node.func, depth + 1) in IMPORTERS:
                return self.word(first, depth + 1).text
            case ast.Name(id=name) if name in self.names:
                return self.names[name]
            case ast.Name(id=name):
                value = self.values.get(name)
                given = self.dotted(value, depth + 1) if isinstance(value, ast.Attribute | ast.Name | ast.Call) else ""
                return given or name
        return ""

    def word(self, node: ast.expr, depth: int = 0) -> Word:
        """A constant text, else a Word of which a part is unknown."""
        node = self.resolved(node)
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            return UNKNOWN
        folded = self._folded(node, depth + 1)
        return folded if len(folded.text) <= TEXT_LIMIT else UNKNOWN

    def _folded(self, node: ast.expr, depth: int) -> Word:
        match node:
            case ast.Constant(value=bytes() as data):
                return Word(data.decode("utf-8", "replace"))
            case ast.Constant():
                return Word(str(node.value))
            case ast.BinOp(op=ast.Add()):
                return _joined("", (self.word(node.left, depth), self.word(node.right, depth)))
            case ast.BinOp(op=ast.Div()):
                return _joined("/", (self.word(node.left, depth), self.word(node.right, depth)))
            case ast.BinOp(op=ast.Mod()):
                right = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
                return _filled(self.word(node.left, depth), "%s", [self.word(each, depth) for each in right])
            case ast.JoinedStr():
                return _joined("", [self.word(_formatted(value), depth) for value in node.values])
            case ast.Attribute(attr="name") if isinstance(self.resolved(node.value), ast.Call):
                return self.word(node.value, depth) if self.word(node.value, depth) == TEMPORARY else UNKNOWN
            case ast.Subscript():
                return self._part(node, depth)
            case ast.Call():
                return self._call(node, depth)
        return UNKNOWN

    def _part(self, node: ast.Subscript, depth: int) -> Word:
        """`text[::-1]`, and an element of a list."""
        match node.slice:
            case ast.Slice(lower=None, upper=None, step=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=1))):
                whole = self.word(node.value, depth)
                return Word(whole.text[::-1], whole.known)
            case ast.Constant(value=str() as name) if self.dotted(node.value) == "os.environ":
                return self._variable(name)
            case ast.Constant(value=int() as place):
                words = self.words(node.value, depth)
                return words[place] if words is not None and 0 <= place < len(words) else UNKNOWN
        return UNKNOWN

    def _call(self, node: ast.Call, depth: int) -> Word:
        """The calls that make texts of texts."""
        name, words = self.dotted(node.func), [self.word(each, depth) for each in node.args]
        if name == "chr" and words and words[0].text.isdigit():
            return Word(chr(int(words[0].text))) if int(words[0].text) < 0x110000 else UNKNOWN
        if name in LOOKS_UP and words and words[0].known:
            return self._variable(words[0].text, *words[1:2])
        if name in MAKES_TEMPORARY:
            return TEMPORARY
        if name in SAME and words:
            return _joined("/", words) if name in PATHS else words[0]
        if name == "os.path.join" and words:
            return Word(os.path.join(*(word.text for word in words)), all(word.known for word in words))
        if name in DECODERS and words and words[0].known:
            return _decoded(DECODERS[name], words[0].text)
        if isinstance(node.func, ast.Attribute):
            return self._method(node.func, node.args, words, depth)
        return UNKNOWN

    def _variable(self, name: str, otherwise: Word = UNKNOWN) -> Word:
        value = self.variables(name)
        return otherwise if value is None else Word(value)

    def _method(self, function: ast.Attribute, nodes: Sequence[ast.expr], words: list[Word], depth: int) -> Word:
        own = self.word(function.value, depth)
        if function.attr in UNCHANGED:
            return Word(own.text.strip(), own.known) if function.attr.endswith("strip") and not words else own
        if function.attr in CHANGED and own.known:
            return Word(CHANGED[function.attr](own.text))
        if function.attr == "format":
            return _filled(own, "{}", words)
        if function.attr == "joinpath":
            return _joined("/", (own, *words))
        if function.attr == "join" and nodes:
            parts = self.words(nodes[0], depth)
            return UNKNOWN if parts is None else _joined(own.text, parts)
        if function.attr == "replace" and len(words) == 2 and own.known and all(word.known for word in words):
            return Word(own.text.replace(words[0].text, words[1].text))
        return UNKNOWN

    def words(self, node: ast.expr, depth: int = 0) -> tuple[Word, ...] | None:
        """The elements of a list that is written out, added or split from a text; None for anything else."""
        node = self.resolved(node)
        self.left -= 1
        if depth > DEPTH or self.left < 0:
            return None
        match node:
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return tuple(self._element(each, depth + 1) for each in elements)
            case ast.BinOp(op=ast.Add()):
                left, right = self.words(node.left, depth + 1), self.words(node.right, depth + 1)
                return None if left is None or right is None else left + right
            case ast.Call(func=ast.Attribute(attr="split", value=text), args=[]):
                return _split(self.word(text, depth + 1))
            case ast.Call(args=[text, *_]) if self.dotted(node.func) == "shlex.split":
                return _split(self.word(text, depth + 1))
        return None

    def _element(self, node: ast.expr, depth: int) -> Word:
        return UNKNOWN if isinstance(node, ast.Starred) else self.word(node, depth)


def _formatted(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.FormattedValue) else node


def _joined(between: str, words: Sequence[Word]) -> Word:
    return Word(between.join(word.text for word in words), all(word.known for word in words))


def _filled(pattern: Word, mark: str, words: Sequence[Word]) -> Word:
    """`%` and format, in their plain forms."""
    parts = pattern.text.split(mark)
    if len(parts) - 1 != len(words) or not pattern.known:
        return Word(pattern.text + UNKNOWN_PART, known=False)
    text = parts[0] + "".join(word.text + part for word, part in zip(words, parts[1:], strict=True))
    return Word(text, all(word.known for word in words))


def _split(word: Word) -> tuple[Word, ...] | None:
    return tuple(Word(part, UNKNOWN_PART not in part) for part in word.text.split()) or None


def _decoded(decoder: Callable[[str], bytes], text: str) -> Word:
    try:
        return Word(decoder(text).decode("utf-8", "replace"))
    except (ValueError, binascii.Error):
        return UNKNOWN
