"""npm, pnpm, yarn: the scripts of package.json that a command runs."""

from __future__ import annotations

import json
import os.path
from collections.abc import Iterator

from agentguard.model.command import Command, Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload
from agentguard.surroundings import Json, Surroundings
from agentguard.tools.schema import Row

RUN = frozenset({"run", "run-script", "rum", "urn"})
BY_NAME = frozenset({"test", "start", "stop", "restart"})  # scripts that are sub-commands of their own
INSTALLS = frozenset({"ci", "clean-install", "i", "install"})
AROUND = dict.fromkeys(INSTALLS, ("preinstall", "install", "postinstall", "preprepare", "prepare", "postprepare")) | {
    "pack": ("prepack", "prepare", "postpack"),
    "publish": ("prepublishOnly", "prepack", "prepare", "postpack", "publish", "postpublish"),
    "rebuild": ("preinstall", "install", "postinstall", "prepare"),
    "version": ("preversion", "version", "postversion"),
}
EVALUATES = frozenset({"-e", "--eval", "-p", "--print"})
SUFFIXES = (".js", ".ts", ".mjs", ".cjs", ".mts", ".jsx", ".tsx")
FOLDER_OPTIONS = ("--prefix", "-C", "--dir", "--cwd")


def payloads(
    command: Command, row: Row | None, invocation: Invocation, surroundings: Surroundings
) -> Iterator[Payload]:
    """The named script with its `pre` and `post` scripts, as shell text with the arguments behind it."""
    if command.argv[0].text.endswith("bun"):
        yield from _bun(command.argv[1:])
    yield from _around(command, invocation, surroundings)
    name, rest = _script_name(command)
    if not name or name in AROUND:
        return
    scripts = _scripts(command, invocation, surroundings)
    if row is None and name not in scripts:  # `yarn prisma …`: a program of the project's own
        yield Payload("argv", words=(Word(name), *rest), how="script")
    for key in (f"pre{name}", name, f"post{name}"):
        text = scripts.get(key)
        if isinstance(text, str):
            more = " ".join(word.text for word in rest) if key == name else ""
            line = Word(f"{text} {more}".strip(), all(word.known for word in rest))
            yield Payload("shell", text=line, how=f"script {key}", directory=_folder(command))


def _around(command: Command, invocation: Invocation, surroundings: Surroundings) -> Iterator[Payload]:
    """The project's own scripts that npm runs around an install, a pack and the like."""
    first = command.path[0] if command.path else ""
    about_packages = first in INSTALLS and bool(command.operands)  # `npm install x` runs the scripts of x, not these
    if first not in AROUND or about_packages or command.has("--ignore-scripts"):
        return
    scripts = _scripts(command, invocation, surroundings)
    for key in AROUND[first]:
        text = scripts.get(key)
        if isinstance(text, str):
            yield Payload("shell", text=Word(text), how=f"script {key}", directory=_folder(command))


def _bun(words: tuple[Word, ...]) -> Iterator[Payload]:
    """Bun runs JavaScript too: `bun -e code`, `bun file.ts`, `bun run file.ts`."""
    texts = [word.text for word in words]
    if texts[:1] and texts[0] in EVALUATES and len(words) > 1:
        yield Payload("javascript", text=words[1], rest=words[1:], how="bun")
    at = 1 if texts[:1] == ["run"] else 0
    if texts[at:] and texts[at].endswith(SUFFIXES):
        yield Payload("javascript", file=words[at], rest=words[at:], how="script")


def _folder(command: Command) -> Word | None:
    """The directory of the project that an option names."""
    named = command.value(*FOLDER_OPTIONS)
    return Word(named) if named else None


def _scripts(command: Command, invocation: Invocation, surroundings: Surroundings) -> dict[str, Json]:
    path = os.path.join(invocation.cwd, command.value(*FOLDER_OPTIONS) or "", "package.json")
    found = surroundings.facts(path, "scripts", scripts_of) if os.path.isabs(path) else None
    return found if isinstance(found, dict) else {}


def _script_name(command: Command) -> tuple[str, tuple[Word, ...]]:
    words = tuple(Word(word) for word in command.path) + command.operands
    if not words:
        return "", ()
    if words[0].text in RUN:
        return (words[1].text, words[2:]) if len(words) > 1 else ("", ())
    by_name = words[0].text in BY_NAME or command.argv[0].text.endswith(("yarn", "pnpm", "bun"))
    return (words[0].text, words[1:]) if by_name else ("", ())


def scripts_of(data: bytes) -> Json:
    """The scripts of a package.json. Raises ValueError where it does not parse."""
    parsed = json.loads(data)
    scripts = parsed.get("scripts") if isinstance(parsed, dict) else None
    return {str(k): str(v) for k, v in scripts.items()} if isinstance(scripts, dict) else {}
