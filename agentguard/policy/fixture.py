"""The machine on which the examples of rules are read: a checkout with a file git has, one it has not, and a build.

Only what a rule's example may lean on. Where an effect lands is told by the example itself, so no cluster, cloud or
database is set up here.
"""

from __future__ import annotations

from io import BytesIO

from dulwich.index import IndexEntry, write_index_dict
from dulwich.objects import Blob

HOME = "/home/dev"
CHECKOUT = f"{HOME}/work/shop"
ENVIRON = {"HOME": HOME, "USER": "dev", "SHELL": "/bin/bash", "PATH": "/usr/local/bin:/usr/bin:/bin"}
TRACKED = {
    "README.md": "# shop\n",
    "main.tf": 'resource "aws_db_instance" "main" {}\n',
    "src/app.py": "print('shop')\n",
}
UNTRACKED = {  # git does not have them; what lies in node_modules can be made again
    "node_modules/left-pad/index.js": "module.exports = 1\n",
    "notes.txt": "only here\n",
}


def _entry(text: str) -> IndexEntry:
    data = text.encode()
    return IndexEntry((0, 0), (0, 0), 0, 0, 0o100644, 0, 0, len(data), Blob.from_string(data).id)


def _index() -> bytes:
    """The bytes of git's index for TRACKED."""
    written = BytesIO()
    write_index_dict(written, {name.encode(): _entry(text) for name, text in TRACKED.items()})
    return written.getvalue()


FILES: dict[str, bytes | str] = {
    f"{CHECKOUT}/.git/HEAD": "ref: refs/heads/feature\n",
    f"{CHECKOUT}/.git/index": _index(),
    f"{HOME}/.bashrc": "# mine\n",
    **{f"{CHECKOUT}/{name}": text for name, text in {**TRACKED, **UNTRACKED}.items()},
}
