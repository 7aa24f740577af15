"""The shell's own commands, each with what it changes; BUILTINS is the table. Text that they run is in `reentry`.

Every one of them is also noted as an Invocation, so that its words and redirects are seen, except those that only run
another command (`eval`, `command`, …): there it is that command.
"""

from __future__ import annotations

import os.path
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.shell import arithmetic, assignments, expand, inputs, makers, reentry, tests
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.values import GLOBAL, UNKNOWN, UNSET, Alias

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

Builtin = Callable[["Shell", list[Word], Streams], str]
SET_LETTERS = {"a": "a", "f": "noglob"}
SET_NAMES = {"allexport": "a", "noglob": "noglob"}


PATH_LIMIT = 4_096  # characters of a directory: no system takes more
STACK_LIMIT = 64  # directories that pushd keeps


def texts(argv: list[Word]) -> list[str]:
    """The words behind the name."""
    return [word.text for word in argv[1:]]


def _succeeds(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    shell.status = True
    return makers.output(shell, [word.text for word in argv], io)


def _false(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    shell.status = False
    return ""


def _silent(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    return ""


def _jump(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    shell.scope.jumped = True
    return ""


def _test(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    words = words[:-1] if argv[0].text == "[" and words[-1:] == ["]"] else words
    tests.again(shell, words)
    shell.status = tests.decided(words)
    return ""


# Directories ----------------------------------------------------------------------------------------------------------


def _cd(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    operands = [text for text in words if text not in ("-L", "-P", "-e", "-@", "--")]
    target = operands[0] if operands else expand.home(shell)
    to_old = target == "-"
    _go(shell, shell.scope.text("OLDPWD") if to_old else _searched(shell, target), physical="-P" in words)
    return shell.scope.cwd + "\n" if to_old else ""


def _searched(shell: Shell, target: str) -> str:
    """The directory by that name below one of CDPATH, else the name itself."""
    scope = shell.scope
    if target.startswith(("/", "./", "../")) or target in (".", ".."):
        return target
    places = (scope.path(os.path.join(folder, target)) for folder in scope.text("CDPATH").split(":"))
    return next((place for place in places if UNKNOWN_PART in place or scope.is_directory(place)), target)


def _go(shell: Shell, target: str, *, physical: bool = False) -> None:
    """Change the directory. Where there is none, both count: it may be made before, or the shell stays where it is."""
    scope = shell.scope
    if not target:
        shell.status = False
        return
    before, path = scope.cwd, scope.path(target)
    path = path[1:] if path.startswith("//") else path
    if physical and UNKNOWN_PART not in path:
        path = scope.surroundings.realpath(path)
    path = path if len(path) <= PATH_LIMIT else UNKNOWN_PART
    there = scope.is_directory(path)
    shell.status = True if there else None
    scope.cwds = (path,)
    if there is False and UNKNOWN_PART not in before and before != path:
        scope.cwds, scope.ambiguous, shell.parted = (path, before), True, (path, before)
    scope.set("OLDPWD", before if shell.parted is None else UNKNOWN_PART)


def _pushd(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    operands = [text for text in texts(argv) if text != "-n"]
    scope = shell.scope
    if "-n" in texts(argv):
        scope.stack = (*operands, *scope.stack)[:STACK_LIMIT]
        return UNKNOWN_PART
    before = scope.cwd
    if not operands:
        target, scope.stack = (scope.stack[0] if scope.stack else UNKNOWN_PART), (before, *scope.stack[1:])
    elif operands[0][:1] in "+-" and operands[0][1:].isdigit():
        target = UNKNOWN_PART
    else:
        target = _searched(shell, operands[0])
        there = scope.is_directory(scope.path(target)) is not False  # else it may stay, with nothing noted
        scope.stack = (before, *scope.stack)[:STACK_LIMIT] if there else (UNKNOWN_PART,)
    _go(shell, target)
    return UNKNOWN_PART


def _popd(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    scope = shell.scope
    target, scope.stack = (scope.stack[0], scope.stack[1:]) if scope.stack and len(argv) == 1 else (UNKNOWN_PART, ())
    _go(shell, target)
    return UNKNOWN_PART


# Variables ------------------------------------------------------------------------------------------------------------


def _declare(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    names = [word.text for word in argv]
    if names[0] == "local" and shell.scope.saved is None:
        return ""  # outside a function it is an error
    options = "".join(name[1:] for name in names if name.startswith("-"))
    head = [names[0], *(name for name in names[1:] if name[:1] in ("-", "+"))]
    for text in _written_out(shell, texts(argv)):
        name, sign, value = text.partition("=")
        if text.startswith(("-", "+")) or not name:
            continue
        if UNKNOWN_PART in name:
            shell.scope.blurred = True
        elif "f" in options:
            _export_function(shell, name)
        else:
            _declare_one(shell, name, value if sign else None, head)
    shell.status = True
    if not any(name for name in names[1:] if not name.startswith(("-", "+"))) and "f" not in options:
        return UNKNOWN_PART  # all variables
    return UNKNOWN_PART if "p" in options else _told(shell, names[1:]) if "f" in options else ""


def _told(shell: Shell, words: list[str]) -> str:
    """`declare -f name`: the functions as they were written."""
    known = shell.scope.functions
    named = [word for word in words if not word.startswith(("-", "+"))] or sorted(known)
    found = [each for name in named for each in known.get(name, ())[:1]]
    return "".join(f"{each.name} () \n{each.source}\n" if each else UNKNOWN_PART for each in found)


def _written_out(shell: Shell, words: Iterable[str]) -> Iterator[str]:
    """The words of a declaration, those of `export $(cat .env | xargs)` looked up in the file."""
    for text in words:
        if UNKNOWN_PART in text.partition("=")[0]:
            yield from shell.scope.forced(text).split()
        else:
            yield text


def _declare_one(shell: Shell, name: str, value: str | None, names: list[str]) -> None:
    append = name.endswith("+")
    name = arithmetic.embedded(shell, name.rstrip("+")).partition("[")[0]
    flags = assignments.declared(names)
    assignments.localize(shell, name, names)
    if value is not None:
        if "i" in flags + shell.scope.variable(name).flags:
            value = arithmetic.value(shell, value)
        shell.scope.set(name, shell.scope.text(name) + value if append else value, flags)
    removed = "".join(each[1:] for each in names if each.startswith("+")) + (
        "x" if "-n" in names and names[0] == "export" else ""
    )
    shell.scope.mark(name, flags if not removed else f"-{removed[0]}")


def _export_function(shell: Shell, name: str) -> None:
    """An exported function travels in a variable, as bash does it."""
    known = [function for function in shell.scope.functions.get(name, ()) if function]
    if known:
        shell.scope.set(f"BASH_FUNC_{name}%%", f"() {known[-1].source}", "x")


def _unset(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for text in texts(argv):
        name = arithmetic.embedded(shell, text)
        if "-f" in texts(argv):
            shell.scope.functions.pop(name, None)
        elif name == text and not name.startswith("-"):
            old = shell.scope.variable(name)
            if "[" not in name and old.text is None and old.items is None:
                shell.scope.functions.pop(name, None)
            shell.scope.variables[name.partition("[")[0]] = UNSET if "[" not in name else UNKNOWN
    shell.status = True
    return ""


def _set(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    operands = texts(argv)
    while operands and operands[0][:1] in ("-", "+") and operands[0] not in ("--", "-"):
        word = operands.pop(0)
        names = {SET_LETTERS.get(letter, "") for letter in word[1:]}
        if "o" in word and operands:
            names.add(SET_NAMES.get(operands.pop(0), ""))
        _options(shell, names - {""}, on=word[0] == "-")
    if operands and operands[0] in ("--", "-"):
        shell.scope.positional = tuple(operands[1:])
    elif operands:
        shell.scope.positional = tuple(operands)
    shell.status = True
    return UNKNOWN_PART if len(argv) == 1 else ""


def _options(shell: Shell, names: set[str], *, on: bool) -> None:
    options = shell.scope.options
    shell.scope.options = options | names if on else options - names


def _print(shell: Shell, argv: list[Word], io: Streams) -> str:
    output = _succeeds(shell, argv, io)
    reentry.prompted(shell, argv)
    return output


def _shopt(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    names = {word.lower().replace("_", "") if argv[0].text != "shopt" else word for word in words if word[:1] != "-"}
    _options(shell, names, on=argv[0].text == "setopt" or "-s" in words)
    shell.status = None
    return ""


def _shift(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    count = arithmetic.number(shell, argv[1].text) if len(argv) > 1 else 1
    scope = shell.scope
    scope.positional = (UNKNOWN_PART,) * len(scope.positional) if count is None else scope.positional[count:]
    return ""


def _hash(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    if words[:1] == ["-p"] and len(words) > 2:
        for name in words[2:]:
            shell.renamed(name, words[1])
    return ""


def _let(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for text in texts(argv):
        found = arithmetic.number(shell, text)
        shell.status = None if found is None else found != 0
    return ""


def _getopts(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for name in (*texts(argv)[1:2], "OPTARG", "OPTIND"):
        shell.scope.variables[name] = UNKNOWN
    return ""


# Names ----------------------------------------------------------------------------------------------------------------


def _alias(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    for word in words:
        name, sign, text = word.partition("=")
        if sign and not word.startswith("-"):
            key = {"-s": "\0", "-g": GLOBAL}.get(words[0], "") + name
            shell.scope.aliases[key] = Alias(text, certain=shell.quiet)
    return "" if words else UNKNOWN_PART


def _unalias(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for name in list(shell.scope.aliases) if "-a" in texts(argv) else texts(argv):
        shell.scope.aliases.pop(name, None)
    return ""


BUILTINS: dict[str, Builtin] = {
    ".": reentry.source,
    ":": _succeeds,
    "[": _test,
    "alias": _alias,
    "break": _jump,
    "builtin": reentry.builtin,
    "cd": _cd,
    "chdir": _cd,
    "command": reentry.command,
    "compgen": reentry.completes,
    "complete": reentry.completes,
    "continue": _jump,
    "declare": _declare,
    "echo": _succeeds,
    "emulate": reentry.emulated,
    "eval": reentry.evaluated,
    "exec": reentry.executed,
    "exit": _jump,
    "export": _declare,
    "false": _false,
    "float": _declare,
    "getopts": _getopts,
    "hash": _hash,
    "history": reentry.history,
    "integer": _declare,
    "let": _let,
    "local": _declare,
    "logout": _jump,
    "mapfile": inputs.mapfile,
    "popd": _popd,
    "print": _print,
    "printf": inputs.printf,
    "pushd": _pushd,
    "pwd": _succeeds,
    "read": inputs.read,
    "readarray": inputs.mapfile,
    "readonly": _declare,
    "return": _jump,
    "sched": reentry.scheduled,
    "set": _set,
    "setopt": _shopt,
    "shift": _shift,
    "shopt": _shopt,
    "source": reentry.source,
    "test": _test,
    "trap": reentry.trap,
    "true": _succeeds,
    "typeset": _declare,
    "umask": _silent,
    "unalias": _unalias,
    "unset": _unset,
    "unsetopt": _shopt,
    "wait": _silent,
}
NAMES = frozenset(BUILTINS) | {
    "bg",
    "bind",
    "caller",
    "dirs",
    "disown",
    "enable",
    "fc",
    "fg",
    "jobs",
    "times",
    "type",
    "ulimit",
}
