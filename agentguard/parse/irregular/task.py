"""Task: the shell lines of a Taskfile's tasks that a command runs, with those they need.

Reads the plain form of YAML that Taskfiles are written in, line by line: `cmds:` and `cmd:`, `deps:`, `- task: name`,
and `vars:` with plain values. Whatever else they do is opaque.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular.make import Makefile, order, project_file
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

FILES = ("Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml")
KEY = re.compile(r"^(\s*)([\w.:-]+):\s*(.*)$")
STEP = re.compile(r"^\s*-\s+(?:(cmd|task|defer):\s*)?(.*)$")
PUT_IN = re.compile(r"\{\{\s*\.(\w+)\s*\}\}")
BLOCK = frozenset({"|", ">", "|-", ">-", ""})  # the text stands on the lines below


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """The tasks named, else `default`, as shell text."""
    del row
    text = (
        None
        if command.has("-l", "-a", "-n", "--summary", "--status", "-i")
        else project_file(command, command.value("-t"), FILES, invocation, surroundings)
    )
    if text is None:
        return
    tasks = read_taskfile(text)
    given = [w.text.partition("=") for w in command.operands if "=" in w.text]
    tasks.variables |= {name: value for name, _, value in given}
    named = [word.text for word in command.operands if "=" not in word.text] or ["default"]
    for name in order(named, tasks):
        lines = "\n".join(tasks.recipes.get(name, ()))
        if lines:
            put_in = PUT_IN.sub(lambda ref: tasks.variables.get(ref[1], ref[0]), lines)
            yield Payload("shell", text=Word(put_in), dialect="sh", how=f"task {name}")


def read_taskfile(text: str) -> Makefile:
    """The tasks and variables of a Taskfile's text."""
    found, section, task, key = Makefile(), "", "", ""
    depth = 0  # how far the names of tasks are moved in
    for line in text.split("\n"):
        named = KEY.match(line)
        if named and not named[1]:
            section, task, depth = named[2], "", 0
        elif section == "vars" and named:
            found.variables.setdefault(named[2], _plain(named[3]))
        elif section == "tasks" and named and len(named[1]) <= (depth or len(named[1])):
            depth, task, key = len(named[1]), named[2], "cmds"
            found.recipes[task] = [_plain(named[3])] if named[3] else []
        elif task and named and named[2] in ("cmd", "cmds", "deps", "vars", "desc", "dir", "env", "sources", "status"):
            key = named[2]
            _listed(found, task, key, named[3])
        elif task and key in ("cmd", "cmds", "deps") and line.strip():
            _step(found, task, key, line)
    return found


def _listed(found: Makefile, task: str, key: str, rest: str) -> None:
    """What stands behind the key on its own line: one command, or a list in brackets."""
    if key == "deps":
        found.needs.setdefault(task, []).extend(re.findall(r"[\w:-]+", rest))
    elif key in ("cmd", "cmds") and rest.strip() not in BLOCK:
        found.recipes[task] += [_plain(part) for part in (rest.strip("[]").split(",") if rest[:1] == "[" else [rest])]


def _step(found: Makefile, task: str, key: str, line: str) -> None:
    step = STEP.match(line)
    if step is not None and (step[1] == "task" or key == "deps"):
        found.needs.setdefault(task, []).append(_plain(step[2]))
    elif step is None or step[2].strip() not in BLOCK:
        found.recipes[task].append(_plain(step[2]) if step else line.strip())


def _plain(text: str) -> str:
    """A scalar without its quotes."""
    text = text.strip()
    return text[1:-1] if text[:1] in "'\"" and text[:1] and text[-1:] == text[:1] else text
