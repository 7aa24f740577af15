"""What a repository says of itself: its directory, the branch it is on, remotes and upstreams. Git is never started."""

from __future__ import annotations

import os.path
from dataclasses import dataclass

from agentguard.resolve.address import without_login
from agentguard.resolve.configuration import Table, ini_reader, text_in
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

LEVELS = 64  # directories upward: no path people work in is deeper


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository; `branch` is empty where the head is detached or cannot be read."""

    branch: str
    config: Table

    def remote(self, name: str) -> str:
        """The URL pushed to under a remote's name, without user or password; empty where it has none."""
        section = f'remote "{name}"'
        url = text_in(self.config, section, "pushurl") or text_in(self.config, section, "url")
        return without_login(url)

    def remotes(self) -> tuple[str, ...]:
        return tuple(name[8:-1] for name in self.config if name.startswith('remote "'))

    def upstream(self) -> str:
        """The remote branch that the current one merges from; empty where none is set."""
        return text_in(self.config, f'branch "{self.branch}"', "merge").removeprefix("refs/heads/")


def repository(subject: Subject) -> Repository | None:
    """The repository this command works in; None where there is none."""
    folder = _folder(subject)
    if folder is None:
        return None
    head = subject.surroundings.facts(f"{folder}/HEAD", "git_head", _head)
    common = subject.surroundings.facts(f"{folder}/commondir", "git_commondir", _line)
    place = os.path.normpath(os.path.join(folder, common)) if isinstance(common, str) and common else folder
    reader = ini_reader("url", "pushurl", "merge")
    config = subject.surroundings.facts(f"{place}/config", "git", reader)
    return Repository(head if isinstance(head, str) else "", config if isinstance(config, dict) else {})


def _folder(subject: Subject) -> str | None:
    """The `.git` directory: told, or found upward; a `.git` file (a worktree) names it."""
    told = subject.option("--git-dir")
    named = told.says if told else subject.variable("GIT_DIR")
    place = _working(subject)
    if named:
        return os.path.normpath(os.path.join(place, named))
    for _ in range(LEVELS):
        found = subject.surroundings.stat(f"{place}/.git")
        if found and found.kind == "directory":
            return f"{place}/.git"
        if found:
            link = subject.surroundings.facts(f"{place}/.git", "git_link", _line)
            return os.path.normpath(os.path.join(place, str(link or "").removeprefix("gitdir:").strip()))
        place = os.path.dirname(place)
    return None


def _working(subject: Subject) -> str:
    place = subject.directory
    for option in subject.command.options if subject.command else ():
        if option.name == "-C" and option.value:
            place = os.path.normpath(os.path.join(place, option.value.text))
    return place


def _head(data: bytes) -> Json:
    return data.decode().strip().removeprefix("ref: refs/heads/") if data.startswith(b"ref: refs/heads/") else ""


def _line(data: bytes) -> Json:
    return data.decode().strip()
