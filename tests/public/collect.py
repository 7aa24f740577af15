"""Collect public shell sources: `python -m tests.public.collect`. They land in `.cache/public`, never in git.

Takes what the ordinary clients of the registries give (apt-get source and download, npm pack), each in directories of
its own under the cache: nothing is installed and nothing of what is collected is run.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from tests.public.extract import SIZE_LIMIT, Snippet, snippets
from tests.public.packages import DEBIAN, NPM

CACHE = Path(__file__).parents[2] / ".cache" / "public"
FOUND = CACHE / "snippets.jsonl"
MANIFEST = CACHE / "manifest.txt"
ZSH = CACHE / "programs" / "bin" / "zsh-static"
HERE = (Path("/var/lib/dpkg/info"), Path("/etc/init.d"))  # maintainer scripts of the machine this runs on


def main() -> None:
    """Fetch what is not there yet, and write every distinct shell text into one file."""
    CACHE.mkdir(parents=True, exist_ok=True)
    apt = apt_get()
    for name, version in DEBIAN.items():
        fetched(CACHE / "debian" / name, [*apt, "source", "--download-only", "-qq"], name, f"{name}={version}")
    _zsh(apt)
    for name, version in NPM.items():
        fetched(CACHE / "npm" / name, ["npm", "pack", "--silent"], name, f"{name}@{version}")
    seen: set[tuple[str, str]] = set()
    with FOUND.open("w") as out:
        for snippet in _everything():
            if (snippet.dialect, snippet.text) not in seen:
                seen.add((snippet.dialect, snippet.text))
                out.write(json.dumps(asdict(snippet)) + "\n")
    archives = sorted(path.name for path in CACHE.glob("*/*/*") if _is_archive(path))
    MANIFEST.write_text("\n".join(archives) + "\n")
    sys.stdout.write(f"{len(seen)} texts from {len(archives)} archives in {FOUND}\n")


def apt_get() -> list[str]:
    """apt-get with lists of its own, made from the machine's: the same places, asked for sources."""
    home = CACHE / "apt"
    for place in ("parts", "lists/partial", "archives/partial"):
        (home / place).mkdir(parents=True, exist_ok=True)
    etc = Path("/etc/apt")
    for path in sorted(etc.glob("sources.list.d/*.sources")):
        (home / "parts" / path.name).write_text(re.sub(r"(?m)^Types:.*$", "Types: deb-src", path.read_text()))
    for path in [etc / "sources.list", *sorted(etc.glob("sources.list.d/*.list"))]:
        if path.exists():
            (home / "parts" / f"{path.stem}.list").write_text(re.sub(r"(?m)^deb ", "deb-src ", path.read_text()))
    options = {
        "Dir::Etc::SourceList": "/dev/null",
        "Dir::Etc::SourceParts": str(home / "parts"),
        "Dir::State::Lists": str(home / "lists"),
        "Dir::Cache": str(home),
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", *(part for name, value in options.items() for part in ("-o", f"{name}={value}"))]
    if not any((home / "lists").glob("*Sources*")):
        subprocess.run([*apt, "update", "-qq"], check=True)
    return apt


def fetched(place: Path, command: list[str], name: str, pinned: str) -> None:
    """Fetch one package into its own directory: the version of the table, or else the one that there is."""
    if shutil.which(command[0]) is None or (place.exists() and any(_is_archive(path) for path in place.iterdir())):
        return
    place.mkdir(parents=True, exist_ok=True)
    for wanted in (pinned, name):
        if subprocess.run([*command, wanted], cwd=place, check=False, capture_output=True).returncode == 0:
            return
    sys.stderr.write(f"cannot be had here: {pinned}\n")


def _zsh(apt: list[str]) -> None:
    """A zsh to ask, where none is installed: unpacked beside the texts, not installed."""
    place = CACHE / "programs"
    if shutil.which("zsh") or ZSH.exists() or shutil.which("dpkg-deb") is None:
        return
    place.mkdir(parents=True, exist_ok=True)
    subprocess.run([apt[0], "download", "-qq", "zsh-static"], cwd=place, check=False, capture_output=True)
    for package in place.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", package, place], check=True)


def _is_archive(path: Path) -> bool:
    return ".tar." in path.name or path.suffix in (".tgz", ".tar")


def _everything() -> Iterator[Snippet]:
    for archive in sorted(path for path in CACHE.glob("*/*/*") if _is_archive(path) and not path.name.endswith(".asc")):
        with tarfile.open(archive) as tar:
            for member in tar:
                if member.isfile() and member.size <= SIZE_LIMIT:
                    held = tar.extractfile(member)
                    data = held.read() if held else b""
                    yield from snippets(f"{archive.parent.name}/{member.name.partition('/')[2]}", data)
    for folder in HERE:
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if path.is_file() and path.stat().st_size <= SIZE_LIMIT and os.access(path, os.R_OK):
                yield from snippets(f"machine{path}", path.read_bytes())


if __name__ == "__main__":
    main()
