"""sed, awk, perl and ruby that edit files in place: whether anything is left of them.

An edit like any other is a modification. A program that prints nothing, or takes every line away, empties the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace

from agentguard.classify import files
from agentguard.classify.row import effect_of_row
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Verb
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row, Tool

PRINTS = re.compile(r"\b(?:print|printf|puts|say|write|putc|\$stdout|p)\b")
CLEARS = re.compile(r"\s*(?:undef\s*\(?\s*\$_|\$_\s*=\s*(?:\"\"|''|undef|nil)|\$_\.(?:clear|replace\(\"\"\)))")
DELETES_ALL = re.compile(r"\s*(?:1,\$|0?~1|/\.\*/|/\^/|//|\$!)?\s*[dDQ]\s*;?\s*|\s*1\s*[Qq]\s*;?\s*|\s*c\\?\s*")
SED_PRINTS = re.compile(r"[pPiaclwr]")


def effects(command: Command, tool: Tool, row: Row | None, surroundings: Surroundings) -> tuple[Effect, ...] | None:
    """An overwrite where nothing is left; None where the row says it all."""
    if row is None or not _in_place(command) or not EMPTIES[tool.program](command):
        return None
    effect = replace(effect_of_row(tool, row, command), verb=Verb.OVERWRITE, because=row.because)
    return files.spread(effect, command, surroundings)


def _in_place(command: Command) -> bool:
    return command.value("-i") == "inplace" if command.program in ("awk", "gawk") else command.has("-i")


def _code(command: Command) -> str:
    """The program: what -e gives, else the first operand."""
    given = [option.value.text for option in command.options if option.name == "-e" and option.value is not None]
    return "\n".join(given) if given else (command.operands[0].text if command.operands else "")


def _script(command: Command) -> bool:
    """For perl and ruby: -n prints only what the code prints, -p every line that the code has not cleared."""
    code = _code(command)
    return bool(CLEARS.match(code)) if command.has("-p") else not PRINTS.search(code)


def _sed(command: Command) -> bool:
    code = _code(command)
    return not SED_PRINTS.search(code) if command.has("-n") else bool(DELETES_ALL.fullmatch(code))


def _awk(command: Command) -> bool:
    """A block that prints nothing; a pattern without a block prints what it matches."""
    code = _code(command)
    return not PRINTS.search(code) and bool(re.fullmatch(r"\s*(?:\{.*\}\s*|0\s*)?", code, re.DOTALL))


EMPTIES: Mapping[str, Callable[[Command], bool]] = {"awk": _awk, "perl": _script, "ruby": _script, "sed": _sed}
