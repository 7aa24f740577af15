"""Redirects: what a command is fed, where its output goes, and the files it opens for writing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agentguard.model.command import UNKNOWN_PART, Redirect
from agentguard.parse.shell import expand
from agentguard.parse.shell.tree import Redirection, Substitution, Written

if TYPE_CHECKING:
    from agentguard.parse.shell.evaluate import Shell

OUTPUT = ("", "1")
INPUT = ("", "0")


@dataclass(frozen=True, slots=True)
class Streams:
    """What a command is fed and where its output goes. `target` is the file or `/dev/fd/…` of its standard output."""

    redirects: tuple[Redirect, ...] = ()
    stdin: str | None = None
    piped: bool = False
    stdin_file: str = ""
    hidden: bool = False
    target: str = ""
    appends: bool = False


def streams(shell: Shell, redirections: tuple[Redirection, ...]) -> Streams:
    """The streams of a command with these redirects, in a shell that is fed something itself."""
    scope = shell.scope
    io = Streams((), scope.stdin, scope.piped, scope.stdin_file)
    for each in redirections:
        shell.budget.step()
        io = READERS.get(each.operator, _output)(shell, each, io)
    return io


def _heredoc(shell: Shell, each: Redirection, io: Streams) -> Streams:
    text = expand.text(shell, each.target)
    if each.descriptor not in INPUT:
        return io
    return replace(io, stdin=text + "\n" * (each.operator == "<<<"), piped=True, stdin_file="")


def _input(shell: Shell, each: Redirection, io: Streams) -> Streams:
    path = shell.scope.path(expand.text(shell, each.target))
    if each.descriptor not in INPUT or path in ("/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"):
        return io
    known = shell.scope.files.get(path)
    if known is not None:
        return replace(io, stdin=known, piped=True, stdin_file="")
    return replace(io, stdin=None, piped=True, stdin_file="" if UNKNOWN_PART in path else path)


def _both(shell: Shell, each: Redirection, io: Streams) -> Streams:
    io = _input(shell, each, io)
    targets = expand.words(shell, each.target)
    return replace(io, redirects=(*io.redirects, *(Redirect("<>", target) for target in targets)))


def _from(shell: Shell, each: Redirection, io: Streams) -> Streams:
    """`<&3`: the input is whatever that descriptor is."""
    expand.text(shell, each.target)
    return replace(io, stdin=None, piped=True, stdin_file="") if each.descriptor in INPUT else io


def _to(shell: Shell, each: Redirection, io: Streams) -> Streams:
    """`>&2` copies a descriptor; `>& file` is a file for both outputs."""
    text = expand.text(shell, each.target)
    if not (text.rstrip("-").isdigit() or text == "-"):
        return _output(shell, each, io)
    hidden = io.hidden or (each.descriptor in OUTPUT and text != "1")
    shell.merged = shell.merged or (each.descriptor == "2" and text == "1")
    shell.leaked = shell.leaked or (hidden and text not in ("1", "-") and (text != "2" or shell.merged))
    return replace(io, redirects=(*io.redirects, Redirect(">&", expand.words(shell, each.target)[0])), hidden=hidden)


def _output(shell: Shell, each: Redirection, io: Streams) -> Streams:
    """A file opened for writing, or the input of a `>(…)`."""
    whole = each.descriptor in OUTPUT or each.operator.startswith("&")
    if _process(each.target):
        path = expand.text(shell, each.target)
        return replace(io, hidden=True, target=path) if whole else io
    targets = expand.words(shell, each.target)
    operator = each.operator.replace("!", "|")
    io = replace(io, redirects=(*io.redirects, *(Redirect(operator, target) for target in targets)))
    if not whole or not targets:
        return io
    path = shell.scope.path(targets[-1].text)
    if targets[-1].text in ("/dev/stdout", "/dev/fd/1"):
        return io
    return replace(io, hidden=True, target=path, appends=">>" in operator)


def _process(target: Written) -> bool:
    return len(target.parts) == 1 and isinstance(target.parts[0], Substitution) and target.parts[0].form == ">("


READERS: dict[str, Callable[[Shell, Redirection, Streams], Streams]] = {
    "<": _input,
    "<&": _from,
    "<<": _heredoc,
    "<<-": _heredoc,
    "<<<": _heredoc,
    "<>": _both,
    ">&": _to,
}
