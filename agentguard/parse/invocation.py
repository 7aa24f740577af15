"""What the shell reader hands on: one simple command after every expansion, before any tool's table is consulted."""

from __future__ import annotations

from dataclasses import dataclass, field

from agentguard.model.command import Redirect, Via, Word


@dataclass(frozen=True, slots=True)
class Invocation:
    """One program about to be started.

    `argv` is empty for a line of redirects alone (`> file`). `variables` are those the line set or unset (None) so far
    and that the program would get. `stdin` is the text it is fed where that is known; `piped` tells that something is
    fed to it, known or not. `stdin_file` is the absolute path of a file it is fed (`< file`). `written` are the files
    that the line itself wrote before, by absolute path: scripts it made, and the `/dev/fd/…` of `<(…)`.
    """

    argv: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()
    via: tuple[Via, ...] = ()
    cwd: str = ""
    variables: tuple[tuple[str, Word | None], ...] = ()
    bare_environment: bool = False
    stdin: Word | None = None
    piped: bool = False
    stdin_file: str = ""
    written: tuple[tuple[str, Word], ...] = field(default=(), hash=False)  # long, and the same for most


@dataclass(frozen=True, slots=True)
class Embedded:
    """Text of another language inside a program's input: `shell` text, or an `sql` file that its client includes.

    For `shell`, `text` is the line; for `file`, the path as written.
    """

    language: str
    text: str
