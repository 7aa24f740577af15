"""Which files make the policy of a place: one base, chosen by the system or else the user, and all that tightens it.

Rules are `policy.toml`, names of environments `environments.toml`; the list of persons is read in `broker/people.py`.
Promises: a project's file is never trusted, and one that cannot be read is refused like any other that is wrong.
Refuses to open files: `read` is passed in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from agentguard.model.errors import PolicyError
from agentguard.policy.project import REFUSED
from agentguard.policy.source import Owner, Read, Source, read_source

RULES = "policy.toml"
NAMES = "environments.toml"
PROJECT = ".agentguard"
DEFAULT = "default"

Reader = Callable[[str], str | None]  # the text of a file; None where there is none; OSError or ValueError: unreadable


@dataclass(frozen=True, slots=True)
class Layers:
    """The texts that make one policy: what `load` is given. Equal layers make equal policies.

    `names` are the environments of system and user, `raising_names` those of a project.
    """

    base: str | Source = DEFAULT
    further: tuple[Source, ...] = ()
    project: tuple[Source, ...] = ()
    names: tuple[Source, ...] = ()
    raising_names: tuple[Source, ...] = ()
    warnings: tuple[str, ...] = ()


def discover(read: Reader, *, system: str, user: str, cwd: str = "") -> Layers:
    """The layers of the policy files of a machine.

    Args:
        read: gives the text of a file.
        system: the machine's own directory, `/etc/agentguard`.
        user: the user's own.
        cwd: where a call starts; a `.agentguard` there, or in any directory above, tightens.

    Raises:
        PolicyError: a file of the system or the user does not load.
    """
    folders = {Owner.SYSTEM: system, Owner.USER: user}
    rules, names = (_trusted(read, {owner: f"{at}/{name}" for owner, at in folders.items()}) for name in (RULES, NAMES))
    base, further, unheard = _with_base([read_source(source) for source in rules])
    project, refused_rules = _of_project(read, _above(cwd, RULES))
    raising, refused_names = _of_project(read, _above(cwd, NAMES))
    return Layers(base, further, project, names, raising, (*unheard, *refused_rules, *refused_names))


def one_file(source: Source) -> Layers:
    """The layers where one file is everything: rules or names, of a person or a project. Raises PolicyError."""
    named, projects = PurePosixPath(source.place).name == NAMES, source.owner is Owner.PROJECT
    if named:
        return Layers(raising_names=(source,)) if projects else Layers(names=(source,))
    if projects:
        return Layers(project=(source,))
    base, further, _ = _with_base([read_source(source)])
    return Layers(base, further)


def _with_base(reads: Sequence[Read]) -> tuple[str | Source, tuple[Source, ...], tuple[str, ...]]:
    """The base that the first file chooses (the system's comes first), all other files, and what is not heard."""
    chooser = next((read for read in reads if read.file.base), None)
    if chooser is None:
        return DEFAULT, tuple(read.source for read in reads), ()
    chosen = chooser.file.base or DEFAULT
    warnings = tuple(
        f'`base = "{read.file.base}"` in {read.source.place} is not heard: {chooser.source.place} chose `{chosen}`'
        for read in reads
        if read.file.base not in (None, chosen)
    )
    if chosen == "own":
        return chooser.source, tuple(read.source for read in reads if read is not chooser), warnings
    return chosen, tuple(read.source for read in reads), warnings


def _trusted(read: Reader, paths: dict[Owner, str]) -> tuple[Source, ...]:
    """The files of system and user that are there. Raises PolicyError for one that cannot be read."""
    sources = []
    for owner, path in paths.items():
        try:
            text = read(path)
        except (OSError, ValueError) as error:
            raise PolicyError(f"this cannot be read ({error})", place=path, hint="what is there must count") from error
        if text is not None:
            sources.append(Source(path, text, owner))
    return tuple(sources)


def _of_project(read: Reader, paths: Sequence[str]) -> tuple[tuple[Source, ...], tuple[str, ...]]:
    """A project's files that are there, and a warning for each that cannot be read."""
    sources, refusals = [], []
    for path in paths:
        try:
            text = read(path)
        except (OSError, ValueError) as error:
            refusals.append(f"{REFUSED}: {path} cannot be read ({error})")
            continue
        if text is not None:
            sources.append(Source(path, text, Owner.PROJECT))
    return tuple(sources), tuple(refusals)


def _above(cwd: str, name: str) -> tuple[str, ...]:
    """Where a project's file may lie. All of them count: a checkout inside another one does not shake off its rules."""
    if not cwd.startswith("/"):
        return ()
    folder = PurePosixPath(cwd)
    return tuple(str(place / PROJECT / name) for place in (folder, *folder.parents))
