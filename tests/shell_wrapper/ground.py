"""What many commands are tried on: a home laid out anew for each, a guard, and stubs for all that reaches out.

Promises: before every run the home and /tmp hold the same files; a program that has a table is a stub that writes down
how it was called, and goes on as the program only where that is a plain tool. To be used inside `sandbox`.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agentguard.broker.api import broker
from agentguard.broker.launchers import write_shell, write_shims
from agentguard.broker.places import Places, places
from agentguard.broker.shimmed import OURS, shimmed
from agentguard.broker.start import ensure, hook_words
from agentguard.cli.install.claude_code import hook_command
from agentguard.tools import shipped
from tests.shell_wrapper import cell
from tests.shell_wrapper.stage import SNAPSHOT

GUARD, HOME, TEMPORARY = Path("/guard"), Path("/home/dev"), Path("/tmp")  # as sandbox lays them out
WORK = HOME / "shop"
PLAIN = """
awk base64 basename bash cat chmod chown cmp comm cp csplit cut dash date dd diff dirname echo ed env expand expr
factor false file find fmt fold grep egrep fgrep gzip gunzip head hostname id install join jq less link ln ls make
md5sum mkdir mkfifo mktemp mv nice nl nohup node nproc od paste patch perl pr printenv printf ps pwd python3 readlink
realpath rename rev rm rmdir sed seq setsid sh sha256sum shred shuf sleep sort split stat stdbuf sync tac tail tar tee
test timeout touch tr true truncate tsort tty uname unexpand uniq unlink wc which whoami xargs xxd yes zcat zsh
""".split()  # real ones: they can harm nothing but the home that is laid out anew
NOTE = """\
#!/bin/sh
given=$({given}; echo .)
printf '%s\\037' "${{0##*/}}" "$(pwd -P)" "$given" "$(/usr/bin/env)" "$@" '\036' >> {log}
{then}
"""
SPEAK = 'echo "${0##*/} was here"'
END, PART = "\x1f\x1e\x1f", "\x1f"
LONG_AGO = 1_700_000_000  # when every file was written
GROUP = re.compile(rb"(?<=terminal process group) \(-?\d+\)")  # an interactive bash tells its number in a complaint
VARIES = ("PATH", "SHELL", "_")  # variables that differ by what is tried: where launchers come from
FILES = {
    "victim/keep.txt": "keep\n",
    "victim/sub/b.txt": "b\n",
    "data.txt": "data\n",
    "a.txt": "a\n",
    "notes.log": "n\n",
    "src/app.py": "print(1)\n",
    ".git/HEAD": "ref: refs/heads/feature\n",
    ".git/config": "[core]\n\trepositoryformatversion = 0\n",
    ".git/refs/heads/.keep": "",
    ".git/objects/.keep": "",
    f"~/.claude/shell-snapshots/{SNAPSHOT}": "alias ll='ls -l'\n",
}
Tree = Mapping[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Case:
    """A line with the files and variables it is about."""

    name: str
    line: str
    shell: str = "bash"
    files: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ran:
    """What came of one run: its end and output, how the stubs were called, what lay there before and after."""

    ended: cell.Ended
    calls: tuple[str, ...]
    before: Tree
    tree: Tree

    def differs(self, other: Ran) -> frozenset[str]:
        """In what two runs differ."""
        pairs = {
            "end": (self.ended.how, other.ended.how),
            "output": (self.ended.output, other.ended.output),
            "error": (GROUP.sub(b"", self.ended.error), GROUP.sub(b"", other.ended.error)),
            "calls": (self.calls, other.calls),
            "files": (self.tree, other.tree),
        }
        return frozenset(name for name, (one, two) in pairs.items() if one != two)


@dataclass(frozen=True, slots=True)
class Told:
    """What the guard's log says of a run: how often it was asked about a program, and how often it let that pass."""

    asked: Counter[str]
    passed: Counter[str]

    @property
    def refused(self) -> bool:
        return self.asked != self.passed


class Ground:
    """The machine. `shims` and `stubs` are directories for PATH, `prefix` the shell's launcher."""

    def __init__(self) -> None:
        self.here: Places = places(GUARD / "s", GUARD / "c")
        self.shims, self.stubs, self.log, self.io = (GUARD / name for name in ("shims", "stubs", "called", "io"))
        for directory in (self.here.state, self.here.config, self.stubs, self.io, HOME):
            directory.mkdir(mode=0o700)
        self.own = hook_command(hook_words(self.here, "claude-code"))
        self.prefix = write_shell(GUARD / "shell", self.here, (self.own,))
        self._write_programs()
        ensure(self.here)
        broker(self.here).status()  # raises what keeps it from judging
        self._read = 0

    def _write_programs(self) -> None:
        plain = {name: found for name in PLAIN if (found := shutil.which(name, path="/usr/bin:/bin"))}
        worth = set(shimmed(shipped()))
        for name in sorted({*plain, *shipped()} - OURS):
            path = self.stubs / name
            if name in plain and name not in worth:
                path.symlink_to(plain[name])
            else:
                then = f'exec {plain[name]} "$@"' if name in plain else SPEAK
                path.write_text(NOTE.format(given=":" if name in plain else "/bin/cat", log=self.log, then=then))
                path.chmod(0o755)
        self.shimmed = write_shims(self.shims, self.here, sorted(worth & set(os.listdir(self.stubs))))

    def close(self) -> None:
        broker(self.here, start=False).stop()

    def environ(self, case: Case, **more: str) -> dict[str, str]:
        told = {"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": case.name, "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
        own = {"HOME": str(HOME), "USER": "dev", "TERM": "xterm", "PATH": str(self.stubs)}
        theirs = {name: value.replace("~/", f"{HOME}/", value.startswith("~/")) for name, value in case.environ.items()}
        return {**own, **theirs, **told, **more}

    def lay_out(self, files: Mapping[str, str]) -> None:
        """Put the home and /tmp back to what they hold before every run, and these files."""
        for directory in (HOME, TEMPORARY):
            for entry in list(directory.iterdir()):
                _remove(entry)
        for name, text in {**FILES, **files}.items():
            path = HOME / name[2:] if name.startswith("~/") else WORK / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            path.chmod(0o755 if text.startswith("#!") else 0o644)
        for folder, _, names in os.walk(HOME):
            for path in (Path(folder), *(Path(folder, name) for name in names)):
                os.utime(path, (LONG_AGO, LONG_AGO))  # archives and caches keep it

    def run(self, case: Case, words: Sequence[str], given: bytes, **more: str) -> Ran:
        """Run a case's words in what lies there."""
        self.log.unlink(missing_ok=True)
        before = dict(_tree())
        ended = cell.run(words, WORK, self.environ(case, **more), given, self.io)
        return Ran(ended, tuple(self._calls()), before, dict(_tree()))

    def hook(self, case: Case, mode: str, **more: str) -> cell.Ended:
        """What the agent's hook says to the line, where everything lies as the last run has left it."""
        event = {"hook_event_name": "PreToolUse", "tool_name": "Bash", "tool_use_id": f"toolu_{case.name}"}
        event |= {"session_id": case.name, "permission_mode": mode, "cwd": str(WORK)}
        given = json.dumps({**event, "tool_input": {"command": case.line}}).encode()
        return cell.run(hook_words(self.here, "claude-code"), WORK, self.environ(case, **more), given, self.io)

    def confirm(self, text: str) -> bool:
        """The developer's yes to the call of which a text tells; False where that waits for somebody else."""
        _, found, hold = text.partition("agentguard confirm ")
        if found:
            guard = broker(self.here)
            guard.confirm(hold[:13], guard.hold(hold[:13]).asker.os_user)
        return bool(found)

    def told(self) -> Told:
        """What the log has said since this was asked last, by the first word of the call."""
        asked: Counter[str] = Counter()
        passed: Counter[str] = Counter()
        with self.here.log.open("rb") as log:
            log.seek(self._read)
            for entry in map(json.loads, log):
                body = entry["body"]["hold"] if entry["kind"] == "held" else entry["body"]
                if entry["kind"] in ("decision", "held", "passed"):
                    program = (body["call"].split() or [""])[0]
                    asked[program] += 1
                    passed[program] += entry["kind"] == "passed" or body.get("action") == "allow"
            self._read = log.tell()
        return Told(asked, +passed)

    def without_shims(self, output: bytes) -> bytes:
        """What tells where programs stand, as it would have told it without shims."""
        shims, stubs = os.fsencode(self.shims), os.fsencode(self.stubs)
        return output.replace(shims + b":" + stubs, stubs).replace(shims, stubs)

    def _calls(self) -> Iterator[str]:
        text = self.log.read_text("utf-8", "surrogateescape") if self.log.exists() else ""
        for record in text.split(END)[:-1]:
            name, cwd, given, environ, *words = record.split(PART)
            variables = sorted(line for line in environ.splitlines() if not line.startswith(VARIES_AS))
            yield PART.join((name, *words, "in " + cwd, "given " + given, *variables))


VARIES_AS = tuple(f"{name}=" for name in VARIES)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _tree() -> Iterator[tuple[str, tuple[int, str]]]:
    """Every path of the home and of /tmp with its mode and what it holds."""
    for top in (HOME, TEMPORARY):
        for folder, directories, names in os.walk(top):
            for name in (*directories, *names):
                path = Path(folder, name)
                yield str(path), _facts(path)


def _facts(path: Path) -> tuple[int, str]:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        return mode, os.readlink(path)
    return mode, path.read_bytes().decode("latin-1") if stat.S_ISREG(mode) else ""
