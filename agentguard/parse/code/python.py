"""Python read with `ast`: calls that run programs, run SQL, or destroy files.

Names are followed through imports (`import shutil as s`), arguments through constants, `+`, f-strings of constants and
lists of them. A call of the table whose argument is not constant hits something unknown; everything else is opaque.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

SHELL = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "pty.spawn"})
ARGV = frozenset(
    f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")
) | {"asyncio.create_subprocess_exec"}  # fmt: skip
ONE, TWO = 1, 2
AS_PROGRAM = {  # what a call does, as the program that does the same, and how many of its arguments that takes
    "os.remove": (("rm",), ONE),
    "os.removedirs": (("rmdir", "-p"), ONE),
    "os.rename": (("mv",), TWO),
    "os.replace": (("mv",), TWO),
    "os.rmdir": (("rmdir",), ONE),
    "os.truncate": (("truncate", "-s", "0"), ONE),
    "os.unlink": (("rm",), ONE),
    "shutil.copy": (("cp",), TWO),
    "shutil.copyfile": (("cp",), TWO),
    "shutil.move": (("mv",), TWO),
    "shutil.rmtree": (("rm", "-rf"), ONE),
}
PATH_METHODS = {"unlink": "rm", "rmdir": "rmdir", "write_text": "tee", "write_bytes": "tee"}
PATHS = frozenset({"pathlib.Path", "Path"})
SQL_METHODS = frozenset({"execute", "executescript", "executemany", "exec_driver_sql"})
RUN_TEXT = frozenset({"exec", "eval"})
WRITING = ("w", "x")
DEPTH = 20  # nested additions and f-strings that are folded


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """What a Python text would run or destroy; a text that does not parse is Unknown."""
    del carrier, surroundings
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield Unknown("this Python does not parse", text[:200])
        return
    reader = _Calls(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from reader.call(node)
    yield Command("python code", (Word("python"),), via=inner.via, cwd=inner.cwd)


class _Calls:
    """The calls of one module, with the names its imports and plain assignments give."""

    def __init__(self, tree: ast.Module) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, ast.expr] = {}
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                self.names |= {
                    (a.asname or a.name.split(".")[0]): (a.name if a.asname else a.name.split(".")[0])
                    for a in node.names
                }
            elif isinstance(node, ast.ImportFrom):
                self.names |= {(a.asname or a.name): f"{node.module}.{a.name}" for a in node.names}
            elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
                self.values[node.targets[0].id] = node.value

    def call(self, node: ast.Call) -> Iterator[Payload]:
        """What one call runs or destroys; nothing for a call that no table names."""
        name, arguments = self._dotted(node.func), node.args
        if name in AS_PROGRAM:
            program, count = AS_PROGRAM[name]
            yield self._as_program(program, arguments[:count])
        elif isinstance(node.func, ast.Attribute) and node.func.attr in PATH_METHODS:
            yield from self._method(node.func, arguments)
        elif not arguments:
            return
        elif name in SHELL:
            yield Payload("shell", text=self._word(arguments[0]), how="python")
        elif name in ARGV:
            yield self._program(node)
        elif name in RUN_TEXT:
            code = self._word(arguments[0])
            yield Payload("python", text=code if code.known else None, missing="code made at run time", how="python")
        elif name == "open":
            if len(arguments) > 1 and self._word(arguments[1]).text.startswith(WRITING):
                yield self._as_program(("tee",), arguments[:1])
        elif isinstance(node.func, ast.Attribute):
            yield from self._method(node.func, arguments)

    def _as_program(self, program: tuple[str, ...], arguments: list[ast.expr]) -> Payload:
        words = (*map(Word, program), *(self._word(argument) for argument in arguments))
        return Payload("argv", words=words, how="python")

    def _method(self, function: ast.Attribute, arguments: list[ast.expr]) -> Iterator[Payload]:
        """A method known by its name alone: SQL that is executed, a Path that is written or removed."""
        if function.attr in SQL_METHODS:
            text = self._word(_unwrapped(arguments[0]))
            if text.known and " " in text.text.strip():
                yield Payload("sql", text=text, how="wire", dialect="postgres")
        elif function.attr in PATH_METHODS:
            path = function.value
            if isinstance(path, ast.Call) and self._dotted(path.func) in PATHS and path.args:
                yield self._as_program((PATH_METHODS[function.attr],), path.args[:1])

    def _program(self, node: ast.Call) -> Payload:
        """subprocess: a list is an argv, a string with shell=True a shell line."""
        first = self._resolved(node.args[0])
        if isinstance(first, (ast.List, ast.Tuple)):
            return Payload("argv", words=tuple(self._word(element) for element in first.elts), how="python")
        return Payload("shell", text=self._word(first), how="python")

    def _resolved(self, node: ast.expr) -> ast.expr:
        return self.values.get(node.id, node) if isinstance(node, ast.Name) else node

    def _dotted(self, node: ast.expr) -> str:
        """The full name of what is called, imports followed; "" where it is not a plain name."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if isinstance(node, ast.Call) and self._dotted(node.func) == "__import__" and node.args:
            parts.append(self._word(node.args[0]).text)
        elif isinstance(node, ast.Name):
            parts.append(self.names.get(node.id, node.id))
        else:
            return ""
        return ".".join(reversed(parts))

    def _word(self, node: ast.expr, depth: int = 0) -> Word:
        """A constant text, else a Word of which a part is unknown."""
        node = self._resolved(node)
        if isinstance(node, ast.Constant):
            return Word(str(node.value) if not isinstance(node.value, bytes) else node.value.decode("utf-8", "replace"))
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add) and depth < DEPTH:
            left, right = self._word(node.left, depth + 1), self._word(node.right, depth + 1)
            return Word(left.text + right.text, left.known and right.known)
        if isinstance(node, ast.JoinedStr) and depth < DEPTH:
            parts = [self._word(v.value if isinstance(v, ast.FormattedValue) else v, depth + 1) for v in node.values]
            return Word("".join(p.text for p in parts), all(p.known for p in parts))
        return Word(UNKNOWN_PART, known=False)


def _unwrapped(node: ast.expr) -> ast.expr:
    """`text("…")` of SQLAlchemy is its string."""
    return node.args[0] if isinstance(node, ast.Call) and node.args else node
