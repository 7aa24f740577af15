"""make: the recipes a target would run, with the variables that its Makefile sets plainly.

Reads rules, prerequisites, recipes, `VAR = value` and `$(shell …)`; what GNU make can do beyond (functions, includes,
pattern rules) leaves the recipe as opaque as any program.
"""

from __future__ import annotations

import os.path
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

FILES = ("GNUmakefile", "makefile", "Makefile")  # in the order GNU make tries them
ASSIGNMENT = re.compile(r"^(?:export\s+|override\s+)?([A-Za-z_][\w.-]*)\s*(?:::?|\?|\+)?=\s*(.*)$")
RULE = re.compile(r"^([^\s:=#][^:=#]*?)\s*::?(?!=)\s*([^;]*)(?:;\s*(.*))?$")
REFERENCE = re.compile(r"\$[({]([A-Za-z_][\w.-]*)[)}]")
SHELL = re.compile(r"\$\(shell\s+((?:[^()]|\([^()]*\))*)\)")
DEPTH = 20  # prerequisites of prerequisites that are followed


@dataclass(slots=True)
class Makefile:
    """What was read of a makefile: variables, and each target's prerequisites and recipe lines, in order."""

    variables: dict[str, str] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    recipes: dict[str, list[str]] = field(default_factory=dict)
    first: str = ""
    shells: list[str] = field(default_factory=list)


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """`$(shell …)` runs whenever the file is read; the recipes of the targets run unless `-n`, `-q` or `-t`."""
    del row
    folder = os.path.join(invocation.cwd, command.value("-C") or "")
    text = _text(command, invocation, folder, surroundings)
    if text is None:
        return
    makefile = read_makefile(text)
    given = {w.text.partition("=")[0]: w.text.partition("=")[2] for w in command.operands if "=" in w.text}
    makefile.variables |= given
    for line in makefile.shells:
        yield Payload("shell", text=Word(_expand(line, makefile)), how="$(shell)")
    if command.has("-n", "-q", "-t"):
        return
    targets = [word.text for word in command.operands if "=" not in word.text] or [makefile.first]
    for target in order(targets, makefile):
        recipe = "\n".join(_expand(line, makefile, target).lstrip("@-+ ") for line in makefile.recipes.get(target, ()))
        if recipe:
            yield Payload("shell", text=Word(recipe), dialect="sh", how=f"make {target}")


def _text(command: Command, invocation: Invocation, folder: str, surroundings: Surroundings) -> str | None:
    named = command.value("-f")
    if named == "-":
        return invocation.stdin.text if invocation.stdin else None
    for name in (named,) if named else FILES:
        path = os.path.normpath(os.path.join(folder, name))
        if path in dict(invocation.written):
            return dict(invocation.written)[path].text
        text = surroundings.script(path) if os.path.isabs(folder) else None
        if text is not None:
            return text
    return None


def read_makefile(text: str) -> Makefile:
    """The rules and variables of a makefile's text."""
    makefile, targets = Makefile(), list[str]()
    for line in text.replace("\\\n", " ").split("\n"):
        if line.startswith("\t"):
            for target in targets:
                makefile.recipes.setdefault(target, []).append(line[1:])
            continue
        makefile.shells += SHELL.findall(line)
        if assigned := ASSIGNMENT.match(line):
            makefile.variables.setdefault(assigned[1], assigned[2].strip())
        elif rule := RULE.match(line):
            targets = _rule(rule, makefile)
    return makefile


def _rule(rule: re.Match[str], makefile: Makefile) -> list[str]:
    targets = rule[1].split()
    for target in targets:
        makefile.needs.setdefault(target, []).extend(_expand(rule[2], makefile).split())
        if rule[3]:
            makefile.recipes.setdefault(target, []).append(rule[3])
        if not makefile.first and not target.startswith("."):
            makefile.first = target
    return targets


def order(targets: list[str], makefile: Makefile) -> list[str]:
    """The targets and all they need, needs first, each once."""
    done: list[str] = []

    def visit(target: str, depth: int) -> None:
        if target in done or depth > DEPTH:
            return
        for need in makefile.needs.get(target, ()):
            visit(need, depth + 1)
        if target not in done:
            done.append(target)

    for target in targets:
        visit(target, 0)
    return done


def _expand(line: str, makefile: Makefile, target: str = "") -> str:
    """The line with its variables put in, `$@` and `$$` too; a variable nobody set is empty, as in make."""
    for _ in range(DEPTH):
        expanded = REFERENCE.sub(lambda ref: makefile.variables.get(ref[1], ""), line)
        if expanded == line:
            break
        line = expanded
    return line.replace("$@", target).replace("$$", "$")
