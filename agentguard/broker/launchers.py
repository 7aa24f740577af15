"""The files that agents start in place of their shell and of programs: written, listed and removed here.

Promises: every file is the same few lines, with all it needs to know in its text, so that no variable of an agent can
lead it elsewhere; it becomes the real program by `broker/become.py`. Whoever starts one meanwhile gets the old or the
new one whole. Refuses a directory where a name it needs is taken, and to remove anything that is not ours.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable
from pathlib import Path

from agentguard.broker.become import LAUNCHER, PREFIX
from agentguard.broker.places import Places
from agentguard.broker.seat import make_private
from agentguard.broker.start import DEADLINE, command
from agentguard.model.errors import AgentguardError

SHELLS = ("bash", "zsh")  # what an agent wants its shell to be called
SEARCHED = ("/bin", "/usr/bin", "/usr/local/bin", "/opt/homebrew/bin")  # where a shell is looked for, never in PATH
MARK = b"# Written by agentguard"
FIRST_LINE_LIMIT = 127  # bytes of a `#!` line that every system reads whole

TEXT = """\
#!{python} -IS
# Written by agentguard; install it again to change it. What it runs is {folder}/become.py.
import sys
from _frozen_importlib_external import SourceFileLoader  # every interpreter has loaded it


def load(name):
    module = sys.modules["agentguard.broker." + name] = type(sys)(name)
    exec(SourceFileLoader(name, {folder!r} + "/" + name + ".py").get_code(name), module.__dict__)
    return module


try:
    load("carry")
    load("become").main(load, sys.argv, {broker!r}{shell})
finally:  # become ends this process itself: what comes here has failed before, and nothing may run
    import posix

    posix.write(2, b"agentguard denied this call: its launcher does not load; install it again.\\n")
    posix._exit(77)
"""


def write_shell(directory: Path, places: Places, own: tuple[str, ...] = ()) -> Path:
    """Write the launchers of the shell, and return the one that is a prefix; the others are called like their shell.

    `own` are the lines that agents start our hook with, which pass without a question. Raises AgentguardError where no
    bash is there, or the directory holds something else.
    """
    shells = {name: path for name in SHELLS if (path := _shell(name))}
    if "bash" not in shells:
        raise AgentguardError("no bash was found", place=":".join(SEARCHED), hint="install it there")
    _ready(directory, places)
    _write(directory, PREFIX, _text(places, f", {shells!r}, {own!r}"), shells)
    return directory / PREFIX


def write_shims(directory: Path, places: Places, programs: Iterable[str]) -> tuple[str, ...]:
    """Write a shim for each program, in place of those that were there, and return their names."""
    names = tuple(sorted(programs))
    _ready(directory, places)
    _write(directory, LAUNCHER, _text(places), names)
    return names


def shims(directory: Path) -> tuple[str, ...]:
    """The names of the programs that have a shim there, sorted."""
    return tuple(sorted(link.name for link in _links(directory, LAUNCHER)))


def remove(directory: Path, launcher: str = LAUNCHER) -> tuple[str, ...]:
    """Remove a launcher and its links, and the directory once it is empty. Returns the names of the links."""
    names = tuple(sorted(link.name for link in _links(directory, launcher)))
    _must_be_ours(directory / launcher)
    for name in (*names, launcher):
        (directory / name).unlink(missing_ok=True)
    if directory.is_dir() and not any(directory.iterdir()):
        directory.rmdir()
    return names


def present(programs: Iterable[str], directory: Path, path: str) -> tuple[str, ...]:
    """Those of the programs that stand in PATH, outside our own directory."""
    places = os.pathsep.join(part for part in path.split(os.pathsep) if Path(part or ".") != directory)
    return tuple(name for name in programs if shutil.which(name, path=places))


def _shell(name: str) -> str:
    found = (f"{place}/{name}" for place in SEARCHED)
    return next((path for path in found if os.access(path, os.X_OK)), "")


def _text(places: Places, shell: str = "") -> str:
    broker = (str(places.socket), DEADLINE, list(command(places)))
    text = TEXT.format(python=sys.executable, folder=str(Path(__file__).parent), broker=broker, shell=shell)
    first = text.partition("\n")[0]
    if len(os.fsencode(first)) > FIRST_LINE_LIMIT or " " in sys.executable:
        raise AgentguardError(
            "the path of this Python cannot stand in the first line of a script",
            place=sys.executable,
            hint="install agentguard where the path is shorter and has no blank",
        )
    return text


def _ready(directory: Path, places: Places) -> None:
    """Make the directory: one's own alone, or where everybody is to start what stands in it, one's own to write."""
    if not places.everybodys:
        make_private(places.state)  # which would come to be as a parent else, open to others: no broker takes that
        make_private(directory)
        return
    directory.mkdir(parents=True, exist_ok=True)
    if directory.stat().st_uid != os.geteuid():
        raise AgentguardError("this directory belongs to somebody else", place=str(directory), hint="run it as root")
    directory.chmod(0o755)


def _write(directory: Path, launcher: str, text: str, links: Iterable[str]) -> None:
    _must_be_ours(directory / launcher)
    wanted = set(links)
    for link in directory.iterdir():
        if link.name in wanted and link not in _links(directory, launcher):
            raise AgentguardError("something else stands here", place=str(link), hint="choose another directory")
    new = directory / f".{launcher}.new"
    new.write_text(text, encoding="utf-8", errors="surrogateescape")
    new.chmod(directory.stat().st_mode & 0o755)
    new.replace(directory / launcher)
    for link in _links(directory, launcher):
        if link.name not in wanted:
            link.unlink()
    for name in sorted(wanted - {link.name for link in _links(directory, launcher)}):
        (directory / name).symlink_to(launcher)


def _links(directory: Path, launcher: str) -> list[Path]:
    """The links to a launcher in its directory."""
    if not directory.is_dir():
        return []
    return [path for path in directory.iterdir() if path.is_symlink() and os.readlink(path) == launcher]


def _must_be_ours(launcher: Path) -> None:
    if launcher.exists() and MARK not in launcher.read_bytes()[:400]:
        raise AgentguardError("this file is not agentguard's", place=str(launcher), hint="choose another directory")
