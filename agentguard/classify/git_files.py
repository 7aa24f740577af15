"""Whether git has a path exactly as it is: from the index and the file's own bytes, never by starting git.

Starting git in a checkout that may be hostile would run what its configuration says.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from io import BytesIO

from dulwich.index import read_index_dict

from agentguard.surroundings import Json, Surroundings

WALK_LIMIT = 500  # files of one directory that are compared: beyond, it counts as changed


def unchanged(path: str, root: str, surroundings: Surroundings) -> bool:
    """Whether every file at or below `path` stands in the index of the checkout `root` with the bytes it has now.

    Files a gitignore names count like all others: git does not have them.
    """
    index = surroundings.facts(_index_path(root, surroundings), f"index:{path}", partial(_entries, _below(path, root)))
    if not isinstance(index, dict) or not index:
        return False
    count = 0
    for file in _files(path, surroundings):
        count += 1
        known = index.get(_below(file, root))
        if count > WALK_LIMIT or known is None or known != _digest(file, surroundings):
            return False
    return count > 0


def _below(path: str, root: str) -> str:
    return path[len(root) :].strip("/")


def _index_path(root: str, surroundings: Surroundings) -> str:
    facts = surroundings.stat(root + "/.git")
    if facts is not None and facts.kind == "file":  # a worktree: `.git` names the real directory
        place = surroundings.facts(root + "/.git", "gitdir", _gitdir)
        return f"{place}/index" if isinstance(place, str) else root + "/.git/index"
    return root + "/.git/index"


def _gitdir(data: bytes) -> str | None:
    text = data.decode("utf-8", "replace").strip()
    return text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None


def _entries(prefix: str, data: bytes) -> Json:
    """The digests of the files at or below `prefix` in an index file."""
    entries = read_index_dict(BytesIO(data))
    wanted = prefix.encode("utf-8", "surrogateescape")
    found: dict[str, Json] = {}
    for name, entry in entries.items():
        sha = getattr(entry, "sha", None)
        if sha is not None and (not wanted or name == wanted or name.startswith(wanted + b"/")):
            found[name.decode("utf-8", "surrogateescape")] = sha.decode("ascii")
    return found


def _files(path: str, surroundings: Surroundings) -> Iterator[str]:
    facts = surroundings.stat(path)
    if facts is None:
        return
    if facts.kind != "directory" or facts.link:
        yield path
        return
    for name in surroundings.listdir(path) or ():
        if name != ".git":
            yield from _files(f"{path}/{name}", surroundings)


def _digest(path: str, surroundings: Surroundings) -> Json:
    return surroundings.facts(path, "blob", blob_digest)


def blob_digest(data: bytes) -> str:
    """The name git gives a file's content."""
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
