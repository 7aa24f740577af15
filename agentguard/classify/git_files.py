"""Whether git has a path exactly as it is: from the index and the file's own bytes, never by starting git.

Starting git in a checkout that may be hostile would run what its configuration says.
"""

from __future__ import annotations

import hashlib
import os.path
import struct
from collections.abc import Iterator, Mapping
from functools import lru_cache, partial
from io import BytesIO

from dulwich.index import UnsupportedIndexFormat, read_index_dict

from agentguard.surroundings import Json, Surroundings, TooMuch

WALK_LIMIT = 500  # files of one directory that are compared: beyond, it counts as changed


def unchanged(path: str, root: str, surroundings: Surroundings, *, keeps_git: bool = False) -> bool:
    """Whether every file at or below `path` stands in the index of the checkout `root` with the bytes it has now.

    Files a gitignore names count like all others: git does not have them. What is too much to look at, or cannot be
    read (a split index, digests of SHA-256), counts as changed; a file in a submodule is looked for in its own index.
    A repository that would go along has nothing it could be had back from; `keeps_git`: what is done leaves it alone.
    """
    try:
        if not keeps_git and surroundings.exists(path + "/.git"):
            return False
        return _unchanged(path, _nearest(path, root, surroundings), surroundings)
    except TooMuch:
        return False


def _nearest(path: str, root: str, surroundings: Surroundings) -> str:
    """The innermost checkout that a path lies in: a submodule has an index of its own."""
    folder = os.path.dirname(path)
    while len(folder) > len(root):
        if surroundings.exists(folder + "/.git"):
            return folder
        folder = os.path.dirname(folder)
    return root


def _unchanged(path: str, root: str, surroundings: Surroundings) -> bool:
    index = surroundings.facts(_index_path(root, surroundings), f"index:{path}", partial(_entries, _below(path, root)))
    if not isinstance(index, dict) or not index:
        return False
    count = 0
    for file in _files(path, surroundings):
        count += 1
        known = index.get(_below(file, root))
        if count > WALK_LIMIT or known is None or known not in _digests(file, surroundings):
            return False
    return count > 0


def _below(path: str, root: str) -> str:
    return path[len(root) :].strip("/")


def _index_path(root: str, surroundings: Surroundings) -> str:
    facts = surroundings.stat(root + "/.git")
    if facts is not None and facts.kind == "file":  # a worktree: `.git` names the real directory
        place = surroundings.facts(root + "/.git", "gitdir", _gitdir)
        return (
            f"{os.path.normpath(os.path.join(root, place))}/index" if isinstance(place, str) else root + "/.git/index"
        )
    return root + "/.git/index"


def _gitdir(data: bytes) -> str | None:
    text = data.decode("utf-8", "replace").strip()
    return text.removeprefix("gitdir:").strip() if text.startswith("gitdir:") else None


def _entries(prefix: str, data: bytes) -> Json:
    """The digests of the files at or below `prefix` in an index file."""
    entries = _parsed(data)
    wanted = prefix.encode("utf-8", "surrogateescape")
    found: dict[str, Json] = {}
    for name, entry in entries.items():
        sha = getattr(entry, "sha", None)
        if sha is not None and (not wanted or name == wanted or name.startswith(wanted + b"/")):
            found[name.decode("utf-8", "surrogateescape")] = sha.decode("ascii")
    return found


@lru_cache(maxsize=2)
def _parsed(data: bytes) -> Mapping[bytes, object]:
    """The entries of an index, kept, since a line may ask for many paths. Raises ValueError where it does not parse."""
    try:
        return read_index_dict(BytesIO(data))
    except (struct.error, AssertionError, IndexError, KeyError, EOFError, UnsupportedIndexFormat) as error:
        raise ValueError(f"this index does not parse: {error}") from error


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


def _digests(path: str, surroundings: Surroundings) -> tuple[str, ...]:
    names = surroundings.facts(path, "blob", blob_digests)
    return tuple(map(str, names)) if isinstance(names, list) else ()


def blob_digests(data: bytes) -> Json:
    """The names git gives a file's content, as it is and, for text, with the line ends that git may keep it with."""
    plain = data.replace(b"\r\n", b"\n") if b"\0" not in data else data
    return list(dict.fromkeys(map(_blob, (data, plain))))


def _blob(data: bytes) -> str:
    return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
