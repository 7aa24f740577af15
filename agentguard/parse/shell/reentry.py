"""Builtins that run text or another command: eval, source, trap, command, exec and the callbacks of completion."""

from __future__ import annotations

import os.path
from itertools import pairwise
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Via, Word
from agentguard.parse.shell import arithmetic, makers
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.values import shown

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

STDIN = frozenset({"/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})


def evaluated(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`eval words`: the words joined by blanks are code."""
    words = [_looked_up(shell, word.text) for word in argv[1:]]
    return _text(shell, " ".join(words[1:] if words[:1] == ["--"] else words), Via("eval", "eval"), io)


def _looked_up(shell: Shell, text: str) -> str:
    """A word that is looked up when it runs, and was not quoted, is split before it is joined."""
    later = shell.scope.promised(text)
    found = shell.scope.forced(text) if later and later.splits else text
    return text if UNKNOWN_PART in found else " ".join(found.split()) if found != text else text


def _text(shell: Shell, text: str, via: Via, io: Streams) -> str:
    """Run text as code in this shell, fed and redirected by `io`; a part made at run time may be anything."""
    if io.redirects:
        shell.emit((), io)
    text = shown(shell.scope.forced(text))
    if UNKNOWN_PART in text:
        shell.unread("part of this code is made at run time", text)
        if not text.strip(UNKNOWN_PART + " \n\t;"):
            return UNKNOWN_PART
    return shell.fed_by(io, lambda: shell.code(text, via))


def source(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`. file arguments`: a file that is not there is nothing."""
    words = argv[1:]
    if words and words[0].text == "--":
        words = words[1:]
    if not words:
        return ""
    name = words[0].text
    if UNKNOWN_PART in name:
        shell.unread("which file is sourced is made at run time", str(words[0]))
        return UNKNOWN_PART
    path, text = _found(shell, name, io)
    if text is None:
        return _absent(shell, path, io)
    shell.budget.script()
    scope = shell.scope
    before = scope.positional
    if words[1:]:
        scope.positional = tuple(word.text for word in words[1:])
    output = _text(shell, text, Via("script", path), io)
    scope.jumped = False
    if words[1:]:
        scope.positional = before
    return output


def _found(shell: Shell, name: str, io: Streams) -> tuple[str, str | None]:
    """The path and text of a sourced file; without a slash it is looked for in PATH too."""
    if name in STDIN:
        return name, _fed(shell, io)
    path = shell.scope.path(name)
    text = shell.text_of(path)
    if text is not None or "/" in name:
        return path, text
    for folder in shell.scope.text("PATH").split(":")[:16]:
        text = shell.text_of(os.path.join(folder or ".", name)) if folder.startswith("/") else None
        if text is not None:
            return os.path.join(folder, name), text
    return path, None


def _fed(shell: Shell, io: Streams) -> str | None:
    """What a shell that reads its own input as code is fed; None where that is not known."""
    if io.stdin is None:
        return shell.text_of(io.stdin_file) if io.stdin_file else None
    text = shell.scope.forced(io.stdin)
    return None if UNKNOWN_PART in text else text


def _absent(shell: Shell, path: str, io: Streams) -> str:
    """Nothing to read: harmless where the file is not there, Unknown where its text is only known at run time."""
    if (path in STDIN and io.piped) or (path not in STDIN and path.startswith(("/dev/fd/", "/proc/self/fd/"))):
        shell.unread("what is sourced from an open file is not known", path)
    elif io.redirects:
        shell.emit((), io)
    return UNKNOWN_PART


def trap(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`trap text signals`: read when the shell ends, and for any signal but EXIT at once too."""
    shell.emit(argv, io)
    words = [word.text for word in argv[1:] if word.text != "--"]
    if len(words) < 2 or words[0] in ("-", "", "-l", "-p"):
        return ""
    text, signals = words[0], words[1:]
    if any(signal not in ("EXIT", "0") for signal in signals):
        state, _ = shell.maybe(lambda: shell.code(text, Via("trap", "trap")))
        shell.scope.become(shell.scope, state)
        shell.repeated = True
    shell.scope.traps = (*shell.scope.traps, text)
    return ""


def command(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`command name`: past functions and aliases. With -v it only tells where the name is found."""
    words = list(argv[1:])
    while words and words[0].text.startswith("-") and len(words[0].text) > 1:
        option = words.pop(0).text
        if option != "--" and ("v" in option or "V" in option):
            shell.emit(argv, io)
            return (
                "".join(f"{makers.found(shell, word.text)}\n" for word in words)
                if option == "-v" and len(words) == 1
                else UNKNOWN_PART
            )
    return _inner(shell, words, io)


def builtin(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`builtin name`: past functions and aliases."""
    return _inner(shell, list(argv[1:]), io)


def _inner(shell: Shell, words: list[Word], io: Streams) -> str:
    if not words:
        if io.redirects:
            shell.emit((), io)
        return ""
    return shell.command(words, io, functions=False)


def executed(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`exec name`: the shell becomes the program. Without a name its redirects stay in force."""
    words = list(argv[1:])
    while words and words[0].text.startswith("-") and len(words[0].text) > 1:
        option = words.pop(0).text
        if option == "--":
            break
        if option.endswith("a") and words:
            words.pop(0)
    if not words:
        if io.redirects:
            shell.emit((), io)
        shell.scope.stdin, shell.scope.piped, shell.scope.stdin_file = io.stdin, io.piped, io.stdin_file
        return ""
    output = _inner(shell, words, io)
    shell.scope.jumped = True
    return output


def emulated(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`emulate sh -c text` of zsh. Arrays are those of ksh from then on where that is what it names."""
    words = [word.text for word in argv[1:]]
    if "-c" in words[:-1]:
        return _text(shell, words[words.index("-c") + 1], Via("eval", "emulate"), io)
    shell.emit(argv, io)
    kind = {"ksharrays"}
    options = shell.scope.options
    shell.scope.options = options | kind if {"sh", "ksh"} & set(words) else options - kind
    return ""


def prompted(shell: Shell, argv: list[Word]) -> None:
    """`print -P` of zsh: with PROMPT_SUBST, what substitutions in its text run is read."""
    options = "".join(word.text[1:] for word in argv[1:] if word.text.startswith("-"))
    if "P" in options and shell.scope.dialect == "zsh" and "promptsubst" in shell.scope.options:
        shell.inside(lambda: "".join(arithmetic.embedded(shell, word.text) for word in argv[1:]))


def scheduled(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`sched +1 command` of zsh: read as if it ran now."""
    return _text(shell, " ".join(word.text for word in argv[2:]), Via("eval", "sched"), io)


def callback(shell: Shell, text: str, arguments: tuple[str, ...]) -> None:
    """Text that a builtin calls with arguments of its own behind it."""
    shell.inside(lambda: shell.code(" ".join((text, *arguments)), Via("eval", "callback")))


def completes(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`compgen` and `complete`: -W expands its words, -C runs a command, -F calls a function."""
    shell.emit(argv, io)
    words = [word.text for word in argv[1:]]
    for option, text in pairwise(words):
        if option == "-W":
            arithmetic.embedded(shell, text)
        elif option in ("-C", "-F"):
            callback(shell, text, ())
    return UNKNOWN_PART


def history(shell: Shell, argv: list[Word], io: Streams) -> str:
    """`history -s text` keeps a line for later: it is read now, since what runs it later cannot be told."""
    shell.emit(argv, io)
    words = [word.text for word in argv[1:]]
    if words[:1] == ["-s"]:
        callback(shell, " ".join(words[1:]), ())
    return UNKNOWN_PART
