"""The ways one line comes to be run, each with us and without: through the shell's launcher, or below shims.

Promises: what is run without us differs from what is run with us in the launcher alone.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.shell_wrapper.ground import TEMPORARY, Case, Ground
from tests.shell_wrapper.stage import BASH, FRAME, SNAPSHOT, quoted

ZSH = "/usr/bin/zsh"
TYPED = b"one\ntwo\n"  # on standard input, where no shim would take it for a program's


@dataclass(frozen=True, slots=True)
class Start:
    """What to start: words, and the variables and files it needs."""

    words: tuple[str, ...]
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """A way of running a line: `start` makes it of the line, the shell's path, and the prefix (nothing without us).

    `whole`: the whole line is judged at once; `alike`: as the line that the hook is asked about; `framed`: in the frame
    that makes it the very call of the hook. `shims`: they stand in PATH.
    """

    name: str
    start: Callable[[str, str, str], Start]
    whole: bool = False
    shims: bool = False
    alike: bool = False
    framed: bool = False
    shell: str = BASH

    def ours(self, ground: Ground, case: Case) -> Start:
        folder = ground.prefix.parent
        started = self.start(
            case.line, f"{folder}/{Path(self.shell).name}" if self.whole else self.shell, f"{ground.prefix} "
        )
        path = f"{ground.shims}:{ground.stubs}" if self.shims else str(ground.stubs)
        return Start(started.words, {"PATH": path, **started.environ}, started.files)

    def bare(self, ground: Ground, case: Case) -> Start:
        started = self.start(case.line, self.shell, "")
        return Start(started.words, {"PATH": str(ground.stubs), **started.environ}, started.files)


def _called(line: str, shell: str, _prefix: str) -> Start:
    return Start((shell, "-c", line), {"SHELL": ZSH} if shell.endswith("zsh") else {})


def _login(line: str, shell: str, _prefix: str) -> Start:
    return Start((shell, "-c", "-l", line))


def _framed(line: str, _shell: str, prefix: str) -> Start:
    """As Claude Code starts its line, with CLAUDE_CODE_SHELL_PREFIX and without."""
    snapshot = f"/home/dev/.claude/shell-snapshots/{SNAPSHOT}"
    whole = FRAME.format(snapshot=snapshot, command=quoted(line), directory=TEMPORARY / "claude-46a0-cwd")
    return Start((BASH, "-c", f"{prefix}{quoted(whole)}" if prefix else whole))


def _as_shell(line: str, shell: str, _prefix: str) -> Start:
    return Start(("/bin/sh", "-c", '"$SHELL" -c "$1"', "sh", line), {"SHELL": shell})


def _script(line: str, _shell: str, _prefix: str) -> Start:
    return Start((f"{TEMPORARY}/run.sh",), files={f"{TEMPORARY}/run.sh": f"#!/bin/bash\n{line}\n"})


def _sh(line: str, _shell: str, _prefix: str) -> Start:
    return Start(("/bin/sh", "-c", line))


def _make(line: str, _shell: str, _prefix: str) -> Start:
    recipe = shlex.quote(line).replace("$", "$$").replace("\n", "'\"$$NEWLINE\"'")
    file = f"{TEMPORARY}/mk"
    return Start(("make", "-s", "-f", file), {"NEWLINE": "\n"}, {file: f"all:\n\t@bash -c {recipe}\n"})


def _xargs(line: str, _shell: str, _prefix: str) -> Start:
    return Start(("/bin/sh", "-c", "printf '%s\\0' \"$1\" | xargs -0 bash -c", "sh", line))


def _env(line: str, _shell: str, _prefix: str) -> Start:
    return Start(("env", "-u", "NOTHING", "bash", "-c", line))


FORMS = (
    Form("called bash", _called, whole=True, alike=True),
    Form("called bash, shims", _called, whole=True, shims=True, alike=True),
    Form("login", _login, whole=True),
    Form("prefix", _framed, whole=True, alike=True, framed=True),
    Form("prefix, shims", _framed, whole=True, shims=True, alike=True, framed=True),
    Form("SHELL", _as_shell, whole=True, alike=True),
    Form("bash, shims", _called, shims=True),
    Form("script, shims", _script, shims=True),
    Form("sh, shims", _sh, shims=True),
    Form("make, shims", _make, shims=True),
    Form("xargs, shims", _xargs, shims=True),
    Form("env, shims", _env, shims=True),
    Form("called zsh", _called, whole=True, alike=True, shell=ZSH),
)
