"""Clients that read a text before the server does: which one, and what it makes of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from agentguard.model.command import Command, Deed, Statement, Unknown
from agentguard.model.errors import AgentguardError
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.lex import Unreadable
from agentguard.parse.sql.normal import BOM, refuse
from agentguard.parse.sql.psql import psql_pieces
from agentguard.parse.sql.script import Meta, Piece, Script, Sql
from agentguard.tools.sql import Dialect, dialect

Variables = tuple[tuple[str, str], ...]
VARIABLE_OPTIONS = ("-v", "--set", "--variable")


def variables_of(carrier: Command | None) -> Variables:
    """What the client command sets on its own line (`psql -v name=value`)."""
    if carrier is None:
        return ()
    values = [o.value.text for o in carrier.options if o.name in VARIABLE_OPTIONS and o.value is not None]
    return tuple((name, value) for name, sign, value in (v.partition("=") for v in values) if sign)


def read_script(text: str, name: str, channel: str, variables: Variables) -> tuple[Statement | Unknown | Embedded, ...]:
    """Every part of a text, in order; the carrier is not yet told. Never raises for what the text says."""
    try:
        table = dialect(name)
        if table is None:
            return (Unknown(f"no table for the SQL dialect `{name}`", text),)
        refuse(text)
        script = Script(table, messages=channel != "wire")
        pieces = pieces_of(text, table, channel, variables)
        return tuple(part for piece in pieces for part in script.read(piece))
    except Unreadable as failure:
        return (Unknown(str(failure), text),)
    except AgentguardError:
        raise
    except Exception as failure:  # noqa: BLE001 - a text must never end the reading: whatever fails is an Unknown
        return (Unknown(f"the SQL reader itself failed ({type(failure).__name__})", text),)


def pieces_of(text: str, table: Dialect, channel: str, variables: Variables) -> Iterator[Piece]:
    """The text as its client cuts it up."""
    if channel == "wire":
        return iter((Sql(text),))
    text = text.removeprefix(BOM)
    if "postgres" in table.family:
        return psql_pieces(text, table.lexing, dict(variables))
    if "mysql" in table.family:
        return _mysql(text)
    lines = next((LINES[name] for name in table.family if name in LINES), None)
    return iter((Sql(text),)) if lines is None else _by_lines(text, lines)


Line = Callable[[str], Piece | None]


def _by_lines(text: str, line_of: Line) -> Iterator[Piece]:
    """Cut out the lines that are the client's own; what stands between them is SQL."""
    sql: list[str] = []
    for line in text.splitlines(keepends=True):
        piece = line_of(line)
        if piece is None:
            sql.append(line)
            continue
        yield Sql("".join(sql))
        sql = []
        yield piece
    yield Sql("".join(sql))


def _meta(line: str) -> Meta:
    return Meta(line.strip(), Deed("client command"))


MYSQL_SHELL = re.compile(r"\s*(?:\\!|system\b|pager\b|\\P)\s*(.*)", re.IGNORECASE)
MYSQL_FILE = re.compile(r"\s*(?:source\b|\\\.)\s*(.*)", re.IGNORECASE)
MYSQL_OWN = re.compile(
    r"\s*(?:delimiter|\\d|tee|\\T|notee|\\t|status|\\s|warnings|\\W|nowarning|\\w|rehash|\\#|clear|\\c|print|\\p|quit|exit"
    r"|\\q|help|\\h|ego|charset|\\C|connect|\\r|prompt|\\R|edit|\\e|nopager|\\n)(?:\s|;|$)"
)


def _mysql(text: str) -> Iterator[Piece]:
    """The mysql client: DELIMITER changes what ends a statement, `\\G` and `\\g` end one."""
    mark = ";"
    sql: list[str] = []
    for line in text.splitlines(keepends=True):
        changed = re.match(r"\s*delimiter\s+(\S+)", line, re.IGNORECASE)
        if changed:
            mark = changed.group(1)
            continue
        piece = _mysql_line(line)
        if piece is not None:
            yield Sql("".join(sql))
            sql = []
            yield piece
            continue
        line = line if mark == ";" else line.replace(mark, ";")
        sql.append(re.sub(r"\\[Gg](?=\s|;|$)", ";", line))
    yield Sql("".join(sql))


def _mysql_line(line: str) -> Piece | None:
    if found := MYSQL_SHELL.match(line):
        return Embedded("shell", found.group(1).strip().rstrip(";"))
    if found := MYSQL_FILE.match(line):
        return Embedded("file", found.group(1).strip().rstrip(";"))
    return _meta(line) if MYSQL_OWN.match(line) else None


SQLITE_SHELL = re.compile(r"\.(?:shell|system)\s+(.*)")
SQLITE_PIPE = re.compile(r"\.(?:once|output|excel|import)\s+[^|]*\|(.*)")
SQLITE_READ = re.compile(r"\.read\s+(.*)")
SQLITE_DEEDS = {
    "restore": "client restore", "clone": "client write", "import": "client import", "load": "client load", "backup": "client write",
    "save": "client write", "archive": "client write", "ar": "client write", "once": "client write", "output": "client write",
    "recover": "client command", "open": "client write", "log": "client write", "excel": "client write",
}  # fmt: skip


def _sqlite(line: str) -> Piece | None:
    """The sqlite3 and duckdb shells: a line that begins with a dot."""
    text = line.strip()
    if not text.startswith("."):
        return None
    for pattern, language in ((SQLITE_SHELL, "shell"), (SQLITE_PIPE, "shell"), (SQLITE_READ, "file")):
        if found := pattern.match(text):
            target = found.group(1).strip()
            piped = language == "file" and target.strip("\"'").startswith("|")
            return Embedded("shell", target.strip("\"'")[1:]) if piped else Embedded(language, target.strip("\"'"))
    words = text[1:].split()
    phrase = next(
        (deed for name, deed in SQLITE_DEEDS.items() if words and name.startswith(words[0]) and len(words[0]) > 2), ""
    )
    return Meta(text, Deed(phrase or "client command", tuple(words[1:2]) if phrase else ()))


def _tsql(line: str) -> Piece | None:
    """sqlcmd: `:r file`, `!! command`, `:setvar`, `:connect`, …"""
    text = line.strip()
    if found := re.match(r":?!!\s*(.*)", text):
        return Embedded("shell", found.group(1))
    if found := re.match(r":r\s+(.*)", text, re.IGNORECASE):
        return Embedded("file", found.group(1).strip("\"'"))
    if re.match(r":connect\b", text, re.IGNORECASE):
        return Unknown("what follows runs on another server", text)
    return _meta(line) if re.match(r":[a-z]+\b|(?:exit|quit)\s*$", text, re.IGNORECASE) else None


def _oracle(line: str) -> Piece | None:
    """SQL*Plus: `@file`, `start file`, `host command`, and its settings."""
    text = line.strip()
    if found := re.match(r"(?:host\b|ho\b|!)\s*(.*)", text, re.IGNORECASE):
        return Embedded("shell", found.group(1))
    if found := re.match(r"(?:@@?|start\s+)(\S+)", text, re.IGNORECASE):
        return Embedded("file", found.group(1))
    own = r"(?:set\s+(?!role|constraint|transaction)|spool|prompt|exit|quit|whenever|column|col|define|undefine|accept|show|desc|describe)\b"
    return _meta(line) if re.match(own, text, re.IGNORECASE) else None


LINES: Mapping[str, Line] = {"sqlite": _sqlite, "duckdb": _sqlite, "tsql": _tsql, "oracle": _oracle}
