"""One settings file of an agent on disk: read, shown, replaced whole, and what was there kept beside it.

Promises: whoever reads the file meanwhile sees the old text or the new one; a copy that was kept is never overwritten;
links stay links. Refuses a file that has changed since it was read.
"""

from __future__ import annotations

import difflib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from agentguard.cli.display import display
from agentguard.cli.install.additions import Addition, added, removed
from agentguard.model.errors import AgentguardError

KEPT = ".before-agentguard"  # the old settings lie beside the new ones under this ending
MOST_KEPT = 100  # copies looked for: nobody installs anew so often
NEW = 0o644  # the mode of settings that were not there: they hold nothing secret, and a team shares the project's


@dataclass(frozen=True, slots=True)
class Part:
    """A settings file and what belongs into it; where it is not `wanted`, what belongs there no more."""

    path: Path
    additions: tuple[Addition, ...]
    wanted: bool = True


@dataclass(frozen=True, slots=True)
class Change:
    """What is about to happen to a file. `before` and `after` are None where there is no file.

    With `keep`, what was there is copied first; `copy` is the kept copy that `after` was found in.
    """

    path: Path
    before: str | None
    after: str | None
    keep: bool = False
    copy: Path | None = None

    @property
    def difference(self) -> str:
        """The change for a person. Settings may come with a checkout: what could fool the eye is spelt out."""
        old, new = (self.before or "").splitlines(), (self.after or "").splitlines()
        name = f"{self.path} (new)" if self.after is not None else f"{self.path} (gone)"
        lines = difflib.unified_diff(old, new, str(self.path), name, lineterm="")
        return "\n".join(display(line.expandtabs(4)) for line in lines)


def installing(part: Part) -> Change:
    """The change that adds. Raises AgentguardError for settings that cannot be read."""
    if not part.wanted:
        return uninstalling(part)
    before = read(part.path)
    return Change(part.path, before, added(before or "", part.additions, str(part.path)), keep=True)


def uninstalling(part: Part) -> Change:
    """The change that takes out again; one that changes nothing where nothing is ours. Raises as `installing`."""
    before = read(part.path)
    if before is None:
        return Change(part.path, None, None)
    copies = _copies(part.path)
    left = removed(before, part.additions, [read(copy) or "" for copy in copies], str(part.path))
    return Change(part.path, before, left.text, copy=copies[left.copy] if left.copy is not None else None)


def read(path: Path) -> str | None:
    """The text, line ends as they are; None where there is no file. Raises AgentguardError for one that is no text."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise AgentguardError(
            f"the settings cannot be read ({error})", place=str(path), hint="mend it first"
        ) from error


def apply(change: Change) -> None:
    """Make a change happen. Raises AgentguardError where it cannot be."""
    if read(change.path) != change.before:
        raise AgentguardError("the settings have changed in the meantime", place=str(change.path), hint="try again")
    try:
        _apply(change)
    except OSError as error:
        hint = "is it yours to write?"
        raise AgentguardError(f"the settings cannot be written ({error})", place=str(change.path), hint=hint) from error


def _apply(change: Change) -> None:
    path = change.path
    if change.after is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = NEW if change.before is None else path.stat().st_mode & 0o777
    if change.before is not None and change.keep:
        _replace(_free(path), change.before, mode)
    _replace(path, change.after, mode)
    if change.copy is not None:
        change.copy.unlink()


def _copies(path: Path) -> list[Path]:
    """The copies that were kept beside a file, newest first."""
    return [copy for number in range(MOST_KEPT, 0, -1) if (copy := _copy(path, number)).is_file()]


def _free(path: Path) -> Path:
    """Where the next copy goes: after the last one, so that the newest has the highest number."""
    taken = [number for number in range(1, MOST_KEPT) if _copy(path, number).exists()]
    return _copy(path, max(taken, default=0) + 1)


def _copy(path: Path, number: int) -> Path:
    return path.with_name(path.name + KEPT + (f".{number}" if number > 1 else ""))


def _replace(path: Path, text: str, mode: int) -> None:
    """Write a file whole."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text.encode("utf-8"))
        file.flush()
        os.fsync(descriptor)
    Path(name).chmod(mode)
    Path(name).replace(path)
