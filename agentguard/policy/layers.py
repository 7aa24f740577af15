"""Which files make the policy of a place: one base, chosen by the system or else the user, and all that tightens it.

Promises: the same files give the same layers, in whatever order they are found; a project's file is never trusted,
and one that cannot be read is refused like any other that is wrong. Refuses to open files: `read` is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from agentguard.model.errors import PolicyError
from agentguard.policy.source import Owner, Read, Source, read_source

FILES = ("policy.toml", "people.toml")  # what people write, and the list of persons that `person add` writes
PROJECT = ".agentguard/policy.toml"
DEFAULT = "default"

Reader = Callable[[str], str | None]  # the text of a file; None where there is none; OSError or ValueError: unreadable


@dataclass(frozen=True, slots=True)
class Layers:
    """The texts that make one policy: what `load` is given. Equal layers make equal policies."""

    base: str | Source = DEFAULT
    further: tuple[Source, ...] = ()
    project: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()


def discover(read: Reader, *, system: str, user: str, cwd: str = "") -> Layers:
    """The layers of the policy files of a machine.

    Args:
        read: gives the text of a file.
        system: the machine's own directory, `/etc/agentguard`.
        user: the user's own.
        cwd: where a call starts; a `.agentguard/policy.toml` there, or in any directory above, tightens.

    Raises:
        PolicyError: a file of the system or the user does not load.
    """
    owned = ((Owner.SYSTEM, system), (Owner.USER, user))
    found = [_trusted(read, f"{folder}/{name}", owner) for owner, folder in owned if folder for name in FILES]
    base, further, warnings = _with_base([one for one in found if one])
    project, refusals = _project(read, cwd)
    return Layers(base, further, project, (*warnings, *refusals))


def one_file(source: Source) -> Layers:
    """The layers where one file is everything: what it chooses as its base, and itself."""
    base, further, warnings = _with_base([read_source(source)])
    return Layers(base, further, (), warnings)


def _trusted(read: Reader, path: str, owner: Owner) -> Read | None:
    try:
        text = read(path)
    except (OSError, ValueError) as error:
        raise PolicyError(
            f"this cannot be read ({error})", place=path, hint="a policy that is there must count"
        ) from error
    return None if text is None else read_source(Source(path, text, owner))


def _with_base(reads: list[Read]) -> tuple[str | Source, tuple[Source, ...], tuple[str, ...]]:
    """The base that the first file chooses (files of the system come first), the other files, and what is not heard."""
    chooser = next((read for read in reads if read.file.base), None)
    if chooser is None:
        return DEFAULT, tuple(read.source for read in reads), ()
    chosen = chooser.file.base or DEFAULT
    unheard = [read for read in reads if read.file.base not in (None, chosen) and read is not chooser]
    warnings = tuple(
        f'`base = "{read.file.base}"` in {read.source.place} is not heard: {chooser.source.place} chose {chosen}'
        for read in unheard
    )
    if chosen == "own":
        return chooser.source, tuple(read.source for read in reads if read is not chooser), warnings
    return chosen, tuple(read.source for read in reads), warnings


def _project(read: Reader, cwd: str) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    sources, refusals = [], []
    for path in _above(cwd):
        try:
            text = read(path)
        except (OSError, ValueError) as error:
            refusals.append(f"a project's file was refused: {path} cannot be read ({error})")
            continue
        if text is not None:
            sources.append(Source(path, text, Owner.PROJECT))
    return tuple(sources), tuple(refusals)


def _above(cwd: str) -> Iterator[str]:
    """Where a project's file may lie. All of them count: a checkout inside another one does not shake off its rules."""
    if cwd.startswith("/"):
        folder = PurePosixPath(cwd)
        yield from (str(place / PROJECT) for place in (folder, *folder.parents))
