"""Clients that read a text before the server does: which one, and what it makes of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from agentguard.model.command import Command, Deed, Statement, Unknown
from agentguard.model.errors import AgentguardError
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.lex import Unreadable
from agentguard.parse.sql.libpg import GRAMMARS
from agentguard.parse.sql.normal import BOM, refuse
from agentguard.parse.sql.psql import psql_pieces
from agentguard.parse.sql.script import Meta, Piece, Script, Sql, tokens_of
from agentguard.tools.sql import Dialect, Lexing, dialect

Variables = tuple[tuple[str, str], ...]
MISTAKEN_LIMIT = 100  # each costs a look at all the SQL before it
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
        script = Script(table, messages=channel != "wire", checked=name in GRAMMARS)
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
    line_of = next((LINES[name] for name in table.family if name in LINES), None)
    if line_of is None:
        return iter((Sql(text),))
    return _by_lines(_delimited(text) if "mysql" in table.family else text, line_of, table.lexing)


Line = Callable[[str], Piece | None]


def _by_lines(text: str, line_of: Line, rules: Lexing) -> Iterator[Piece]:
    """Cut out the lines that are the client's own; what stands between them is SQL.

    Only a line at the start of a statement is: inside a string it is text, and taking it away would hide what follows.
    """
    sql: list[str] = []
    left = MISTAKEN_LIMIT
    for line in text.splitlines(keepends=True):
        piece = line_of(line)
        if piece is not None and _begins("".join(sql), rules):
            yield Sql("".join(sql))
            sql = []
            yield piece
            continue
        left -= piece is not None
        if left < 0:
            raise Unreadable(f"more than {MISTAKEN_LIMIT} lines that look like the client's own inside statements")
        sql.append(line)
    yield Sql("".join(sql))


def _begins(sql: str, rules: Lexing) -> bool:
    """Whether a statement would begin behind this text."""
    tokens, failure = tokens_of(sql, rules)
    return not failure and (not tokens or tokens[-1].is_sign(";", "/") or tokens[-1].is_word("go"))


def _meta(line: str) -> Meta | None:
    """A line of the client's own that only looks; where more follows on it, it is read as SQL."""
    text = line.strip()
    return None if ";" in text.rstrip("; ") else Meta(text, Deed("client command"))


def _delimited(text: str) -> str:
    r"""The text of a mysql script with `;` for what DELIMITER makes the end of a statement, and for `\G` and `\g`."""
    mark = ";"
    lines: list[str] = []
    for line in text.splitlines(keepends=True):
        changed = re.match(r"\s*delimiter\s+(\S+)", line, re.IGNORECASE)
        mark = changed.group(1) if changed else mark
        plain = "\n" if changed else line if mark == ";" else line.replace(mark, ";")
        lines.append(re.sub(r"\\[Gg](?=\s|;|$)", ";", plain))
    return "".join(lines)


MYSQL_SHELL = re.compile(r"\s*(?:\\!|system\b|pager\b|\\P)\s*(.*)", re.IGNORECASE)
MYSQL_FILE = re.compile(r"\s*(?:source\b|\\\.)\s*(.*)", re.IGNORECASE)
MYSQL_OWN = re.compile(
    r"\s*(?:use|\\u|tee|\\T|notee|\\t|status|\\s|warnings|\\W|nowarning|\\w|rehash|\\#|clear|\\c|print|\\p|quit|exit|\\q"
    r"|help|\\h|ego|charset|\\C|prompt|\\R|edit|\\e|nopager|\\n)(?:\s|;|$)"
)
MYSQL_ELSEWHERE = re.compile(r"\s*(?:connect|\\r)\s+\S", re.IGNORECASE)


def _mysql(line: str) -> Piece | None:
    if found := MYSQL_SHELL.match(line):
        return Embedded("shell", found.group(1).strip().rstrip(";"))
    if found := MYSQL_FILE.match(line):
        return Embedded("file", found.group(1).strip().rstrip(";"))
    if MYSQL_ELSEWHERE.match(line):
        return Unknown("what follows runs on another connection", line.strip(), anywhere=True)
    return _meta(line) if MYSQL_OWN.match(line) else None


SQLITE_SHELL = re.compile(r"\.(?:shell|system)\s+(.*)")
SQLITE_PIPE = re.compile(r"\.(?:once|output|excel|import)\s+[^|]*\|(.*)")
SQLITE_READ = re.compile(r"\.read\s+(.*)")
SQLITE_WRITES = ("clone", "backup", "save", "archive", "ar", "once", "output", "open", "log", "excel")
SQLITE_DEEDS = {
    "restore": "client restore",
    "import": "client import",
    "load": "client load",
    **dict.fromkeys(SQLITE_WRITES, "client write"),
}


def _sqlite(line: str) -> Piece | None:
    """The sqlite3 and duckdb shells: a line that begins with a dot."""
    text = line.strip()
    if not text.startswith("."):
        return None
    for pattern, language in ((SQLITE_SHELL, "shell"), (SQLITE_PIPE, "shell"), (SQLITE_READ, "file")):
        if found := pattern.match(text):
            target = found.group(1).strip().strip("\"'")
            piped = language == "file" and target.startswith("|")
            return Embedded("shell", target[1:]) if piped else Embedded(language, target)
    words = text[1:].split()
    told = (deed for name, deed in SQLITE_DEEDS.items() if words and len(words[0]) > 1 and name.startswith(words[0]))
    phrase = next(told, "")
    return Meta(text, Deed(phrase or "client command", tuple(words[1:2]) if phrase else ()))


def _tsql(line: str) -> Piece | None:
    """Lines of sqlcmd: `:r file`, `:!! command`, `:setvar`, `:connect` and others."""
    text = line.strip()
    if found := re.match(r":?!!\s*(.*)", text):
        return Embedded("shell", found.group(1))
    if found := re.match(r":r\s+(.*)", text, re.IGNORECASE):
        return Embedded("file", found.group(1).strip("\"'"))
    if re.match(r":connect\b", text, re.IGNORECASE):
        return Unknown("what follows runs on another server", text, anywhere=True)
    return _meta(line) if re.match(r":[a-z]+\b|(?:exit|quit)\s*$", text, re.IGNORECASE) else None


ORACLE_OWN = re.compile(
    r"(?:set\s+(?!role|constraint|transaction)|spool|prompt|exit|quit|whenever|column|col|define|undefine|accept|show|desc"
    r"|describe)\b",
    re.IGNORECASE,
)


def _oracle(line: str) -> Piece | None:
    """Lines of SQL*Plus: `@file`, `start file`, `host command`, and its settings."""
    text = line.strip()
    if found := re.match(r"(?:host\b|ho\b|!)\s*(.*)", text, re.IGNORECASE):
        return Embedded("shell", found.group(1))
    if found := re.match(r"(?:@@?|start\s+)(\S+)", text, re.IGNORECASE):
        return Embedded("file", found.group(1))
    if re.match(r"conn(?:ect)?\b", text, re.IGNORECASE):
        return Unknown("what follows runs on another connection", text, anywhere=True)
    return _meta(line) if ORACLE_OWN.match(text) else None


LINES: Mapping[str, Line] = {"duckdb": _sqlite, "mysql": _mysql, "oracle": _oracle, "sqlite": _sqlite, "tsql": _tsql}
