"""Tools that are not shells: MCP tools and an agent's own. Arguments that carry code go through the readers.

An argument called sql, query, statement, command, script, code and the like is read as what its name says; a tool
without one is judged by the words of its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.call import ToolCall
from agentguard.model.command import Command, Word
from agentguard.parse.payload import Payload

SQL = frozenset({"sql", "query", "statement", "statements", "queries"})
SHELL = frozenset({"command", "cmd", "script", "shell", "commands", "bash"})
CODE = frozenset({"code", "python", "python_code"})
SQL_WORD = re.compile(
    r"^\s*(?:--.*\n|/\*.*?\*/|\s)*(select|insert|update|delete|drop|create|alter|truncate|with|merge|grant|revoke|begin|"
    r"explain|show|set|call|do|copy|vacuum|refresh|replace|rename|use|exec|execute|pragma|values|comment|analyze|lock)\b",
    re.IGNORECASE,
)


def payloads(call: ToolCall) -> Iterator[Payload]:
    """What the arguments of a call carry, nested ones too."""
    for name, value in _texts(call.arguments):
        if name in SQL and SQL_WORD.match(value):
            yield Payload("sql", text=Word(value), how="wire", dialect=_dialect(call.tool))
        elif name in SHELL:
            yield Payload("shell", text=Word(value), how="tool")
        elif name in CODE:
            yield Payload("python", text=Word(value), how="tool")


def _texts(value: object, name: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield name.lower(), value
    elif isinstance(value, dict) and depth < 8:
        for key, item in value.items():
            yield from _texts(item, str(key), depth + 1)
    elif isinstance(value, (list, tuple)) and depth < 8:
        for item in value:
            yield from _texts(item, name, depth + 1)


def _dialect(tool: str) -> str:
    """The SQL dialect that a tool's name speaks of; PostgreSQL where it says nothing."""
    for word in (
        "mysql",
        "mariadb",
        "sqlite",
        "snowflake",
        "bigquery",
        "clickhouse",
        "duckdb",
        "mssql",
        "oracle",
        "redshift",
    ):
        if word in tool.lower():
            return {"mariadb": "mysql", "mssql": "tsql"}.get(word, word)
    return "postgres"


def command(call: ToolCall, cwd: str) -> Command:
    """The call itself as a command of the program `tool`, its sub-command the words of the tool's name."""
    words = re.findall(r"[A-Za-z][a-z0-9]*|[0-9]+", call.tool.rsplit("__", 1)[-1])
    return Command(
        "mcp", (Word(call.tool),), path=("-".join(w.lower() for w in words),), operands=(Word(call.tool),), cwd=cwd
    )
