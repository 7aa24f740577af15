"""Every way the tables know to put a command into another one, and every way to quote one, each as a function of lines.

Drawn from the tables themselves: a row that is added carries in the laws the next time they run. A carrier that moves
what it carries to another machine is left out, since that is judged where it lands.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from agentguard.tools import shipped
from agentguard.tools.schema import Carries, Row, Tool

Wrap = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One way to carry a line: its name, the line that carries another, and letters that this one must not hold."""

    name: str
    wrap: Wrap
    unfit: str = ""


def made(line: str) -> str:
    """The name of a file that a line writes and has run; of lines inside each other each has its own."""
    return f"made-{len(line)}"


def single(line: str) -> str:
    return "'" + line.replace("'", "'\\''") + "'"


def double(line: str) -> str:
    return '"' + "".join("\\" + c if c in '\\"$`' else c for c in line) + '"'


def ansi(line: str) -> str:
    return "$'" + "".join({"\\": "\\\\", "'": "\\'", "\n": "\\n"}.get(c, c) for c in line) + "'"


def escaped(line: str) -> str:
    return "".join("'\n'" if c == "\n" else "\\" + c for c in line)


def coded(line: str) -> str:
    """Every character by its number."""
    return "$'" + "".join(f"\\x{ord(c):02x}" if c.isascii() else c for c in line) + "'"


def pieces(line: str) -> str:
    """Each few characters in quotes of another kind."""
    quotes = (single, double, ansi)
    return "".join(quotes[at // 3 % 3](line[at : at + 3]) for at in range(0, len(line), 3))


def backticked(line: str) -> str:
    """A text inside backticks: what a backslash takes out there stands with one more."""
    return "`" + "".join("\\" + c if c in "\\`$" else c for c in line) + "`"


def heredoc(line: str, head: str, *, quoted: bool) -> str:
    mark = f"END{len(line)}"
    text = line if quoted else "".join("\\" + c if c in "\\`$" else c for c in line)
    return f"{head} <<{single(mark) if quoted else mark}\n{text}\n{mark}"


QUOTES: dict[str, Wrap] = {
    "''": single,
    '""': double,
    "$''": ansi,
    '$""': lambda line: "$" + double(line),
    "\\": escaped,
    "$'\\x'": coded,
    "mixed": pieces,
}
# Forms of the shell's own grammar that run a line, as it stands or quoted.
_FORMS: dict[str, Wrap] = {
    **{f"sh -c {name}": (lambda line, q=quote: f"sh -c {q(line)}") for name, quote in QUOTES.items()},  # type: ignore[misc]
    **{f"eval {name}": (lambda line, q=quote: f"eval {q(line)}") for name, quote in QUOTES.items()},  # type: ignore[misc]
    "heredoc": lambda line: heredoc(line, "bash", quoted=True),
    "heredoc, expanded": lambda line: heredoc(line, "bash", quoted=False),
    "heredoc, piped": lambda line: heredoc(line, "cat", quoted=True).replace("\n", " | sh\n", 1),
    "here-string": lambda line: f"sh <<< {single(line)}",
    "$()": lambda line: f"echo $( {line}\n)",
    '"$()"': lambda line: f'echo "$( {line}\n)"',
    "``": lambda line: f"echo {backticked(line)}",
    "<()": lambda line: f"cat <( {line}\n)",
    ">()": lambda line: f"echo x > >( {line}\n)",
    "${-$()}": lambda line: f"echo ${{unset_:-$( {line}\n)}}",
    "$(())": lambda line: f"echo $(( 1 + $( {line}\n) ))",
    "( )": lambda line: f"( {line}\n)",
    "{ }": lambda line: f"{{ {line}\n}}",
    "function": lambda line: f"f{len(line)}() {{ {line}\n}}; f{len(line)}",
    "if": lambda line: f"if test -e x; then {line}\nfi",
    "else": lambda line: f"if test -e x; then :; else {line}\nfi",
    "while": lambda line: f"while {line}\ndo break; done",
    "for": lambda line: f"for i in 1 2; do {line}\ndone",
    "case": lambda line: f"case $HOME in *) {line}\n;; esac",
    "&&": lambda line: f"true && {line}",
    "||": lambda line: f"false || {line}",
    "!": lambda line: f"! {line}",
    "&": lambda line: f"{{ {line}\n}} & wait",
    "coproc": lambda line: f"coproc {{ {line}\n}}",
    "time": lambda line: f"time {line}",
    "pipe": lambda line: f"printf %s {single(line)} | sh",
    "variable": lambda line: f'v_={single(line)}; eval "$v_"',
    "array": lambda line: f'a_=(sh -c {single(line)}); "${{a_[@]}}"',
    "source": lambda line: f". <(echo {single(line)})",
    "trap": lambda line: f"( trap {single(line)} EXIT; true )",
    "script": lambda line: f"printf '%s\\n' {single(line)} > {made(line)}; sh {made(line)}",
    "alias": lambda line: f"alias a{len(line)}={single(line)}\na{len(line)}",
}  # fmt: skip

FORMS = tuple(Carrier(name, wrap) for name, wrap in _FORMS.items())

# A shell line in each language that a table carries.
LANGUAGES: dict[str, Wrap] = {
    "shell": str,
    "tmux": lambda line: f"run-shell {single(line)}",
    "awk": lambda line: f"BEGIN {{ system({json.dumps(line)}) }}",
    "python": lambda line: f"import os\nos.system({line!r})",
    "javascript": lambda line: f"require('child_process').execSync({json.dumps(line)})",
    "perl": lambda line: f"system({_apostrophes(line)});",
    "ruby": lambda line: f"system({_apostrophes(line)})",
    "php": lambda line: f"system({_apostrophes(line)});",
    "lua": lambda line: f"os.execute({json.dumps(line)})",
    "r": lambda line: f"system({json.dumps(line)})",
    "elixir": lambda line: f"System.shell({json.dumps(line)})",
    "tcl": lambda line: f"exec sh -c {{{line}}}",
    "lisp": lambda line: f"(shell-command {json.dumps(line)})",
    "julia": lambda line: f"run(`sh -c {json.dumps(line)}`)",
    "gdb": lambda line: f"shell {line}",
    "vi": lambda line: f":!{line}\n:q",
    "crontab": lambda line: "* * * * * " + line.replace("%", "\\%"),
}
# argv is put in words; no shell stands in the others; of powershell nothing is read, which is Unknown.
NO_SHELL = frozenset({"argv", "cypher", "gremlin", "mongo", "other", "powershell", "redis", "sftp", "sql"})
UNFIT = {  # letters that need another spelling in a language: they are left to the tests of its reader
    **dict.fromkeys(("gdb", "vi", "crontab", "tmux"), "\n"),
    "julia": "\n'\"`$\\",
    "tcl": "{}",
}


def _apostrophes(line: str) -> str:
    return "'" + line.replace("\\", "\\\\").replace("'", "\\'") + "'"


def languages() -> set[str]:
    """Every language that a table says a program carries."""
    return {carries.as_ for tool in _tools() for row in tool.row for carries in row.carries}


@cache
def carriers() -> tuple[Carrier, ...]:
    """A carrier for every row that carries a shell line, or what can run one, and leaves it on this machine."""
    found = (_carrier(tool, row, carries) for tool in _tools() for row in tool.row for carries in row.carries)
    return tuple(carrier for carrier in found if carrier is not None)


def _tools() -> Iterator[Tool]:
    seen: set[str] = set()
    for tool in shipped().values():
        if tool.program not in seen:
            seen.add(tool.program)
            yield tool


def _carrier(tool: Tool, row: Row, carries: Carries) -> Carrier | None:
    if carries.lands != "here" or carries.program or (carries.as_ not in LANGUAGES and carries.as_ != "argv"):
        return None
    head = " ".join(filter(None, (tool.program, row.path[0], _needed(carries))))
    joint = _joint(tool, row, carries)
    return Carrier(
        f"{head} {carries.as_} {carries.from_}",
        lambda line: _line(head, carries, joint, line),
        UNFIT.get(carries.as_, ""),
    )


def _joint(tool: Tool, row: Row, carries: Carries) -> str:
    """What stands between the option that carries and its value."""
    name = (*carries.from_.removeprefix("file ").split(), "")[1]
    arity = tool.options.arity | (row.options.arity if row.options else {})
    attached = arity.get(name, ("", ""))[1] == "optional"
    return "=" if name.startswith("--") else "" if attached else " "


def _needed(carries: Carries) -> str:
    """An option without which the row does not carry."""
    own = carries.from_.split()
    return "" if not carries.only or carries.only[0] in own else carries.only[0]


def _line(head: str, carries: Carries, joint: str, line: str) -> str:
    """The line in which `head` carries another, at the place that the table names."""
    kind, *rest = carries.from_.removeprefix("file ").split()
    file = made(line)
    if carries.as_ == "argv" and kind == "option":
        return f"printf '#!/bin/sh\\n%s\\n' {single(line)} > ./{file}; {head} {rest[0]}{joint}./{file}"
    text = f"sh -c {single(line)}" if carries.as_ == "argv" else LANGUAGES[carries.as_](line)
    word = text if carries.as_ == "argv" else single(carries.after + text)
    if carries.from_.startswith("file "):
        return f"printf '%s\\n' {single(text)} > {file}; " + _placed(
            head, kind, rest, single(carries.after + file), joint
        )
    if kind == "stdin":
        return f"printf '%s\\n' {single(text)} | {head}"
    return _placed(head, kind, rest, word, joint)


def _placed(head: str, kind: str, rest: list[str], word: str, joint: str) -> str:
    if kind == "variable":
        return f"{rest[0]}={word} {head} x"
    if kind == "option":
        return f"{head} {rest[0]}{joint}{word}"
    before = 1 if rest and rest[0].startswith("-") else int(rest[0]) if rest else 0  # the last one has one before it
    return " ".join((head, *["x"] * before, word))
