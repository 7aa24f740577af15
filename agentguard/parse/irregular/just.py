"""just: the recipes of a justfile that a command runs, with those they need.

Recipes, dependencies, `NAME=value` on the line and `name := "value"`; other expressions stay as they are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.irregular.make import Makefile, order, project_file
from agentguard.parse.payload import Payload
from agentguard.surroundings import Surroundings
from agentguard.tools.schema import Row

FILES = ("justfile", "Justfile", ".justfile", "JUSTFILE")
RECIPE = re.compile(r"^@?([A-Za-z_][\w-]*)([^:=\n]*):(?!=)\s*(.*)$")
ASSIGNMENT = re.compile(r"""^(?:export\s+)?([A-Za-z_][\w-]*)\s*:=\s*["']?([^"'\n]*)["']?\s*$""")
REFERENCE = re.compile(r"\{\{\s*([A-Za-z_][\w-]*)\s*\}\}")


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """The recipes named, else the first one, as shell text."""
    del row
    if command.has("-l", "-n", "--summary", "--show", "--dump", "--evaluate", "--choose"):
        return
    text = project_file(command, command.value("-f"), FILES, invocation, surroundings)
    if text is None:
        return
    recipes = read_justfile(text)
    recipes.variables |= {w.text.partition("=")[0]: w.text.partition("=")[2] for w in command.operands if "=" in w.text}
    named = [word.text for word in command.operands if word.text in recipes.recipes] or [recipes.first]
    for name in order(named, recipes):
        lines = (line.lstrip("@-") for line in recipes.recipes.get(name, ()))
        recipe = "\n".join(REFERENCE.sub(lambda ref: recipes.variables.get(ref[1], ref[0]), line) for line in lines)
        if recipe:
            yield Payload("shell", text=Word(recipe), dialect="sh", how=f"just {name}")


def read_justfile(text: str) -> Makefile:
    """The recipes and variables of a justfile's text."""
    found, name = Makefile(), ""
    for line in text.replace("\\\n", " ").split("\n"):
        if line[:1] in (" ", "\t"):
            found.recipes.setdefault(name, []).append(line.strip())
        elif assigned := ASSIGNMENT.match(line):
            found.variables[assigned[1]] = assigned[2]
        elif recipe := RECIPE.match(line):
            name = recipe[1]
            found.first = found.first or name
            found.recipes.setdefault(name, [])
            found.needs[name] = re.findall(r"[A-Za-z_][\w-]*", recipe[3].partition("#")[0])
    return found
