"""Run words on a machine of one's own: `unshare … python everybody.py FOLDER HOME WORDS…`.

In the namespace that this is started in, what is written to /etc and /usr/local goes to FOLDER, and the system's list
of users gives this user HOME. The real machine stays as it is. Prints nothing; what cannot be mounted ends it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

LAID_OVER = ("/etc", "/usr/local")


def own_machine(folder: Path, home: Path, *words: str) -> tuple[str, ...]:
    """The words that start `words` on a machine of its own; none where the system allows no namespaces."""
    unshare = ("unshare", "-m") if os.geteuid() == 0 else ("unshare", "-rm")
    me = (*unshare, sys.executable, "-I", __file__, str(folder), str(home))
    if not shutil.which("unshare") or subprocess.run([*me, "true"], capture_output=True, check=False).returncode:
        return ()
    return (*me, *words)


def main(folder: Path, home: str, words: list[str]) -> None:
    me = pwd.getpwuid(os.geteuid())
    for place in LAID_OVER:
        upper, work = folder / f"upper{place}", folder / f"work{place}"
        upper.mkdir(parents=True, exist_ok=True)
        work.mkdir(parents=True, exist_ok=True)
        layers = f"lowerdir={place},upperdir={upper},workdir={work}"
        subprocess.run(["mount", "-t", "overlay", "none", "-o", layers, place], check=True)
    Path("/etc/passwd").write_text(f"{me.pw_name}:x:{me.pw_uid}:{me.pw_gid}::{home}:/bin/sh\n", "utf-8")
    os.execvp(words[0], words)  # noqa: S606 - this process becomes what it was made for


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
