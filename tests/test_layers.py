"""The architecture as tests: what may import what, who may print, how long a file and a function may be.

Each law is a function from files to complaints, so that it can be shown a planted violation: a law that finds none
there would find none anywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles

import pytest

ROOT = Path(__file__).parent.parent

# From the ground up. A file may import its own layer's folder and the lines below; siblings on a line are strangers.
LAYERS = (
    ("model",),
    ("surroundings",),
    ("tools",),
    ("parse",),
    ("classify",),
    ("resolve",),
    ("policy",),
    ("engine",),
    ("audit", "store", "measure"),
    ("agents",),
    ("broker",),
    ("proxies",),
    ("cli",),
    ("__main__",),
)
HEIGHT = {name: height for height, names in enumerate(LAYERS) for name in names}
APART = {"__init__", "client"}  # import nothing of the package
PURE = {"model", "tools", "parse", "classify", "resolve", "policy", "engine"}  # see the machine through Surroundings
MACHINE = {"subprocess", "socket", "time", "random", "secrets", "threading", "asyncio", "http", "psutil", "shutil"}
LONGEST_FILE = 400
HALF_OF_FUNCTIONS, MOST_FUNCTIONS = 12, 38  # lines, docstring included, of the median and of 95 %

Files = Mapping[str, str]  # path below the package -> source
Law = Callable[[Files], list[str]]


def package() -> Files:
    folder = ROOT / "agentguard"
    return {str(path.relative_to(folder)): path.read_text("utf-8") for path in sorted(folder.rglob("*.py"))}


def part_of(path: str) -> str:
    return path.split("/", maxsplit=1)[0].removesuffix(".py")


def imports(source: str) -> Iterator[str]:
    """Dotted names of everything a file imports, wherever in the file; `from a import b` counts as `a.b`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{'.' * node.level}{node.module or ''}.{alias.name}" for alias in node.names)


def imports_point_down(files: Files) -> list[str]:
    return [
        f"{path} imports {name}"
        for path, source in files.items()
        for name in imports(source)
        if name.startswith((".", "agentguard")) and not _may_import(part_of(path), name)
    ]


def _may_import(part: str, name: str) -> bool:
    if name in ("agentguard.__version__", "agentguard"):
        return True
    if name.startswith(".") or part in APART:
        return False
    other = name.split(".")[1]
    return part == other or (other not in APART and HEIGHT[other] < HEIGHT[part])


def every_file_has_a_layer(files: Files) -> list[str]:
    return [path for path in files if part_of(path) not in HEIGHT and part_of(path) not in APART]


def only_the_terminal_prints(files: Files) -> list[str]:
    return [
        f"{path}:{node.lineno} prints"
        for path, source in files.items()
        if path not in ("cli/terminal.py", "client.py")  # the client carries the broker's answer, and imports nothing
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "click.secho")
    ]


def only_the_sql_reader_imports_sqlglot(files: Files) -> list[str]:
    return [
        f"{path} imports {name}"
        for path, source in files.items()
        if not path.startswith("parse/sql")
        for name in imports(source)
        if name.split(".")[0] == "sqlglot"
    ]


def one_file_imports_pgparse(files: Files) -> list[str]:
    own = "parse/sql/libpg.py"
    return [
        path
        for path, source in files.items()
        if path != own and any(name.split(".")[0] == "pgparse" for name in imports(source))
    ]


def nothing_imports_shlex(files: Files) -> list[str]:
    return [path for path, source in files.items() if any(name.split(".")[0] == "shlex" for name in imports(source))]


def the_engine_sees_the_machine_through_surroundings(files: Files) -> list[str]:
    return [
        f"{path} imports {name}"
        for path, source in files.items()
        if part_of(path) in PURE
        for name in imports(source)
        if name.split(".")[0] in MACHINE or (name.split(".")[0] == "os" and not name.startswith("os.path"))
    ]


def no_file_is_long(files: Files) -> list[str]:
    return [path for path, source in files.items() if source.count("\n") > LONGEST_FILE]


def every_file_says_what_it_promises(files: Files) -> list[str]:
    return [path for path, source in files.items() if not ast.get_docstring(ast.parse(source))]


def functions_are_short(files: Files) -> list[str]:
    sizes = [size for source in files.values() for size in _function_sizes(source)]
    half, most = median(sizes), quantiles(sizes, n=20)[-1]
    complaints = [f"half of the functions take more than {half:.0f} lines"] if half > HALF_OF_FUNCTIONS else []
    return complaints + ([f"one in twenty functions takes over {most:.0f} lines"] if most > MOST_FUNCTIONS else [])


def _function_sizes(source: str) -> list[int]:
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    found = [node for node in ast.walk(ast.parse(source)) if isinstance(node, functions)]
    return [(node.end_lineno or 0) - node.lineno + 1 for node in found]


LONG_FUNCTION = "def f():\n" + "    pass\n" * 39
PLANTED: tuple[tuple[Law, Files], ...] = (
    (imports_point_down, {"model/call.py": "from agentguard.engine import plan"}),
    (imports_point_down, {"store/sqlite.py": "import agentguard.audit.chain"}),
    (imports_point_down, {"parse/reader.py": "def f():\n    from agentguard.classify import classify"}),
    (imports_point_down, {"parse/reader.py": "from . import budget"}),
    (imports_point_down, {"client.py": "from agentguard.model.call import Call"}),
    (imports_point_down, {"cli/main.py": "from agentguard import client"}),
    (every_file_has_a_layer, {"utils.py": ""}),
    (only_the_terminal_prints, {"cli/check.py": "print('x')"}),
    (only_the_terminal_prints, {"broker/server.py": "import click\nclick.echo('x')"}),
    (only_the_sql_reader_imports_sqlglot, {"classify/rows.py": "from sqlglot import exp"}),
    (one_file_imports_pgparse, {"parse/sql/agree.py": "import pgparse"}),
    (nothing_imports_shlex, {"parse/shell/lexer.py": "from shlex import split"}),
    (the_engine_sees_the_machine_through_surroundings, {"resolve/aws.py": "import subprocess"}),
    (the_engine_sees_the_machine_through_surroundings, {"resolve/aws.py": "from os import environ"}),
    (no_file_is_long, {"model/call.py": "\n" * 401}),
    (every_file_says_what_it_promises, {"model/call.py": "x = 1"}),
    (functions_are_short, {"engine.py": LONG_FUNCTION * 2}),
)
LAWS = tuple(dict.fromkeys(law for law, _ in PLANTED))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_the_package_keeps(law: Law):
    assert law(package()) == []


@pytest.mark.parametrize(("law", "files"), PLANTED, ids=[f"{law.__name__}-{n}" for n, (law, _) in enumerate(PLANTED)])
def test_a_planted_violation_is_found_by(law: Law, files: Files):
    assert law(files)


def test_no_test_file_is_long():
    tests = {str(path): path.read_text("utf-8") for path in sorted((ROOT / "tests").rglob("*.py"))}
    assert no_file_is_long(tests) == []
