"""One program as it is handed on: its words, what it is fed, and the variables and files the line left for it.

A text that was left to be looked up later is looked up here for programs that run what they are given, and for no
other: `cat .env` alone reads nothing.
"""

from __future__ import annotations

import os.path
from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.shell.redirects import Streams
from agentguard.parse.shell.scope import Scope
from agentguard.parse.shell.values import shown, word_of

RUNNERS = frozenset(
    {
        "ash", "bash", "busybox", "clickhouse-client", "cockroach", "cqlsh", "dash", "doas", "docker", "duckdb", "env",
        "fish", "kubectl", "ksh", "lua", "make", "mariadb", "mongo", "mongosh", "mysql", "node", "nohup", "parallel",
        "perl", "php", "podman", "psql", "python", "redis-cli", "ruby", "sh", "sqlcmd", "sqlite", "sqlplus", "ssh",
        "su", "sudo", "timeout", "xargs", "zsh",
    }
)  # fmt: skip  # programs that run what they are given: for these alone a file is read to know their words or input


def program(scope: Scope, argv: tuple[Word, ...], io: Streams, *, own: bool) -> Invocation:
    """The Invocation of these words in this state; without words, that of the redirects alone.

    `own`: a builtin of the shell, which takes no variables from the environment.
    """
    runs = bool(argv) and _runs(scope, argv[0].text)
    stdin, stdin_file = _fed(scope, io, runs=runs)
    found = Invocation(
        argv,
        io.redirects,
        scope.via,
        "" if UNKNOWN_PART in scope.cwd else scope.cwd,
        scope.exported() if scope.variables and not own else (),
        scope.bare_environment,
        stdin,
        io.piped,
        stdin_file,
        () if own else _written(scope, runs=runs),
    )
    return _settled(scope, found, runs=runs) if scope.later else found


def _runs(scope: Scope, name: str) -> bool:
    """Whether a program runs what it is given; one that the line wrote itself is text, too."""
    return os.path.basename(name).rstrip("0123456789.") in RUNNERS or ("/" in name and scope.path(name) in scope.files)


def _written(scope: Scope, *, runs: bool) -> tuple[tuple[str, Word], ...]:
    """The files that the line wrote so far; their texts are made only for a program that may run one."""
    if not runs:
        return scope.files.words
    return tuple((path, word_of(shown(scope.forced(text)))) for path, text in scope.files.items())


def _fed(scope: Scope, io: Streams, *, runs: bool) -> tuple[Word | None, str]:
    """What a program is fed: text, or a file. A text of which nothing is known is none."""
    if io.stdin is None:
        return None, io.stdin_file
    later = scope.promised(io.stdin)
    if later and later.path:
        return None, later.path
    text = shown(scope.forced(io.stdin) if runs else io.stdin)
    if UNKNOWN_PART in text and not text.strip(UNKNOWN_PART + " \n"):
        return None, io.stdin_file
    return word_of(text), io.stdin_file


def _settled(scope: Scope, found: Invocation, *, runs: bool) -> Invocation:
    """The words without the marks of what is looked up later: looked up where the program runs what it is given."""
    every = (*found.argv, *(each.target for each in found.redirects), *(word for _, word in found.variables if word))
    if all(word.known for word in every):
        return found
    argv = tuple(each for word in found.argv for each in _words(scope, word, runs=runs))
    redirects = tuple(replace(each, target=_word(scope, each.target, runs=False)) for each in found.redirects)
    variables = tuple((name, value and _word(scope, value, runs=False)) for name, value in found.variables)
    return replace(found, argv=argv, redirects=redirects, variables=variables)


def _words(scope: Scope, word: Word, *, runs: bool) -> tuple[Word, ...]:
    """What a word of the command becomes: several, where it was not quoted and its text is looked up."""
    whole = _word(scope, word, runs=runs)
    later = scope.promised(word.text) if not word.known and whole.known else None
    return tuple(map(word_of, whole.text.split())) if later and later.splits else (whole,)


def _word(scope: Scope, word: Word, *, runs: bool) -> Word:
    return word if word.known else word_of(shown(scope.forced(word.text) if runs else word.text), word.glob)
