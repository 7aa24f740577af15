r"""What psql makes of a script before the server sees it: variables, backslash commands, `\;`.

Only commands that are known to read are taken for reads. What psql hands to a shell comes back as Embedded("shell"), a
file that it includes as Embedded("file").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agentguard.model.command import Deed, Unknown
from agentguard.parse.invocation import Embedded
from agentguard.parse.sql.forms import group_end
from agentguard.parse.sql.lex import HOLE_MARK, Unreadable, lex, step
from agentguard.parse.sql.script import Meta, Piece, Sql
from agentguard.tools.sql import Lexing

EXPANSION_LIMIT = 1_000  # variables put into one script: ends a variable that holds itself
READS = re.compile(
    r"d\S*|l\+?|z|sf\+?|sv\+?|x|t|a|timing|pset|echo|qecho|warn|conninfo|q|if|elif|else|endif|encoding|f|H|C|T|h|help|\?"
    r"|errverbose|copyright|prompt|unset|r|reset|p|print|set|w|getenv|bind|startpipeline|endpipeline|syncpipeline"
)
SENDS = re.compile(r"g|gx|gset|gexec|gdesc|crosstabview|watch|bind_named|close|parse|sendpipeline")
_VARIABLE = re.compile(r":(?:\{\?\w+\}|'(\w+)'|\"(\w+)\"|([^\W\d]\w*))")  # `[1:2]` is a slice
_COMMAND = re.compile(r"\\(;|\\|!|\?|[^\s\\;]+)")


@dataclass
class Psql:
    """One script on its way: what is left of it, the SQL gathered so far, the variables known."""

    text: str
    rules: Lexing
    variables: dict[str, str]
    sql: list[str] = field(default_factory=list)
    at: int = 0
    expanded: int = 0

    def line(self) -> str:
        """The rest of the line, taken."""
        end = self.text.find("\n", self.at)
        end = len(self.text) if end < 0 else end
        rest, self.at = self.text[self.at : end], end
        return rest

    def flush(self, *, generates: bool = False, piped: str = "") -> Iterator[Piece]:
        text, self.sql = "".join(self.sql), []
        if text.strip():
            yield Sql(text, generates, piped)


def psql_pieces(text: str, rules: Lexing, variables: dict[str, str]) -> Iterator[Piece]:
    """The pieces of a psql script, in order. Raises Unreadable where variables never end."""
    psql = Psql(text, rules, variables)
    while psql.at < len(psql.text):
        char = psql.text[psql.at]
        if char == "\\":
            yield from _command(psql)
        elif char == ":" and not _expand(psql):
            psql.sql.append(":")
            psql.at += 1
        elif char != ":":
            _token(psql)
    yield from psql.flush()


def _token(psql: Psql) -> None:
    """Pass one token on as it stands. A string that never closes takes the rest of the text with it."""
    try:
        _, _, end = step(psql.text, psql.at, psql.rules)
    except Unreadable:
        end = len(psql.text)
    source = psql.text[psql.at : end]
    mark = source.find("\\") if source[0] not in "'\"$eEuU/-" else -1
    end = psql.at + mark if mark > 0 else end
    psql.sql.append(psql.text[psql.at : end])
    psql.at = end


def _expand(psql: Psql) -> bool:
    """Put a variable's value into the text; False where no variable stands here (`::`, a lone colon)."""
    if psql.text.startswith("::", psql.at) or psql.text.startswith(":=", psql.at):
        psql.sql.append(psql.text[psql.at : psql.at + 2])
        psql.at += 2
        return True
    found = _VARIABLE.match(psql.text, psql.at)
    if found is None:
        return False
    psql.expanded += 1
    if psql.expanded > EXPANSION_LIMIT:
        raise Unreadable(f"more than {EXPANSION_LIMIT} variables")
    value = _value(found, psql.variables)
    psql.text = psql.text[: psql.at] + value + psql.text[found.end() :]
    if HOLE_MARK in value or not found.group(3):
        psql.sql.append(value)
        psql.at += len(value)
    return True


def _value(found: re.Match[str], variables: dict[str, str]) -> str:
    text, name, bare = found.groups()
    known = variables.get(text or name or bare or "")
    if text:
        return "'" + (known if known is not None else "…").replace("'", "''") + "'"
    if name:
        return '"' + (known if known is not None else "…").replace('"', '""') + '"'
    return " TRUE " if bare is None else known if known is not None else HOLE_MARK


def _command(psql: Psql) -> Iterator[Piece]:
    found = _COMMAND.match(psql.text, psql.at)
    if found is None:
        psql.at += 1
        yield Unknown("a backslash that is no command", psql.line())
        return
    start, name = psql.at, found.group(1)
    psql.at = found.end()
    if name in (";", "\\"):
        psql.sql.append(" ; " if name == ";" else " ")
        return
    if name.startswith("!"):
        psql.at = start + 2
        yield Embedded("shell", psql.line().strip())
        return
    arguments = _arguments(psql)
    yield from _shells(arguments)
    yield from _named(psql, name, arguments)


def _arguments(psql: Psql) -> str:
    """The rest of the line, up to the next backslash outside quotes."""
    line = psql.line()
    quote = ""
    for at, char in enumerate(line):
        if quote:
            quote = "" if char == quote else quote
        elif char in "'\"`":
            quote = char
        elif char == "\\" and not line.lstrip().startswith("|"):
            psql.at -= len(line) - at
            return line[:at].strip()
    return line.strip()


def _shells(arguments: str) -> Iterator[Piece]:
    """Back-ticks run a command; so does an argument that begins with a pipe."""
    outside = re.sub(r"'(?:[^']|'')*'", "''", arguments)
    for command in re.findall(r"`([^`]*)`", outside):
        yield Embedded("shell", command)


def _pipe(arguments: str) -> str:
    """The command behind a pipe, as of `g |less` or `g (format=csv) |less`; empty where there is none."""
    found = re.match(r"(?:\([^)]*\)\s*)?\|(.*)", arguments, re.DOTALL)
    return found.group(1).strip() if found else ""


def _named(psql: Psql, name: str, arguments: str) -> Iterator[Piece]:
    text = f"\\{name} {arguments}".strip()
    if SENDS.fullmatch(name):
        if name == "gset":
            psql.variables.clear()
        psql.sql.append(";" if name != "gexec" else "")
        yield from psql.flush(generates=name == "gexec", piped=_pipe(arguments))
        if name in ("g", "gx") and arguments and not _pipe(arguments):
            yield Meta(text, Deed("client write", (arguments.rsplit(maxsplit=1)[-1],)))
    elif name in ("i", "ir", "include", "include_relative"):
        yield Embedded("file", arguments.strip("'\""))
    elif name == "copy":
        yield from _copy(arguments, psql.rules)
    elif name in ("o", "out", "w", "write", "s") and arguments:
        piped = _pipe(arguments)
        yield (
            Embedded("shell", f"cat | {piped}")
            if piped
            else Meta(text, Deed("client write", (arguments.split(maxsplit=1)[0],)))
        )
    elif name.startswith("lo_"):
        phrase = {"lo_import": "client import", "lo_unlink": "client unlink"}.get(name, "client write")
        yield Meta(text, Deed("client command" if name == "lo_list" else phrase, tuple(arguments.split()[:1])))
    elif name == "password":
        yield Meta(text, Deed("alter role", tuple(arguments.split()[:1])))
    elif name in ("c", "connect") and arguments:
        elsewhere = "=" in arguments or "://" in arguments or len(arguments.split()) > 2  # a host, not a database alone
        yield Unknown("what follows runs on another connection", text, anywhere=elsewhere)
    elif READS.fullmatch(name) or (name in ("o", "out", "cd", "setenv", "c", "connect", "e", "edit", "s")):
        _set(psql, name, arguments)
        yield Meta(text, Deed("client command"))
    else:
        yield Unknown(f"no table says what \\{name} does", text)


def _copy(arguments: str, rules: Lexing) -> Iterator[Piece]:
    """It is COPY with the client's files: FROM PROGRAM and TO PROGRAM run a command here."""
    tokens = lex(arguments, rules)
    at = group_end(tokens, 0)
    while at < len(tokens) and not tokens[at].is_word("from", "to"):
        at = max(group_end(tokens, at), at + 1)
    if at + 1 >= len(tokens):
        yield Unknown("the COPY has no direction", arguments)
        return
    yield Sql(f"copy {arguments[: tokens[at].end]} stdout")
    target = tokens[at + 2] if tokens[at + 1].is_word("program") and at + 2 < len(tokens) else tokens[at + 1]
    if target is not tokens[at + 1]:
        yield Embedded("shell", target.text)
    elif tokens[at].low == "to" and not target.is_word("stdout", "pstdout"):
        yield Meta(f"\\copy {arguments}", Deed("client write", (target.text,)))


def _set(psql: Psql, name: str, arguments: str) -> None:
    """`set name value …`: the values joined. One with a back-tick or another variable in it is not known."""
    if name in ("unset", "prompt", "getenv", "if", "elif"):
        words = arguments.split()
        psql.variables.pop(words[0] if words and name == "unset" else words[-1] if words else "", None)
    if name != "set" or not arguments:
        return
    variable, _, rest = arguments.partition(" ")
    values = re.findall(r"'((?:[^']|'')*)'|(\S+)", rest)
    text = "".join(quoted.replace("''", "'") or bare for quoted, bare in values)
    if "`" in rest or re.search(r"(?<![:\w]):[\w'\"]", re.sub(r"'(?:[^']|'')*'", "", rest)):
        psql.variables.pop(variable, None)
    else:
        psql.variables[variable] = text
