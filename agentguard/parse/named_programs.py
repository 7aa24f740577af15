"""Variables whose value other programs run: an editor, a pager, a browser, a transport.

Read where the line itself sets one to a text of several words, or to a path. A plain name (`PAGER=cat`) is a choice
among installed programs, as opaque as any of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from agentguard.model.command import Word
from agentguard.parse.invocation import Invocation
from agentguard.parse.payload import Payload

NAMES = frozenset(
    "AWS_PAGER BAT_PAGER BROWSER CARGO_BUILD_RUSTC_WRAPPER CVS_RSH DELTA_PAGER EDITOR FCEDIT GH_BROWSER GH_EDITOR "
    "GH_PAGER GIT_ASKPASS GIT_EDITOR GIT_EXTERNAL_DIFF GIT_PAGER GIT_PROXY_COMMAND GIT_SEQUENCE_EDITOR GIT_SSH "
    "GIT_SSH_COMMAND HGEDITOR KUBECTL_EXTERNAL_DIFF KUBE_EDITOR LESSEDIT MANPAGER MYSQL_PAGER PAGER PSQL_EDITOR "
    "PSQL_PAGER RCLONE_PASSWORD_COMMAND RESTIC_PASSWORD_COMMAND RSYNC_CONNECT_PROG RSYNC_RSH RUSTC_WRAPPER "
    "SSH_ASKPASS SUDO_ASKPASS SUDO_EDITOR SVN_EDITOR SVN_SSH SYSTEMD_EDITOR SYSTEMD_PAGER TAR_RSH VISUAL".split()
)


def payloads(invocation: Invocation) -> Iterator[Payload]:
    """What the variables that the line set would make the program run; that in turn gets them no more."""
    for name, word in invocation.variables:
        if name in NAMES and isinstance(word, Word) and any(mark in word.text.strip() for mark in " ;|&$`/"):
            yield Payload("shell", text=word, how=name, variables=((name, None),))
