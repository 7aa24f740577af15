"""Start a hook as its agent would, with events that must be denied and one that must pass.

Promises: an event is a text; what it asks for is run by nobody. The user's broker is left alone: for the tries without
one the hook is sent to sockets in a directory of our own, with the rest of its command as it stands.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agentguard.cli.doctor.facts import Answer, Canary
from agentguard.cli.install.claude_code import hook_command

SLACK = 5  # seconds over its own deadline until a hook counts as one that never ends
SHORT = "1"  # seconds: the deadline of the try with a broker that says nothing
BESIDES = 3  # tries at once: each is an interpreter, and the broker's turn
SHELL, TOOL = {"claude-code": "Bash", "kiro": "execute_bash"}, {"claude-code": "Write", "kiro": "fs_write"}
LINES = {Canary.DESTRUCTIVE: "rm -rf /", Canary.HARMLESS: "pwd"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A hook to try: its command line, the settings it stands in, and the program before its shell ("" for none).

    `question` is the part of the command that names socket, agent and deadline; "" where it could not be told apart.
    """

    agent: str
    command: str
    settings: str
    question: str
    deadline: int
    prefix: str = ""


def tried(subject: Subject) -> Mapping[Canary, Answer]:
    """What the hook answered to each canary. The first one starts the broker where none runs, as any call would."""
    first = {Canary.DESTRUCTIVE: _asked(subject, Canary.DESTRUCTIVE)}
    with tempfile.TemporaryDirectory(prefix="ag-") as scratch, ThreadPoolExecutor(BESIDES) as together:
        others = {
            kind: together.submit(_asked, subject, kind) for kind in Canary if kind in EVENTS and kind not in first
        }
        if subject.question:
            others[Canary.NO_BROKER] = together.submit(_without_broker, subject, Path(scratch))
            others[Canary.SILENT_BROKER] = together.submit(_with_silent_broker, subject, Path(scratch))
        return first | {kind: answer.result() for kind, answer in others.items()}


def _asked(subject: Subject, kind: Canary) -> Answer:
    return _started(_as_its_agent(subject), EVENTS[kind](subject), subject.deadline)


def _without_broker(subject: Subject, scratch: Path) -> Answer:
    command = _sent_to(subject, scratch / "gone.sock", str(subject.deadline))
    return _started(["/bin/sh", "-c", command], _line(subject, Canary.DESTRUCTIVE), subject.deadline)


def _with_silent_broker(subject: Subject, scratch: Path) -> Answer:
    """The hook's answer where a socket takes its question and nobody ever answers."""
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(scratch / "silent.sock"))
        silent.listen()
        command = _sent_to(subject, scratch / "silent.sock", SHORT)
        return _started(["/bin/sh", "-c", command], _line(subject, Canary.DESTRUCTIVE), int(SHORT))


def _sent_to(subject: Subject, path: Path, deadline: str) -> str:
    """The hook's command with another socket and deadline, and without the words that would start a broker there."""
    before = subject.command.partition(subject.question)[0]
    return before + hook_command((str(path), subject.agent, deadline))


def _as_its_agent(subject: Subject) -> list[str]:
    """How the agent starts the command: by /bin/sh, or handed as one word to the program before its shell."""
    if not subject.prefix:
        return ["/bin/sh", "-c", subject.command]
    quoted = subject.command.replace("'", "'\"'\"'")
    return ["/bin/bash", "-c", f"{subject.prefix} '{quoted}'"]


def _started(words: list[str], event: bytes, deadline: int) -> Answer:
    environ = {**os.environ, "CLAUDECODE": "1"}
    try:
        ended = subprocess.run(
            words, input=event, env=environ, capture_output=True, timeout=deadline + SLACK, check=False
        )
    except subprocess.TimeoutExpired:
        return Answer(None, "", "")
    except OSError as error:
        return Answer(127, "", str(error))
    return Answer(ended.returncode, ended.stdout.decode("utf-8", "replace"), ended.stderr.decode("utf-8", "replace"))


# Events -----------------------------------------------------------------------------------------------------------


def _line(subject: Subject, kind: Canary) -> bytes:
    return _event(SHELL[subject.agent], {"command": LINES[kind]})


def _write(subject: Subject) -> bytes:
    """The agent empties the settings that start this hook; Claude Code and Kiro name the fields differently."""
    given = {"command": "create", "path": subject.settings, "file_text": "{}"}
    return _event(TOOL[subject.agent], {**given, "file_path": subject.settings, "content": "{}"})


def _event(tool: str, given: Mapping[str, str]) -> bytes:
    told = {
        "session_id": "agentguard-doctor",
        "cwd": os.getcwd(),
        "permission_mode": "default",
        "hook_event_name": "PreToolUse",
        "tool_name": tool,
        "tool_input": given,
        "tool_use_id": "doctor",
    }
    return json.dumps(told).encode("ascii")


EVENTS = {
    Canary.DESTRUCTIVE: lambda subject: _line(subject, Canary.DESTRUCTIVE),
    Canary.HARMLESS: lambda subject: _line(subject, Canary.HARMLESS),
    Canary.MALFORMED: lambda _subject: b'{"hook_event_name": "PreToolUse", "tool_na',
    Canary.SETTINGS: _write,
}
