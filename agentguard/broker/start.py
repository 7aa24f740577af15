"""Start a broker apart from whoever needs it: own session, bare environment, no open files of the starter.

Promises: of any number of starters at once one broker serves (it takes the lock itself); this returns once it answers.
Refuses to wait longer than PATIENCE. `client.py` does the same with less, because it may import nothing.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from agentguard.broker.places import Places
from agentguard.broker.seat import GRACE, answers, make_private
from agentguard.model.errors import Unreachable

CLIENT = Path(__file__).parents[1] / "client.py"
DEADLINE = 30  # seconds until a hook gives up on the broker and denies: a cold start takes two
KIRO, KIROS_DEADLINE = "kiro", 4  # all names that its hooks ask under; it is reported to run what a hook took ten for
PATIENCE = 30.0  # seconds: a cold start reads every table and rule; seen: 2 s on a slow machine
ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}  # all that a broker starts with


def command(places: Places) -> tuple[str, ...]:
    """The words that start a broker for these places, fit for a hook's arguments."""
    return (sys.executable, "-I", "-m", "agentguard", "serve", *places.arguments())


def hook_words(places: Places, agent: str) -> tuple[str, ...]:
    """The words that answer one event of an agent's hook: the client, with all it needs to know in its arguments."""
    client = (sys.executable, "-I", "-S", str(CLIENT))
    return (*client, str(places.socket), agent, str(deadline(agent)), *command(places))


def deadline(agent: str) -> int:
    """The seconds after which a hook that asks under this name gives up on the broker and denies."""
    return KIROS_DEADLINE if agent.startswith(KIRO) else DEADLINE


def ensure(places: Places) -> None:
    """Return once a broker answers on the socket, started if need be. Raises Unreachable with the reason."""
    if answers(places):
        return
    make_private(places.socket.parent)
    child: int | None = None
    deadline = time.monotonic() + PATIENCE
    while not answers(places):
        child = _start(places) if child is None else _still(child, places)
        if time.monotonic() > deadline:
            raise Unreachable("the broker did not answer in time", place=str(places.journal), hint="its log says more")
        time.sleep(GRACE)


def _start(places: Places) -> int:
    words = command(places)
    complaint = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    files = (
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0),
        (os.POSIX_SPAWN_OPEN, 2, str(places.complaint), complaint, 0o600),
    )
    return os.posix_spawn(words[0], words, ENVIRONMENT, file_actions=files, setsid=True)


def _still(child: int, places: Places) -> int | None:
    """The child while it runs; None once it has left the work to another broker. Raises where it failed."""
    ended, status = os.waitpid(child, os.WNOHANG)
    if not ended:
        return child
    if status == 0:
        return None
    said = places.complaint.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
    raise Unreachable(f"the broker could not be started ({said[-1]})", hint="`agentguard serve` shows all of it")
