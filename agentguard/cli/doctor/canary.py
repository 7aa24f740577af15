"""Start a hook as its agent would, with events that must be denied and one that must pass.

Promises: an event is a text; what it asks for is run by nobody. The user's broker is left alone: for the tries without
one the hook is sent to sockets in a directory of our own, with the rest of its command as it stands. Launchers run what
they let pass, so they are given what could do nothing: a file of the guard's, in a directory that is not there.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from agentguard.broker.start import DEADLINE
from agentguard.cli.doctor.facts import Answer, Canary
from agentguard.cli.install.claude_code import hook_command

SLACK = 5  # seconds over its own deadline until a hook counts as one that never ends
SHORT = "1"  # seconds: the deadline of the try with a broker that says nothing
NOT_FOUND = 127  # as a shell says it
BESIDES = 3  # tries at once: each is an interpreter, and the broker's turn
SHELL, TOOL = {"claude-code": "Bash", "kiro": "execute_bash"}, {"claude-code": "Write", "kiro": "fs_write"}
PAST_HOOKS = {"claude-code": "claude -p --bare x", "kiro": "kiro-cli chat --trust-all-tools x"}
LINES = {Canary.DESTRUCTIVE: "rm -rf /", Canary.HARMLESS: "pwd"}


@dataclass(frozen=True, slots=True)
class Subject:
    """A hook to try: its command line, the settings it stands in, the log, the program before its shell ("" for none).

    `question` is the part of the command that names socket, agent and deadline; "" where it could not be told apart.
    """

    agent: str
    command: str
    settings: str
    log: str
    question: str
    deadline: int
    prefix: str = ""


def tried(subject: Subject) -> Mapping[Canary, Answer]:
    """What the hook answered to each canary. The first one starts the broker where none runs, as any call would."""
    answer = _asked(subject, Canary.DESTRUCTIVE)
    first = {Canary.DESTRUCTIVE: answer}
    if answer.status is None:
        return dict.fromkeys(Canary, answer)  # one that does not end will not end with the others either
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
    pipe = subprocess.PIPE
    try:
        child = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=environ, start_new_session=True)
    except OSError as error:
        return Answer(NOT_FOUND, "", str(error))
    with child:
        try:
            output, error_output = child.communicate(event, deadline + SLACK)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)  # its own group: what the shell has started holds our pipes as well
            return Answer(None, "", "")
    return Answer(child.returncode, output.decode("utf-8", "replace"), error_output.decode("utf-8", "replace"))


# Launchers --------------------------------------------------------------------------------------------------------


def shell_tried(launcher: Path, system: Path) -> Answer | None:
    """How the shell's launcher ends with a line that writes a file of the guard's; None where it could do that."""
    return _launched([str(launcher), f": > {hook_command((str(_nothing(system)),))}"], system)


def shim_tried(shim: Path, system: Path) -> Answer | None:
    """How the shim of `rm` ends with a file of the guard's; None where there is no such shim, or such a directory."""
    return _launched([str(shim), "-f", str(_nothing(system))], system) if shim.exists() else None


def _launched(words: list[str], system: Path) -> Answer | None:
    return None if os.path.lexists(_nothing(system).parent) else _started(words, b"", DEADLINE)


def _nothing(system: Path) -> Path:
    """A file of the guard's that is not there, in a directory that is not there: nobody can write or remove it."""
    return system / "doctor" / "nothing"


# Events -----------------------------------------------------------------------------------------------------------


def _line(subject: Subject, kind: Canary) -> bytes:
    return _shell_line(subject, LINES[kind])


def _shell_line(subject: Subject, line: str) -> bytes:
    return _event(SHELL[subject.agent], {"command": line})


def _write(agent: str, path: str) -> bytes:
    """The agent writes over a file; Claude Code and Kiro name the fields differently."""
    given = {"command": "create", "path": path, "file_text": "{}"}
    return _event(TOOL[agent], {**given, "file_path": path, "content": "{}"})


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


EVENTS: Mapping[Canary, Callable[[Subject], bytes]] = {
    Canary.DESTRUCTIVE: lambda subject: _line(subject, Canary.DESTRUCTIVE),
    Canary.HARMLESS: lambda subject: _line(subject, Canary.HARMLESS),
    Canary.MALFORMED: lambda _subject: b'{"hook_event_name": "PreToolUse", "tool_na',
    Canary.BY_SHELL: lambda subject: _shell_line(subject, f"echo '{{}}' > {hook_command((subject.settings,))}"),
    Canary.NESTED: lambda subject: _shell_line(subject, PAST_HOOKS[subject.agent]),
    Canary.ENDING: lambda subject: _shell_line(subject, "pkill -f agentguard"),
    Canary.APPROVING: lambda subject: _shell_line(subject, "agentguard approve ag-aaaaaaaaaa"),
    Canary.SETTINGS: lambda subject: _write(subject.agent, subject.settings),
    Canary.RECORD: lambda subject: _write(subject.agent, subject.log),
}
