"""`check --batch`: a line in, a verdict out, whatever the line is; and nothing of the caller's own in between."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from agentguard.cli.batch import Bench, answer, answers
from agentguard.policy import shipped
from agentguard.policy.names import shipped_names
from agentguard.tools import Toolbox
from agentguard.tools import shipped as shipped_tools

KEYS = {"id", "class", "decision", "environment", "verbs", "targets", "rule", "because"}


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(Toolbox(shipped_tools(), shipped_names()), shipped("default"))


def line(**told: object) -> str:
    return json.dumps({"id": "x", "cwd": "/home/dev/shop", "env": {"HOME": "/home/dev"}, **told})


@pytest.mark.parametrize(
    ("told", "class_", "decision", "environment"),
    [
        ({"cmd": "ls -l"}, "read", "allow", "local"),
        ({"cmd": "psql -h db.prod.example.com -c 'DROP TABLE orders'"}, "destructive", "hold", "prod"),
        ({"sql": "SELECT 1", "dialect": "postgres"}, "read", "allow", "unknown"),
        ({"sql": "DROP TABLE orders", "dialect": "postgres", "channel": "wire"}, "destructive", "hold", "unknown"),
        ({"cmd": "echo hi", "shell": "zsh", "verdict": "a label of whoever wrote it"}, "read", "allow", "local"),
    ],
)
def test_a_line_gets_its_verdict(bench: Bench, told: dict[str, object], class_: str, decision: str, environment: str):
    got = answer(line(**told), bench)
    assert set(got) == KEYS
    assert (got["id"], got["class"], got["decision"], got["environment"]) == ("x", class_, decision, environment)


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        ("not json", None),
        ("[]", None),
        ("[" * 100_000, None),
        ('{"cmd": "ls"}', None),
        ('{"id": "x"}', "x"),
        ('{"id": "x", "cmd": "ls", "sql": "select 1"}', "x"),
        ('{"id": "x", "cmd": 7}', "x"),
        ('{"id": 7, "cmd": "ls", "shell": "fish"}', 7),
        ('{"id": "x", "cmd": "ls", "cwd": "relative"}', "x"),
        ('{"id": "x", "cmd": "ls", "env": {"A": 1}}', "x"),
        ('{"id": "x", "cmd": "ls", "env": ["A=1"]}', "x"),
    ],
)
def test_a_line_that_cannot_be_used_is_unknown_and_held(bench: Bench, text: str, id_: str | int | None):
    got = answer(text, bench)
    assert (got["id"], got["class"], got["decision"], got["environment"]) == (id_, "unknown", "hold", "unknown")
    assert got["error"]


@pytest.mark.parametrize("text", ["\x00", "ls \ud800", "$(" * 3000, "a" * 400_000, "cat <<E", "\\", "'"])
def test_no_command_is_too_strange_for_an_answer(bench: Bench, text: str):
    assert answer(line(cmd=text), bench)["id"] == "x"


def test_blank_lines_are_passed_over_and_the_order_is_kept(bench: Bench):
    lines = [line(id=1, cmd="ls"), "\n", "broken", line(id=2, cmd="ls")]
    assert [got["id"] for got in answers(lines, bench)] == [1, None, 2]


def test_what_the_line_does_not_say_is_not_known(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGHOST", "db.prod.example.com")
    got = answer(line(cmd="psql -c 'DROP TABLE orders'"), bench)
    assert "prod" not in json.dumps(got)


def test_the_program_answers_line_by_line_in_one_process(tmp_path: Path):
    batch = tmp_path / "batch.jsonl"
    batch.write_text("\n".join([line(id=n, cmd=f"echo {n}") for n in range(20)]) + "\nbroken\n")
    words = [sys.executable, "-m", "agentguard", "check", "--batch", str(batch)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert [json.loads(text)["id"] for text in done.stdout.splitlines()] == [*range(20), None]
