"""Python read with `ast`: calls that run programs, run SQL, or destroy files.

A call is known by its full name, imports and assignments followed (`import shutil as s`, `getattr`, `f = os.remove`).
A call of the table whose argument is not constant hits something unknown; everything else is opaque.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from agentguard.model.command import UNKNOWN_PART, Command, Unknown, Word
from agentguard.parse.code import boto, modules
from agentguard.parse.code.python_clients import Clients
from agentguard.parse.code.python_values import PATHS, Values, Variables
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

SHELL = frozenset(
    {"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput", "asyncio.create_subprocess_shell",
     "commands.getoutput", "ctypes.CDLL.system", "fabric.api.local", "fabric.local", "invoke.run", "invoke.sudo",
     "pexpect.run", "pexpect.spawn"}
)  # fmt: skip
ARGV = frozenset(f"subprocess.{name}" for name in ("run", "call", "check_call", "check_output", "Popen")) | {
    "pty.spawn"
}
SPREAD = {  # the program's own arguments start here: `os.execlp("rm", "rm", "-rf", …)` names it twice
    "asyncio.create_subprocess_exec": 0,
    "os.execl": 1, "os.execle": 1, "os.execlp": 1, "os.execlpe": 1,
    "os.spawnl": 2, "os.spawnle": 2, "os.spawnlp": 2, "os.spawnlpe": 2,
}  # fmt: skip
LISTED = {"os.execv": 1, "os.execve": 1, "os.execvp": 1, "os.execvpe": 1, "os.posix_spawn": 1, "os.posix_spawnp": 1,
          "os.spawnv": 2, "os.spawnve": 2, "os.spawnvp": 2, "os.spawnvpe": 2}  # fmt: skip
ONE, TWO = 1, 2
AS_PROGRAM = {  # what a call does, as the program that does the same, and how many of its arguments that takes
    "os.remove": (("rm",), ONE),
    "os.removedirs": (("rmdir", "-p"), ONE),
    "os.rename": (("mv",), TWO),
    "os.renames": (("mv",), TWO),
    "os.replace": (("mv",), TWO),
    "os.rmdir": (("rmdir",), ONE),
    "os.truncate": (("truncate", "-s", "0"), ONE),
    "os.unlink": (("rm",), ONE),
    "shutil.copy": (("cp",), TWO),
    "shutil.copy2": (("cp",), TWO),
    "shutil.copyfile": (("cp",), TWO),
    "shutil.move": (("mv",), TWO),
    "shutil.rmtree": (("rm", "-rf"), ONE),
    "distutils.dir_util.remove_tree": (("rm", "-rf"), ONE),
}
PATH_METHODS = {  # methods of a pathlib.Path, and how many arguments beside the path they take
    "unlink": (("rm",), 0),
    "rmdir": (("rmdir",), 0),
    "write_text": (("tee",), 0),
    "write_bytes": (("tee",), 0),
    "rename": (("mv",), 1),
    "replace": (("mv",), 1),
}
ONLY_PATHS = frozenset({"unlink", "write_text", "write_bytes"})  # no other type has a method of that name
LISTINGS = frozenset({"glob", "rglob", "iterdir"})
SQL_METHODS = frozenset({"execute", "executescript", "executemany", "exec_driver_sql"})
RUN_TEXT = frozenset({"exec", "eval", "compile"})
OPENS = frozenset({"open", "io.open", "codecs.open", "builtins.open", "gzip.open"})
WRITING = ("w", "x")
KEYWORDS = ("args", "cmd", "command", "path", "file", "name", "src", "dst", "source", "target")  # of first arguments


def read(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """What a Python text would run or destroy; a text that does not parse is Unknown."""
    tree = _parsed(text)
    if tree is None:
        yield Unknown("this Python does not parse", text[:200])
        return
    yield from modules.imported(tree, carrier, inner, surroundings)
    yield from _calls(tree, _variables(inner, surroundings))
    yield Command("python code", (Word("python"),), via=inner.via, cwd=inner.cwd)


def module(
    text: str, carrier: Command, inner: Invocation, surroundings: Surroundings
) -> Iterator[Payload | Command | Unknown]:
    """What importing a module would run or destroy: what stands at its top. One that does not parse runs nothing."""
    del carrier
    tree = _parsed(text)
    if tree is not None:
        yield from _calls(modules.top(tree), _variables(inner, surroundings))


def _variables(inner: Invocation, surroundings: Surroundings) -> Variables:
    """The environment as the code would see it."""
    told = dict(inner.variables)

    def variable(name: str) -> str | None:
        if name in told:
            word = told[name]
            return word.text if isinstance(word, Word) and word.known else None
        return None if inner.bare_environment else surroundings.variable(name)

    return variable


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _calls(tree: ast.Module, variables: Variables) -> Iterator[Payload | Unknown]:
    reader = _Calls(tree, variables)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from reader.call(node)
    if reader.values.left < 0:
        yield Unknown("this Python puts too much together to be read", anywhere=True)


class _Calls:
    """The calls of one module."""

    def __init__(self, tree: ast.Module, variables: Variables) -> None:
        self.values = Values(tree, variables)
        self.clients = Clients(tree, self.values)

    def call(self, node: ast.Call) -> Iterator[Payload]:
        """What one call runs or destroys; nothing for a call that no table names."""
        name, arguments = self._named(node.func), _arguments(node)
        yield from self._handed_on(node.args)
        if name in AS_PROGRAM:
            program, count = AS_PROGRAM[name]
            yield self._as_program(program, arguments[:count])
        elif name in OPENS or name == "os.open":
            yield from self._opened(name, node)
        elif name in RUN_TEXT and arguments:
            yield self._text(arguments[0])
        elif name == "runpy.run_path" and arguments:
            yield Payload("python", file=self.values.word(arguments[0]), how="python")
        elif name in SHELL | ARGV | SPREAD.keys() | LISTED.keys() and arguments:
            yield self._started(name, node, arguments)
        elif (amazon := boto.words(node, self.values)) is not None:
            yield Payload("argv", words=amazon, how="boto3")
        elif (other := self.clients.call(node)) is not None:
            yield Payload("argv", words=other, how="python")
        elif isinstance(node.func, ast.Attribute):
            yield from self._method(node.func, arguments)

    def _named(self, function: ast.expr) -> str:
        """The full name; a bare one may come from a `from module import *`. `CDLL(…).system` is C's own."""
        name = self.values.dotted(function)
        if not name and isinstance(function, ast.Attribute) and function.attr == "system":
            return "os.system"
        return next((f"{star}.{name}" for star in self.values.stars if f"{star}.{name}" in AS_PROGRAM), name)

    def _handed_on(self, arguments: Sequence[ast.expr]) -> Iterator[Payload]:
        """A function of the table that is handed to another one, which will call it: `map(os.remove, names)`."""
        for place, argument in enumerate(arguments):
            if isinstance(argument, ast.Name | ast.Attribute):
                name = self.values.dotted(argument)
                if name in AS_PROGRAM:
                    yield self._as_program(AS_PROGRAM[name][0], arguments[place + 1 :][: AS_PROGRAM[name][1]])
                elif name in SHELL and arguments[place + 1 :]:
                    yield Payload("shell", text=self.values.word(arguments[place + 1]), how="python")

    def _as_program(self, program: tuple[str, ...], arguments: Sequence[ast.expr]) -> Payload:
        words = [*map(Word, program)]
        for argument in arguments:
            listed = self.values.words(argument)
            words += listed if listed is not None else [self.values.word(argument)]
        return Payload("argv", words=tuple(words), how="python")

    def _text(self, node: ast.expr) -> Payload:
        """Code for exec and eval: constant, or what stands in a file."""
        match self.values.resolved(node):
            case ast.Call(func=ast.Attribute(attr="read" | "read_text", value=ast.Call(args=[path, *_]))):
                return Payload("python", file=self.values.word(path), how="python")
            case ast.Call(func=ast.Name(id="compile"), args=[inner, *_]):
                return self._text(inner)
        code = self.values.word(node)
        return Payload("python", text=code if code.known else None, missing="code made at run time", how="python")

    def _opened(self, name: str, node: ast.Call) -> Iterator[Payload]:
        """A file that is opened to be written anew."""
        arguments = _arguments(node)
        mode = next((word.value for word in node.keywords if word.arg == "mode"), None)
        mode = mode or (node.args[1] if len(node.args) > 1 else None)
        if not arguments or mode is None:
            return
        flags = {each.attr for each in ast.walk(mode) if isinstance(each, ast.Attribute)}
        if "O_TRUNC" in flags if name == "os.open" else self.values.word(mode).text.startswith(WRITING):
            yield self._as_program(("tee",), arguments[:1])

    def _method(self, function: ast.Attribute, arguments: Sequence[ast.expr]) -> Iterator[Payload]:
        """A method known by its name alone: SQL that is executed, a Path that is written or removed."""
        if function.attr in SQL_METHODS and arguments:
            text = self.values.word(arguments[0])
            if text.known and " " in text.text.strip():
                landed = list(self.clients.sql(function.value, text))
                yield from landed or [Payload("sql", text=text, how="wire", dialect="postgres")]
        elif function.attr in PATH_METHODS and self._is_path(function):
            program, count = PATH_METHODS[function.attr]
            yield self._as_program(program, [function.value, *arguments[:count]])
        elif function.attr == "open" and self._is_path(function):
            if arguments and self.values.word(arguments[0]).text.startswith(WRITING):
                yield self._as_program(("tee",), [function.value])
        elif function.attr == "truncate":
            opened = self.values.resolved(function.value)
            if isinstance(opened, ast.Call) and self.values.dotted(opened.func) in OPENS:
                yield self._as_program(("truncate", "-s", "0"), opened.args[:1])

    def _is_path(self, function: ast.Attribute) -> bool:
        """Whether a method is called on a pathlib.Path, as far as that can be told."""
        owner = self.values.resolved(function.value)
        while isinstance(owner, ast.BinOp | ast.Attribute):
            owner = self.values.resolved(owner.left if isinstance(owner, ast.BinOp) else owner.value)
        if isinstance(owner, ast.Call):
            of_path = isinstance(owner.func, ast.Attribute) and owner.func.attr in (
                "joinpath",
                "with_suffix",
                "resolve",
            )
            return of_path or self.values.dotted(owner.func) in PATHS
        return function.attr in ONLY_PATHS

    def _started(self, name: str, node: ast.Call, arguments: Sequence[ast.expr]) -> Payload:
        """A program: a list is an argv, a text a shell line; exec and spawn have their own order."""
        if name in SHELL:
            return Payload("shell", text=self.values.word(arguments[0]), how="python")
        if name in SPREAD:
            words = tuple(self.values.word(each) for each in arguments[SPREAD[name] :])
            return Payload("argv", words=words, how="python")
        at = LISTED.get(name, 0)
        listed = self.values.words(arguments[at]) if len(arguments) > at else None
        if listed is not None and any(_true(word) for word in node.keywords if word.arg == "shell"):
            return Payload("shell", text=listed[0] if listed else Word(""), how="python")
        if listed is not None:
            return Payload("argv", words=listed, how="python")
        if at:
            return Payload(
                "argv", words=(self.values.word(arguments[at - 1]), Word(UNKNOWN_PART, known=False)), how="python"
            )
        return Payload("shell", text=self.values.word(arguments[0]), how="python")


def _true(keyword: ast.keyword) -> bool:
    return isinstance(keyword.value, ast.Constant) and bool(keyword.value.value)


def _arguments(node: ast.Call) -> list[ast.expr]:
    """The arguments in order, with those that are given by the names the first ones have."""
    return [*node.args, *(word.value for word in node.keywords if word.arg in KEYWORDS)]
