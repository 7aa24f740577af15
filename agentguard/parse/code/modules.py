"""Python modules of the project that code imports: what stands at their top runs when they are imported.

Looks in the code's own directory and in the PYTHONPATH that the line sets. A function that nothing at
the top names, and modules that a module imports in turn, are not followed: they are as opaque as any program.
"""

from __future__ import annotations

import ast
import os.path
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings

STARTS = ("sitecustomize", "usercustomize")  # imported by every start, where PYTHONPATH holds them
DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def imported(tree: ast.Module, carrier: Command, inner: Invocation, surroundings: Surroundings) -> Iterator[Payload]:
    """Each module of the project that is imported, to be read as a `python module`."""
    names = dict.fromkeys(name for node in ast.walk(tree) for name in _names(node))
    folders = (_own_folder(carrier, inner.cwd), *search_path(inner))
    for name in names:
        path = find(name, folders, surroundings)
        if path:
            yield Payload("python module", file=Word(path), how="import")


def top(tree: ast.Module) -> ast.Module:
    """What of a module runs when it is imported: its statements, and the functions and classes that these name."""
    defined = {node.name: node for node in tree.body if isinstance(node, DEFINITIONS)}
    kept: list[ast.stmt] = [node for node in tree.body if not isinstance(node, DEFINITIONS) and not _is_main(node)]
    for node in kept:  # grows while it is walked: a function that runs names others
        named = {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}
        kept += [defined.pop(name) for name in sorted(named & defined.keys())]
    return ast.Module(body=kept, type_ignores=[])


def search_path(invocation: Invocation) -> tuple[str, ...]:
    """The directories of the PYTHONPATH that the line itself sets."""
    word = dict(invocation.variables).get("PYTHONPATH")
    folders = word.text.split(":") if isinstance(word, Word) and word.known else []
    return tuple(os.path.normpath(os.path.join(invocation.cwd, folder)) for folder in folders)


def find(name: str, folders: tuple[str, ...], surroundings: Surroundings) -> str:
    """The file of a module, or "" where none of the directories has it."""
    below = name.replace(".", "/")
    for folder in folders:
        for path in (f"{folder}/{below}.py", f"{folder}/{below}/__init__.py"):
            if os.path.isabs(path) and surroundings.exists(path):
                return path
    return ""


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.Import():
            return [alias.name for alias in node.names]
        case ast.ImportFrom(module=str() as module, level=0):
            return [module]
    return []


def _own_folder(carrier: Command, cwd: str) -> str:
    """The directory of the script that was started, which Python searches first; without one the current directory."""
    script = carrier.operands[0].text if carrier.operands and not carrier.has("-c", "-m") else ""
    return os.path.dirname(os.path.join(cwd, script)) if script.endswith(".py") else cwd


def _is_main(node: ast.stmt) -> bool:
    """Whether this is `if __name__ == "__main__":`, which an import skips."""
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )
