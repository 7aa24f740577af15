"""A machine of its own for a Python module: what runs in it finds nothing to harm, and nobody to reach.

Promises: only the system's programs, this checkout and its Python stand in its root, none of which can be written to;
/home, /tmp and /guard are memory; processes, network and host name are its own; a root that starts it is an ordinary
user inside. It ends with whoever started it. Refuses where the system grants none of that: Impossible says so.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

HERE = Path(__file__).parents[2]
SYSTEM = ("/usr", "/etc", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
NOBODY = "61183"  # a user that owns nothing, where root starts this: devices and /proc know root by its number
OWN = ("--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child")
BUILD = """\
set -e
root=$1 owner=$2; shift 2
mount -t tmpfs -o size=512m,mode=755,nosuid,nodev machine "$root"
cd "$root"
while [ "$1" != -- ]; do
    if [ -L "$1" ]; then cp -P "$1" ".$1"
    else mkdir -p ".$1"; mount --rbind "$1" ".$1"; mount -o remount,bind,ro,nosuid,nodev ".$1"
    fi
    shift
done
shift
for name in profile zsh/zprofile; do [ ! -e etc/$name ] || mount --bind /dev/null etc/$name; done  # they set PATH
mkdir -p proc dev home tmp guard old
chmod 1777 tmp
cp usr/bin/ssh-keygen guard
chown "$owner:$owner" home tmp guard guard/*
mount --bind guard/ssh-keygen usr/bin/ssh-keygen  # the broker takes one of root's, and inside the owner is root
mount -t proc -o nosuid,nodev,noexec proc proc
for name in null zero full random urandom; do touch dev/$name; mount --bind /dev/$name dev/$name; done
ln -s /proc/self/fd dev/fd; ln -s fd/0 dev/stdin; ln -s fd/1 dev/stdout; ln -s fd/2 dev/stderr
pivot_root . old
umount -l /old
rmdir /old
cd /
"""
RUN = 'exec "$@"\n'
STEP_DOWN = f'exec setpriv --reuid={NOBODY} --regid={NOBODY} --clear-groups --no-new-privs unshare --user -r "$@"\n'


class Impossible(Exception):
    """This system lets nobody have a machine of their own; the text says why."""


def inside(*words: str, also: tuple[Path, ...] = ()) -> subprocess.Popen[str]:
    """Start `python words...` on such a machine, in the checkout's directory; `also` can be read there, too."""
    root = os.geteuid() == 0
    above = () if root else ("--user", "--map-root-user")
    shell = ["/bin/sh", "-c", BUILD + (STEP_DOWN if root else RUN), "sh"]
    with TemporaryDirectory(prefix="ag-") as place:  # it need not stay: the mount upon it is not seen out here
        given = [place, NOBODY if root else "0", *_seen(also), "--", sys.executable, *words]
        started = subprocess.Popen(
            ["unshare", *above, *OWN, *shell, *given],
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LANG": "C.UTF-8", "PYTHONPATH": str(HERE)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert started.stdout
        first = started.stdout.readline()
    if first != READY:
        raise Impossible(f"no sandbox on this system: its status was {started.wait()}, and it said {first!r}")
    return started


READY = "inside\n"  # what the module says first


EMPTIED = ("/tmp/", "/home/dev/")  # what is put back before every run


@cache
def obstacle() -> str:
    """Why there can be no such machine here, or nothing."""
    if not sys.platform.startswith("linux") or not shutil.which("unshare"):
        return "no namespaces on this system"
    if covered := [path for path in _seen(()) if path.startswith(EMPTIED)]:
        return f"{covered[0]} lies where the sandbox has files of its own"
    try:
        with inside("-c", f"print({READY!r}, end='')"):
            return ""
    except Impossible as why:
        return str(why)


def _seen(also: tuple[Path, ...]) -> list[str]:
    """What can be read inside, none below another."""
    wanted = {*map(Path, SYSTEM), HERE, Path(sys.prefix), Path(sys.base_prefix), *(path.resolve() for path in also)}
    return sorted(str(one) for one in wanted if one.exists() and not wanted & set(one.parents))
