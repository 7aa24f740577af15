"""The shell's own commands, each with what it changes; BUILTINS is the table. Text that they run is in `reentry`.

Every one of them is also noted as an Invocation, so that its words and redirects are seen, except those that only run
another command (`eval`, `command`, …): there it is that command.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.shell import arithmetic, assignments, expand, makers, reentry, tests
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.scope import UNKNOWN, UNSET, Alias, Variable

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

Builtin = Callable[["Shell", list[Word], Streams], str]
SET_LETTERS = {"a": "a", "f": "noglob"}
SET_NAMES = {"allexport": "a", "noglob": "noglob"}


def texts(argv: list[Word]) -> list[str]:
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
    tests.again(shell, texts(argv))
    return ""


# Directories ----------------------------------------------------------------------------------------------------------


def _cd(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    operands = [text for text in texts(argv) if text not in ("-L", "-P", "-e", "-@", "--")]
    target = operands[0] if operands else expand.home(shell)
    to_old = target == "-"
    _go(shell, shell.scope.text("OLDPWD") or UNKNOWN_PART if to_old else target)
    return shell.scope.cwd + "\n" if to_old else ""


def _go(shell: Shell, target: str) -> None:
    scope = shell.scope
    before = scope.cwd
    path = scope.path(target)
    scope.cwds = (path if not path.startswith("//") else path[1:],)
    scope.set("OLDPWD", before)
    found = None if UNKNOWN_PART in path else scope.surroundings.stat(path)
    shell.status = True if found and found.kind == "directory" else None


def _pushd(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    operands = [text for text in texts(argv) if text != "-n"]
    scope = shell.scope
    before = scope.cwd
    if not operands:
        target, scope.stack = (scope.stack[0] if scope.stack else UNKNOWN_PART), (before, *scope.stack[1:])
    elif operands[0][:1] in "+-" and operands[0][1:].isdigit():
        target = UNKNOWN_PART
    else:
        target, scope.stack = operands[0], (before, *scope.stack)
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
    options = "".join(name[1:] for name in names if name.startswith("-"))
    for text in texts(argv):
        name, sign, value = text.partition("=")
        if text.startswith(("-", "+")) or not name:
            continue
        if "f" in options:
            _export_function(shell, name)
        else:
            _declare_one(shell, name, value if sign else None, names)
    shell.status = True
    return UNKNOWN_PART if "p" in options else ""


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
            if "[" not in name and name not in shell.scope.variables and name in shell.scope.functions:
                shell.scope.functions.pop(name)
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


def _let(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for text in texts(argv):
        arithmetic.number(shell, text)
    return ""


def _getopts(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    for name in (*texts(argv)[1:2], "OPTARG", "OPTIND"):
        shell.scope.variables[name] = UNKNOWN
    return ""


def _printf(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    shell.status = True
    if len(argv) < 3 or argv[1].text != "-v":
        return makers.output(shell, [word.text for word in argv], io)
    output = makers.output(shell, ["printf", *(word.text for word in argv[3:])], io)
    _store(shell, argv[2].text, output)
    return ""


def _store(shell: Shell, name: str, text: str) -> None:
    """Set the variable that a builtin names; a subscript in the name is read, and may run something."""
    plain, bracket, _ = arithmetic.embedded(shell, name).partition("[")
    if bracket:
        shell.scope.variables[plain] = UNKNOWN
    elif plain.isidentifier():
        shell.scope.set(plain, text)


# Input ----------------------------------------------------------------------------------------------------------------


def _read(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    names, options = _read_names(texts(argv))
    line = _line(shell, io) if not set(options) & set("dnNu") else None
    if line is None:
        for name in names or ["REPLY"]:
            _store(shell, name, UNKNOWN_PART)
        return ""
    if "a" in options:
        ifs = shell.scope.variable("IFS").text
        fields = expand.split_at(line, " \t\n" if ifs is None else ifs)[1]
        shell.scope.variables[names[-1] if names else "REPLY"] = Variable(
            None, tuple((str(place), text) for place, text in enumerate(fields))
        )
        return ""
    _distribute(shell, names or ["REPLY"], line)
    return ""


def _read_names(words: list[str]) -> tuple[list[str], str]:
    """The names that `read` sets, and the letters of its options."""
    options = ""
    while words and words[0].startswith("-") and len(words[0]) > 1:
        word = words.pop(0)
        if word == "--":
            break
        options += word[1:2]
        if word[1] in "a" or (word[-1] in "dinNptu" and len(word) == 2):
            if word[-1] == "a":
                continue
            words = words[1:]
    return words, options


def _line(shell: Shell, io: Streams) -> str | None:
    """The next line of what is read; None where it is not known. Lines that were read are gone."""
    own = io.stdin is not None and io.stdin is shell.scope.stdin
    if io.stdin is None:
        return None
    if UNKNOWN_PART in io.stdin.partition("\n")[0]:
        return None
    line, _, rest = io.stdin.partition("\n")
    if own:
        shell.scope.stdin = rest
    shell.status = None
    return line


def _distribute(shell: Shell, names: list[str], line: str) -> None:
    """One field to each name, the rest of the line to the last."""
    ifs = shell.scope.variable("IFS").text
    ifs = " \t\n" if ifs is None else ifs
    blank = "".join(letter for letter in ifs if letter in " \t\n")
    for name in names[:-1]:
        fields = expand.split_at(line, ifs)[1]
        first = fields[0] if fields else ""
        line = line.lstrip(blank)[len(first) :].lstrip(blank) if fields else ""
        line = line[1:] if line[:1] and line[0] in ifs and line[0] not in blank else line
        _store(shell, name, UNKNOWN_PART if UNKNOWN_PART in first else first)
    _store(shell, names[-1], line.strip(blank) if blank else line)


def _mapfile(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    if "-C" in words[:-1]:
        reentry.callback(shell, words[words.index("-C") + 1], ("0", UNKNOWN_PART))
    name = words[-1] if words and words[-1].isidentifier() else "MAPFILE"
    text = io.stdin
    if text is None or UNKNOWN_PART in text:
        shell.scope.variables[name] = UNKNOWN
        return ""
    lines = text.splitlines() if "-t" in words else text.splitlines(keepends=True)
    shell.scope.variables[name] = Variable(None, tuple((str(place), line) for place, line in enumerate(lines)))
    return ""


# Names ----------------------------------------------------------------------------------------------------------------


def _alias(shell: Shell, argv: list[Word], io: Streams) -> str:
    shell.emit(argv, io)
    words = texts(argv)
    for word in words:
        name, sign, text = word.partition("=")
        if sign and not word.startswith("-"):
            key = "\0" + name if "-s" in words else name
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
    "eval": reentry.evaluated,
    "exec": reentry.executed,
    "exit": _jump,
    "export": _declare,
    "false": _false,
    "float": _declare,
    "getopts": _getopts,
    "hash": _silent,
    "history": reentry.history,
    "integer": _declare,
    "let": _let,
    "local": _declare,
    "logout": _jump,
    "mapfile": _mapfile,
    "popd": _popd,
    "printf": _printf,
    "pushd": _pushd,
    "pwd": _succeeds,
    "read": _read,
    "readarray": _mapfile,
    "readonly": _declare,
    "return": _jump,
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
