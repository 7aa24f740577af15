"""The jail as Python sees it: built from C once, handed texts, and what it says they ran.

What stands in it (files, environment, names of programs) is defined here, and the reader is shown the same.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import shipped

HERE = Path(__file__).parent
CWD = "/home/dev/shop"
TOLD = ("AWS_PROFILE", "KUBECONFIG", "PGHOST")  # variables the stubs note; \1 stands for unset
ABSENT = "\1"
BATCH = 250  # texts of one jail: what it noted is kept in memory
MISSED = 'BASH_FUNC_command_not_found_handle%%=() {  /.log/missed "$@"; return 127; }'  # notes what is no program
ENVIRON = {
    "HOME": "/home/dev", "PATH": "/usr/bin:/bin", "USER": "dev", "SHELL": "/bin/bash", "TERM": "xterm",
    "AWS_PROFILE": "dev", "CMD": "rm", "ARGS": "-rf victim", "LANG": "C.UTF-8",
}  # fmt: skip
FILES = {
    f"{CWD}/victim/keep.txt": "keep\n", f"{CWD}/victim/sub/b.txt": "b\n", f"{CWD}/data.txt": "data\n",
    f"{CWD}/a.txt": "a\n", f"{CWD}/notes.log": "n\n", f"{CWD}/.hidden": "h\n", f"{CWD}/with blank.txt": "w\n",
    f"{CWD}/list": "victim\na.txt\n", f"{CWD}/cmd": "rm -rf victim\n", f"{CWD}/code.sh": 'rm -rf "${1:-victim}"\n',
    f"{CWD}/env.sh": "AWS_PROFILE=prod\ny=victim\n", f"{CWD}/.env": "PGHOST=prod-db\nx='a b'\n",
    f"{CWD}/run.sh": '#!/bin/sh\nrm -rf "$@"\n', f"{CWD}/web/index.html": "<p>\n", f"{CWD}/web/-rf": "",
    "/home/dev/notes": "home\n", "/tmp/scratch/s.txt": "s\n",
}  # fmt: skip
LINKS = {f"{CWD}/link": "victim"}
EXECUTABLE = frozenset({f"{CWD}/run.sh"})
MORE = """
alias cargo chgrp clear composer curl dropdb ffmpeg foo gh git go gpg halt java killall less logger lsof make man mkfs
mount mysql node npm npx openssl ping pkill poweroff psql ps python python3 reboot redis-cli rsync scp shutdown ssh
strace su systemctl tar terraform tmux top umount unzip vim wget whoami wipefs zip crontab at parallel watch script
perl ruby php sqlite3 doas sudo ionice chronic sleep [ awk base32 basename bash bunzip2 bzip2 cat chmod cksum comm cp
cut dash date dirname echo egrep env expand expr factor false fgrep find flock fmt fold grep gunzip gzip head hexdump id
install
join link ln ls mawk md5sum mkdir mktemp mv nice nl nohup nproc numfmt od paste pr printenv printf pwd readlink realpath
rev sed seq setsid sh sha256sum shuf sort split stat stdbuf tac tail tee test timeout touch tr true uname uniq uudecode
wc xargs xxd xz yes zcat zsh base64 rm rmdir unlink shred dd kill chown truncate hostname diff cmp file which
"""


class NoJail(Exception):
    """The jail cannot be built here; its text says why."""


@dataclass(frozen=True, slots=True)
class Ran:
    """One program that was started: its words, its directory, and the variables TOLD (None where unset)."""

    argv: tuple[str, ...]
    cwd: str
    variables: tuple[str | None, ...]


@cache
def names() -> tuple[str, ...]:
    """Every name that is a program in the jail."""
    tools = (name for name in shipped() if "/" not in name)
    return tuple(sorted({*MORE.split(), *tools}))


def surroundings() -> Surroundings:
    """The jail as the reader is shown it."""
    programs = {f"/usr/bin/{name}": "\0" for name in names()}
    folders = frozenset({"/dev", "/etc", "/proc", "/tmp", "/usr/lib"})
    links = {"/bin": "usr/bin", "/sbin": "usr/bin", **LINKS}
    return Surroundings(Memory({**programs, **FILES}, ENVIRON, folders, links), CWD)


def run(texts: Sequence[tuple[str, str]]) -> list[list[Ran]]:
    """Run texts, each with its shell; what each of them started.

    Raises:
        NoJail: where no compiler or no namespaces are to be had.
    """
    with tempfile.TemporaryDirectory(prefix="jail-") as folder:
        place = _built(Path(folder))
        found: list[list[Ran]] = []
        for begin in range(0, len(texts), BATCH):
            found += _batch(place, texts[begin : begin + BATCH])
        return found


def _built(place: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NoJail("there is no C compiler")
    for name, flags in (("stub", ["-static"]), ("jail", [])):
        made = subprocess.run(
            [compiler, "-O2", *flags, "-o", str(place / name), str(HERE / f"{name}.c")],
            capture_output=True,
            check=False,
        )
        if made.returncode:
            raise NoJail(f"{name}.c does not compile: {made.stderr.decode(errors='replace')[-300:]}")
    (place / "root").mkdir()
    (place / "names").write_text("\n".join(names()) + "\n")
    (place / "layout").write_bytes(b"".join(_field(text) for record in _layout() for text in record))
    return place


def _layout() -> Iterable[tuple[str, str, str]]:
    folders = {str(parent) for path in FILES for parent in Path(path).parents} - {"/", "/home", "/tmp"}
    yield from (("d", path, "") for path in sorted(folders))
    yield from (("x" if path in EXECUTABLE else "f", path, text) for path, text in FILES.items())
    yield from (("l", path, to) for path, to in LINKS.items())
    yield from (("e", "", f"{name}={value}") for name, value in ENVIRON.items())
    yield "e", "", MISSED


def _field(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape") + b"\0"


def _batch(place: Path, texts: Sequence[tuple[str, str]]) -> list[list[Ran]]:
    fed = b"".join(_field(shell) + _field(text.replace("\0", "")) for shell, text in texts)
    words = [str(place / "jail"), *(str(place / name) for name in ("root", "stub", "names", "layout"))]
    done = subprocess.run(words, input=fed, capture_output=True, check=False)
    if done.returncode:
        raise NoJail(done.stderr.decode(errors="replace").strip() or f"the jail ended with {done.returncode}")
    found, at = [], 0
    while at < len(done.stdout):
        _, length = struct.unpack_from("=iI", done.stdout, at)
        found.append(_records(done.stdout[at + 8 : at + 8 + length]))
        at += 8 + length
    return found


def _records(noted: bytes) -> list[Ran]:
    """Directory, the variables, a count and as many words, over and over."""
    fields = [field.decode("utf-8", "surrogateescape") for field in noted.split(b"\0")[:-1]]
    found, at = [], 0
    while at < len(fields):
        cwd, told, count = fields[at], fields[at + 1 : at + 4], int(fields[at + 4])
        variables = tuple(None if value == ABSENT else value for value in told)
        found.append(Ran(tuple(fields[at + 5 : at + 5 + count]), cwd, variables))
        at += 5 + count
    return found
