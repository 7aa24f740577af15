"""make: the recipes a target would run, with the variables that its Makefile sets plainly.

Reads rules, prerequisites, recipes, includes, `VAR = value` and `$(shell …)`; what GNU make can do beyond (functions,
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
ASSIGNMENT = re.compile(r"^(?:export\s+|override\s+)?([A-Za-z_.][\w.-]*)\s*(?:::?:?|\?|\+)?=\s*(.*)$")
RULE = re.compile(r"^([^\s:=#][^:=#]*?)\s*::?(?!=)\s*([^;]*)(?:;\s*(.*))?$")
INCLUDE = re.compile(r"^(?:-|s)?include\s+(.+)$")
REFERENCE = re.compile(r"\$[({]([A-Za-z_.][\w.-]*)[)}]")
SHELL = re.compile(r"\$\(shell\s+((?:[^()]|\([^()]*\))*)\)")
DEPTH = 20  # prerequisites of prerequisites, and includes of includes, that are followed
BUILT_IN = {"MAKE": "make", "RM": "rm -f", "AR": "ar", "CC": "cc", "CXX": "c++"}  # as GNU make sets them
PLAIN_SHELLS = frozenset({"sh", "bash", "dash", "zsh", "ksh"})


@dataclass(slots=True)
class Makefile:
    """What was read of a makefile: variables, and each target's prerequisites and recipe lines, in order."""

    variables: dict[str, str] = field(default_factory=dict)
    needs: dict[str, list[str]] = field(default_factory=dict)
    recipes: dict[str, list[str]] = field(default_factory=dict)
    first: str = ""
    shells: list[str] = field(default_factory=list)
    includes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Project:
    """Where make looks for its files."""

    folder: str
    surroundings: Surroundings

    def text(self, name: str) -> str | None:
        """The text of a file of the project."""
        known = os.path.isabs(self.folder)
        return self.surroundings.script(os.path.normpath(os.path.join(self.folder, name))) if known else None


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """`$(shell …)` runs whenever the file is read; the recipes of the targets run unless `-n`, `-q` or `-t`."""
    del row
    folder = os.path.join(invocation.cwd, command.value("-C") or "")
    makefile = _makefile(command, invocation, Project(folder, surroundings))
    if makefile is None:
        return
    makefile.variables = BUILT_IN | makefile.variables | _given(command)
    for line in makefile.shells:
        yield Payload("shell", text=Word(_expand(line, makefile)), directory=Word(folder), how="$(shell)")
    if command.has("-n", "-q", "-t"):
        return
    shell = makefile.variables.get("SHELL", "sh")
    targets = [word.text for word in command.operands if "=" not in word.text] or [_default(makefile)]
    for target in order(targets, makefile):
        recipe = "\n".join(_expand(line, makefile, target).lstrip("@-+ ") for line in makefile.recipes.get(target, ()))
        if recipe:
            yield Payload("shell", text=Word(recipe), dialect="sh", directory=Word(folder), how=f"make {target}")
        if recipe and os.path.basename(shell.split(" ")[0]) not in PLAIN_SHELLS:
            yield Payload("shell", text=Word(shell), directory=Word(folder), how="make SHELL")


def _given(command: Command) -> dict[str, str]:
    """Variables set on the command line, which win over the makefile's."""
    return {name: value for w in command.operands for name, equals, value in [w.text.partition("=")] if equals}


def _default(makefile: Makefile) -> str:
    return makefile.variables.get(".DEFAULT_GOAL") or makefile.first


def _makefile(command: Command, invocation: Invocation, project: Project) -> Makefile | None:
    """All that is read: MAKEFILES, the makefile with what it includes, and --eval."""
    texts = [text] if (text := _text(command, invocation, project)) is not None else []
    before = dict(invocation.variables).get("MAKEFILES")
    for name in before.text.split() if isinstance(before, Word) else ():
        texts.insert(0, project.text(name) or "")
    evaluated = command.value("-E")
    if evaluated:
        texts.insert(0, evaluated)
    if not texts:
        return None
    makefile = read_makefile("\n".join(texts))
    for count, name in enumerate(makefile.includes):
        if count < DEPTH:
            read_makefile(project.text(_expand(name, makefile)) or "", makefile)
    return makefile


def _text(command: Command, invocation: Invocation, project: Project) -> str | None:
    named = command.value("-f")
    if named in ("-", "/dev/stdin"):
        return invocation.stdin.text if invocation.stdin else None
    for name in (named,) if named else FILES:
        path = os.path.normpath(os.path.join(project.folder, name))
        written = dict(invocation.written).get(path)
        text = written.text if written is not None else project.text(name)
        if text is not None:
            return text
    return None


def project_file(
    command: Command, named: str | None, names: tuple[str, ...], invocation: Invocation, surroundings: Surroundings
) -> str | None:
    """The text of a task runner's own file: the one named, else the first of `names` in its folder (`-d`)."""
    folder = os.path.join(invocation.cwd, command.value("-d") or "")
    for name in (named,) if named else names:
        path = os.path.normpath(os.path.join(folder, name))
        if path in dict(invocation.written):
            return dict(invocation.written)[path].text
        text = surroundings.script(path) if os.path.isabs(folder) else None
        if text is not None:
            return text
    return None


def read_makefile(text: str, makefile: Makefile | None = None) -> Makefile:
    """The rules and variables of a makefile's text, added to those of `makefile`."""
    makefile, targets = makefile or Makefile(), list[str]()
    for line in text.replace("\\\n", " ").split("\n"):
        if line.startswith("\t"):
            for target in targets:
                makefile.recipes.setdefault(target, []).append(line[1:])
            continue
        makefile.shells += SHELL.findall(line)
        if included := INCLUDE.match(line):
            makefile.includes += included[1].split()
        elif assigned := ASSIGNMENT.match(line):
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
    """The line with its variables put in, `$@`, `$<`, `$^` and `$$` too; a variable nobody set is empty, as in make."""
    for _ in range(DEPTH):
        expanded = REFERENCE.sub(lambda ref: makefile.variables.get(ref[1], ""), line)
        if expanded == line:
            break
        line = expanded
    needs = makefile.needs.get(target, [])
    line = line.replace("$@", target).replace("$^", " ".join(needs)).replace("$<", " ".join(needs[:1]))
    return line.replace("$$", "$")
