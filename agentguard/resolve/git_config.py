"""What a repository says of itself: its directory, the branch it is on, remotes and upstreams. Git is never started."""

from __future__ import annotations

import os.path
from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART
from agentguard.resolve.git_settings import Settings, is_true, last, settings
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Json

CHECKED_OUT = "the branch checked out before"  # no option of git: what an earlier command of the line leaves behind
VALUE_LIMIT = 32  # URLs or refspecs of one remote: of more, nobody knows all
LEVELS = 64  # directories upward: no path people work in is deeper
Strings = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository with all settings that apply; `branch` is empty where the head is detached or cannot be read."""

    branch: str
    settings: Settings

    def remote(self, name: str) -> str:
        """The URL first pushed to under a remote's name, without user or password; empty where it has none."""
        known = self._told(name, "pushurl") or self._told(name, "url")
        return self._rewritten(known[0], "insteadof") if known else ""

    def remotes(self) -> Strings:
        """The names of the remotes that have a URL."""
        named = (key[7:-4] for key in self.settings if key.startswith("remote.") and key.endswith(".url"))
        return tuple(dict.fromkeys(named))

    def upstream(self, branch: str) -> str:
        """The remote branch that a branch merges from; empty where none is set."""
        return last(self.settings, f"branch.{branch}.merge").removeprefix("refs/heads/")

    def pushed_to(self) -> str:
        """The remote of a push that names none."""
        own = f"branch.{self.branch}"
        known = (last(self.settings, key) for key in (f"{own}.pushremote", "remote.pushdefault", f"{own}.remote"))
        return next(filter(None, known), "origin")

    def urls(self, name: str) -> Strings:
        """Every URL that a push to this remote, or to this URL, writes to, as `url.*.insteadOf` has it."""
        if pushed := self._told(name, "pushurl"):
            return tuple(self._rewritten(url, "insteadof") for url in pushed)
        told = self._told(name, "url") or (name,)
        return tuple(self._rewritten(url, "pushinsteadof", "insteadof") for url in told)

    def refspecs(self, name: str) -> Strings:
        """What a push to this remote sends where it names nothing itself."""
        return self._told(name, "push")

    def is_mirror(self, name: str) -> bool:
        return is_true(last(self.settings, f"remote.{name}.mirror"))

    def default(self) -> str:
        """`push.default`."""
        return last(self.settings, "push.default") or "simple"

    def _told(self, name: str, key: str) -> Strings:
        """All values of a setting of a remote; an empty one takes back those before it."""
        values = self.settings.get(f"remote.{name}.{key}", ())
        since = max((at + 1 for at, value in enumerate(values) if not value), default=0)
        told = values[since:]
        return told if len(told) <= VALUE_LIMIT else (*told[:VALUE_LIMIT], UNKNOWN_PART)

    def _rewritten(self, url: str, *kinds: str) -> str:
        for kind in kinds:
            found = [
                (prefix, key[4 : -len(kind) - 1])
                for key, prefixes in self.settings.items()
                if key.startswith("url.") and key.endswith(f".{kind}")
                for prefix in prefixes
                if prefix and url.startswith(prefix)
            ]
            if found:
                prefix, base = max(found, key=lambda each: len(each[0]))
                return base + url[len(prefix) :]
        return url


def repository(subject: Subject) -> Repository | None:
    """The repository this command works in; None where there is none."""
    folder = _folder(subject)
    if folder is None:
        return None
    facts = subject.surroundings.facts(f"{folder}/HEAD", "git_head", _head)
    checked_out = subject.option(CHECKED_OUT)
    head = checked_out.says if checked_out else facts if isinstance(facts, str) else ""
    common = subject.surroundings.facts(f"{folder}/commondir", "git_commondir", _line)
    place = os.path.normpath(os.path.join(folder, common)) if isinstance(common, str) and common else folder
    return Repository(head, settings(subject, folder, place, head))


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
