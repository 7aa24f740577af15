"""What on this machine is the guard's own, wherever it lies, and the list of what was put outside its own directories.

An install that writes settings, or launchers in a directory of somebody's choice, adds them to a list: in the state for
one user, in the system's directory for all. Promises: the list is read anew for every call, so that an install counts
at once; a list that cannot be read counts as empty and takes nothing else away. Refuses a path with a line end in it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import agentguard
from agentguard.broker.become import LAUNCHER
from agentguard.broker.places import SHARED, Places
from agentguard.model.errors import AgentguardError
from agentguard.surroundings import Own

LIST = "own"  # the list's name, one path a line
PROGRAM = os.path.realpath(Path(agentguard.__file__).parent)


def own(places: Places) -> Own:
    """What is the guard's own now: of these places, of this process, and what is listed."""
    listed = dict.fromkeys((*_listed(places.state), *_listed(places.system)))
    standing = (places.state, places.config, places.system, places.socket, places.complaint, SHARED, PROGRAM)
    holding = (str(places.shims), str(SHARED / "shims"), *listed)
    return Own(
        places=_real((*map(str, standing), *listed)),
        sockets=(str(places.socket),),
        shims=tuple(dict.fromkeys(path for path in holding if os.path.isfile(f"{path}/{LAUNCHER}"))),
        processes=(os.getpid(),),
    )


@lru_cache(maxsize=4)  # every call asks, and where a directory lies does not change while a broker serves it
def _real(paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(os.path.realpath, paths)))


def remember(directory: Path, paths: Iterable[Path | str]) -> None:
    """Put paths on the list of a directory that stands. Raises AgentguardError where it cannot be written."""
    known = _listed(directory)
    new = [path for path in dict.fromkeys(map(os.path.abspath, paths)) if path not in known]
    if any("\n" in path for path in new):
        raise AgentguardError("the path holds a line end", place=repr(new), hint="choose another one")
    if new:
        _write(directory, (*known, *new))


def forget(directory: Path, paths: Iterable[Path | str]) -> None:
    """Take paths off the list again."""
    gone = set(map(os.path.abspath, paths))
    known = _listed(directory)
    if gone & set(known):
        _write(directory, tuple(path for path in known if path not in gone))


def _listed(directory: Path) -> tuple[str, ...]:
    with contextlib.suppress(OSError):
        text = (directory / LIST).read_text("utf-8", "surrogateescape")
        return tuple(line for line in text.split("\n") if line.startswith("/"))
    return ()


def _write(directory: Path, paths: tuple[str, ...]) -> None:
    new = directory / f".{LIST}.new"
    try:
        new.write_text("".join(f"{path}\n" for path in paths), "utf-8", "surrogateescape")
        new.replace(directory / LIST)
    except OSError as error:
        raise AgentguardError(
            f"the list of what is guarded cannot be written ({error.strerror})", place=str(directory / LIST)
        ) from error
