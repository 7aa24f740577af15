"""Programs without a table: opaque, but for another program that their words name.

Nobody lists every wrapper. Where a stranger's words go on as a command line of a program that is known (`retry 5
kubectl delete …`, `with-env -- psql …`, `xonsh -c 'aws …'`), that is read as if the stranger ran it. A name that only
stands there (`brew install kubectl helm`) is none: the words behind it have to be a command line of that program.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from agentguard.model.command import Word
from agentguard.parse.argv import read_arguments
from agentguard.parse.payload import Payload
from agentguard.tools import Toolbox
from agentguard.tools.schema import Tool

# What comes before the inner program: options and their values, and words such as these.
STARTS = frozenset({"do", "exec", "launch", "record", "run", "shell", "start", "with", "x"})
BEFORE = 2  # plain words before the inner program: `retry 5`, `with-env staging`
TEXTS = frozenset({"-c", "--cmd", "--command", "--exec", "--run"})  # options whose value may be a line for a shell
# Programs and sub-commands that take names of programs as names.
NAMERS = frozenset(
    "apk apt apt-get aptitude brew choco cspell dnf dpkg emerge flatpak go nala nix-env notify-send opkg pacman "
    "paru pip pip3 pipx pkg port rpm scoop snap winget yay yum zypper".split()
)
NAMING = frozenset(
    "add describe docs explain get help info install list remove search show uninstall update upgrade".split()
)
# Tables that are called like an ordinary word, which is a sub-command or a value of any program.
WORDS = frozenset(
    "R at atlas batch console copilot craft flux forever http https info install just k kind less make man migrate "
    " more op open patch phase r railway render script service sql task temporal test time vault vc watch".split()
)


def payloads(argv: tuple[Word, ...], toolbox: Toolbox) -> Iterator[Payload]:
    """The command line that a stranger's words hold, if any, and the texts behind its `-c`."""
    first = argv[0].text.strip()
    if " " in first and _named(first.split(" ", 1)[0], toolbox):
        yield Payload("shell", text=argv[0], how="wrapper")
    if first.rsplit("/", 1)[-1] in NAMERS:
        return
    place = _inner(argv, toolbox)
    if place:
        yield Payload("argv", words=argv[place:], how="wrapper")
    for option, value in pairwise(argv[1:]):
        if option.text in TEXTS and " " in value.text and _named(value.text.split(" ", 1)[0], toolbox):
            yield Payload("shell", text=value, how="wrapper")


def _inner(argv: tuple[Word, ...], toolbox: Toolbox) -> int:
    """Where the inner command line begins; 0 where there is none."""
    plain, before = 0, ""
    for place, word in enumerate(argv[1:-1], 1):
        if word.text in NAMING or plain > BEFORE:
            break
        if word.known and _is_line(argv[place:], toolbox):
            return place
        plain += not (word.text.startswith("-") or before.startswith("-") or "=" in word.text or word.text in STARTS)
        before = word.text
    ends = next((place for place, word in enumerate(argv) if word.text == "--"), 0)
    return ends + 1 if ends and _is_line(argv[ends + 1 :], toolbox) else 0


def _is_line(words: tuple[Word, ...], toolbox: Toolbox) -> bool:
    """Whether these words are a command line of a program that is known, and not only its name."""
    tool = _named(words[0].text, toolbox) if len(words) > 1 else None
    if tool is None:
        return False
    found = read_arguments(tool, words[1:])
    verbs = tool.words.verbs if tool.words else {}
    return found.row is not None or any(word.split("-", 1)[0] in verbs for word in found.path[-1:])


def _named(word: str, toolbox: Toolbox) -> Tool | None:
    """The table a word names, of a program that runs others or reaches further than this machine's files."""
    name = word.rsplit("/", 1)[-1]
    tool = None if name in WORDS else toolbox.tool(name)
    if tool is None:
        return None
    runs = any(row.carries for row in tool.row)
    return tool if runs or name == "rm" or tool.at not in ("local", "files") else None
