"""Where tools that are not command lines land: rows of a tool, its arguments, and the verdict."""

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Call, ToolCall
from agentguard.model.verdict import Standing
from agentguard.surroundings import Surroundings
from tests.laws import world

ROWS = [
    ("mcp__github__create_issue", {}, "allow write local"),
    ("mcp__playwright__click", {}, "allow write local"),
    ("mcp__github__list_issues", {}, "allow read local"),
    ("mcp__k8s__delete_pod", {"name": "x"}, "hold destructive unknown"),
    ("mcp__notion-prod__update_page", {}, "ask write prod"),
    ("mcp__prod_db__query", {"sql": "drop table x"}, "hold destructive prod"),
    ("mcp__prod_db__query", {"sql": "select 1"}, "allow read prod"),
    ("mcp__db__query", {"sql": "drop table x"}, "hold destructive unknown"),
    ("mcp__shell__run", {"command": "rm -rf victim"}, "ask destructive local"),
    ("mcp__shell__run", {"args": {"command": "ls"}}, "allow read local"),
    ("ScheduleWakeup", {"when": 1}, "allow write local"),
    ("CronDelete", {"id": "x"}, "ask destructive local"),
]


@pytest.mark.parametrize(("tool", "arguments", "expected"), ROWS, ids=[row[0] for row in ROWS])
def test_where_a_tool_lands(tool: str, arguments: dict[str, object], expected: str) -> None:
    read = plan(Call(ToolCall(tool, arguments), world.CWD), Surroundings(world.WORLD, world.CWD), world.toolbox())
    verdict = judge(read, world.policy(), Standing())
    assert f"{verdict.action} {verdict.finding.class_} {verdict.finding.tier}" == expected
