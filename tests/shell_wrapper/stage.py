"""A scratch machine: a real broker, the launchers, and stub programs that only write down how they were called."""

from __future__ import annotations

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agentguard.broker.api import broker
from agentguard.broker.launchers import write_shell, write_shims
from agentguard.broker.places import Places, places
from agentguard.broker.start import ensure, hook_words
from agentguard.cli.install.claude_code import hook_command

BASH = "/bin/bash"
STUBBED = ("aws", "git", "kubectl", "psql", "rm")
STUB = """\
#!/bin/sh
printf '%s\\n' "$0 $*" >> '{log}'
cat >> '{log}'
"""
SNAPSHOT = "snapshot-bash-1795220499366-6050pj.sh"
FRAME = (
    "source {snapshot} 2>/dev/null || true"
    " && {{ \\builtin shopt -u extglob || \\builtin setopt NO_EXTENDED_GLOB NO_EQUALS; }} >/dev/null 2>&1 || true"
    " && {{ \\builtin unalias -- 'which'; \\builtin unset -f -- 'which'; }} >/dev/null 2>&1 || true"
    " && eval {command} < /dev/null && pwd -P >| {directory}"
)


def quoted(text: str) -> str:
    """As Claude Code quotes a word."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


Ended = subprocess.CompletedProcess[bytes]


@dataclass
class Stage:
    """The machine. `work` is the checkout, `log` what the stubs were called with."""

    folder: Path
    here: Places = field(init=False)

    def __post_init__(self) -> None:
        self.here = places(self.folder / "s", self.folder / "c")
        for directory in (self.work, self.stubs, self.home / ".claude" / "shell-snapshots"):
            directory.mkdir(parents=True)
        self.here.state.mkdir(mode=0o700)
        self.here.config.mkdir()
        (self.home / ".claude" / "shell-snapshots" / SNAPSHOT).write_text("alias ll='ls -l'\n")
        for name in STUBBED:
            (self.stubs / name).write_text(STUB.format(log=self.log))
            (self.stubs / name).chmod(0o755)
        subprocess.run(["/usr/bin/git", "init", "-q", str(self.work)], check=True, env={})
        self.own = hook_command(hook_words(self.here, "claude-code"))
        self.prefix = write_shell(self.folder / "shell", self.here, (self.own,))
        write_shims(self.shims, self.here, STUBBED)
        ensure(self.here)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    @property
    def work(self) -> Path:
        return self.home / "shop"

    @property
    def stubs(self) -> Path:
        return self.folder / "stubs"

    @property
    def shims(self) -> Path:
        return self.folder / "shims"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def close(self) -> None:
        broker(self.here, start=False).stop()

    def environ(self, session: str = "s1", **more: str) -> dict[str, str]:
        """The environment of what Claude Code starts."""
        told = {"CLAUDECODE": "1", "CLAUDE_CODE_SESSION_ID": session, "SHELL": BASH, "LANG": "C.UTF-8"}
        return {"HOME": str(self.home), "PATH": f"{self.stubs}:/usr/bin:/bin", **told, **more}

    def run(self, *words: str, given: bytes | None = b"", session: str = "s1", **more: str) -> Ended:
        environ = self.environ(session, **more)
        return subprocess.run(
            words, input=given, capture_output=True, cwd=self.work, env=environ, check=False, timeout=60
        )

    def line(self, command: str, name: str = "46a0") -> str:
        """The whole line that Claude Code gives its shell for a command."""
        snapshot = self.home / ".claude" / "shell-snapshots" / SNAPSHOT
        directory = self.folder / f"claude-{name}-cwd"
        return FRAME.format(snapshot=snapshot, command=quoted(command), directory=directory)

    def wrapped(self, command: str, **more: str) -> Ended:
        """A command as Claude Code starts it where the prefix is set."""
        return self.run(BASH, "-c", f"{self.prefix} {quoted(self.line(command))}", **more)

    def event(
        self, command: str, use: str = "toolu_1", mode: str = "default", session: str = "s1", tool: str = "Bash"
    ) -> bytes:
        """What Claude Code tells its hook before a call."""
        fields = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_use_id": use, "session_id": session}
        fields |= {"permission_mode": mode, "cwd": str(self.work)}
        return json.dumps({**fields, "tool_input": {"command": command}}).encode()

    def hook(self, command: str, **more: str) -> Ended:
        return self.run(*hook_words(self.here, "claude-code"), given=self.event(command, **more))

    def called(self) -> str:
        """What the stubs have been called with since this was asked last."""
        told = os.fsdecode(self.log.read_bytes()) if self.log.exists() else ""
        self.log.unlink(missing_ok=True)
        return told.replace(f"{self.stubs}/", "")

    def entries(self) -> list[dict[str, Any]]:
        """The log, entry by entry."""
        return [json.loads(line) for line in self.here.log.read_text().splitlines()]

    def last(self, kind: str = "") -> dict[str, Any]:
        """The newest entry of the log, once it is of this kind: who tells an end does not wait for an answer."""
        late = time.monotonic() + 10
        while (entry := self.entries()[-1])["kind"] != (kind or entry["kind"]) and time.monotonic() < late:
            time.sleep(0.01)
        return entry

    def confirm(self, text: str) -> None:
        """The developer's yes to the call of which the agent was told."""
        hold = text[text.index("ag-") :][:13]
        guard = broker(self.here)
        guard.confirm(hold, guard.hold(hold).asker.os_user)


def asked(ended: Ended) -> bool:
    """Did the hook put a question to the developer."""
    return ended.returncode == 0 and b'"ask"' in ended.stdout


def passed(ended: Ended) -> bool:
    return (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b"")
