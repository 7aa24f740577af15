"""What an agent may not do to the guard, and what looks like it and is everyday work: rows of guard.txt."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Call, FileWrite, ShellLine
from agentguard.model.verdict import Standing, Verdict
from agentguard.surroundings import Memory, Own, Surroundings, replay
from tests.corpus.checkout import CWD, FILES
from tests.laws import world

MACHINE = Memory(
    FILES
    | {
        f"{CWD}/.claude/skills/x/SKILL.md": "Say hello\n",
        "/tmp/skill/SKILL.md": "Say hello\n",
        "/tmp/SKILL.md": "Say hello\n",
        "/home/dev/.local/state/agentguard/audit.jsonl": "",
        "/srv/guard/state/audit.jsonl": "",
        "/opt/venv/bin/agentguard": "\x7fELF\0",
    },
    {
        "HOME": "/home/dev",
        "PATH": "/opt/shims:/usr/bin:/bin",
        "SHELL": "/bin/bash",
        "CLAUDE_CONFIG_DIR": "/opt/claude",
        "CODEX_HOME": "/opt/codex",
        "XDG_CONFIG_HOME": "/xdg/config",
        "CLAUDE_CODE_SHELL_PREFIX": "/home/dev/.local/state/agentguard/shell/agentguard-shell",
    },
    links={"/srv/link": "/srv/guard/state"},
)
OWN = Own(
    places=(
        "/srv/guard/state",
        "/srv/guard/config",
        "/run/user/1000/guard.sock",
        "/opt/shims",
        "/opt/odd/managed.json",
        "/opt/venv/lib/python3.11/site-packages/agentguard",
    ),
    sockets=("/run/user/1000/guard.sock",),
    shims=("/opt/shims",),
    processes=(4711,),
)
ROWS = [
    tuple(part.strip() for part in line.split(" | ", 1))
    for line in Path(__file__).with_name("guard.txt").read_text(encoding="utf-8").splitlines()
    if " | " in line
]


def judged(body: ShellLine | FileWrite) -> Verdict:
    made = plan(Call(body, CWD), Surroundings(MACHINE, CWD, own=OWN), world.toolbox())
    return judge(made, world.policy(), Standing())


@pytest.mark.parametrize(("action", "line"), ROWS, ids=[line for _, line in ROWS])
def test_what_a_line_does_to_the_guard(action: str, line: str) -> None:
    found = judged(ShellLine(line.replace("⏎", "\n")))
    assert found.action == action, found
    assert action != "block" or found.finding.effect.kind.startswith("guard")


@pytest.mark.parametrize(
    ("action", "written"),
    [
        ("block", FileWrite(".claude/skills/y/SKILL.md", "Branch: !`git branch`")),
        ("block", FileWrite(".claude/skills/y/SKILL.md", "```!\ndate\n```")),
        ("block", FileWrite("/home/dev/.claude/commands/y.md", "---\nhooks:\n  PreToolUse: []\n---")),
        ("block", FileWrite(".claude/skills/x/SKILL.md", "`date`", whole=False)),
        ("block", FileWrite("/srv/link/audit.jsonl", "")),
        ("block", FileWrite("/opt/odd/managed.json", "{}")),
        ("allow", FileWrite(".claude/skills/y/SKILL.md", "Say `hello`!\n")),
        ("allow", FileWrite("docs/y.md", "Branch: !`git branch`")),
        ("allow", FileWrite("/opt/odd/other.json", "{}")),
    ],
    ids=lambda value: value.path if isinstance(value, FileWrite) else value,
)
def test_what_an_agents_editor_does_to_it(action: str, written: FileWrite) -> None:
    assert judged(written).action == action


@pytest.mark.parametrize("line", ["rm /srv/guard/state/audit.jsonl", "kill 4711", "PATH=/bin psql"])
def test_a_record_says_what_was_the_guards_own(line: str) -> None:
    call = Call(ShellLine(line), CWD)
    made = plan(call, Surroundings(MACHINE, CWD, own=OWN), world.toolbox())
    again = plan(call, replay(made.looks, CWD), world.toolbox())
    assert again.findings == made.findings
