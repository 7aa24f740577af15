"""A shop whose developer lets Claude Code work: a scratch home, two persons, a checkout with our hook, a database.

The database is claimed as production and nobody is there: its `psql` writes down what it was started with, which is how
a test knows what ran. Claude Code runs without its own permission prompts, so that nothing but the hook stops a call,
with an environment made from nothing, and with nothing but loopback where the system can take the rest away.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agentguard.cli.card import challenge
from examples.demo.postgres import Server
from examples.demo.world import APPROVER, World, a_world
from tests.claude.model import Dialogue, Model, Serving, Use

PATIENCE = 60.0  # seconds for one session; most end after two
LOOPBACK = Path(__file__).with_name("loopback.py")
QUIET = (
    "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC",
    "DISABLE_AUTOUPDATER",
    "DISABLE_ERROR_REPORTING",
    "DISABLE_TELEMETRY",
    "IS_SANDBOX",  # or it refuses to skip its prompts for root
)
PSQL = '#!/bin/sh\necho "$*" >> "$HOME/shop/ran"\n'
DROP = "psql -h 127.0.0.1 -p 1 -c 'DROP TABLE orders'"
BYPASS = "bypassPermissions"


@dataclass(frozen=True)
class Shop:
    """The world of one test, and the program."""

    world: World
    program: Path

    @property
    def checkout(self) -> Path:
        return self.world.checkout

    @property
    def settings(self) -> Path:
        return self.checkout / ".claude" / "settings.json"

    @property
    def ran(self) -> list[str]:
        """What `psql` was started with, one line a start."""
        ran = self.checkout / "ran"
        return ran.read_text().splitlines() if ran.exists() else []

    def rewrite(self, old: str, new: str) -> None:
        """Change the installed settings everywhere they say `old`."""
        text = self.settings.read_text()
        assert old in text
        self.settings.write_text(text.replace(old, new))

    @property
    def words(self) -> list[str]:
        """The command line of the installed hook."""
        settings = json.loads(self.settings.read_text())
        return shlex.split(settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"])

    @property
    def socket(self) -> Path:
        """Where the hook's client looks for the broker."""
        return Path(self.words[self.words.index("claude-code") - 1])

    @property
    def broker(self) -> int:
        """The broker's process: the one that runs, or the last that did."""
        return int(self.socket.with_name("broker.lock").read_text())

    def approve(self, hold_id: str) -> None:
        """The second person looks at the card and says yes."""
        me = ("--as", APPROVER, "--key", self.world.key(APPROVER))
        self.world.guard("approve", hold_id, *me, stdin=self._typed(hold_id))

    def confirm(self, hold_id: str) -> None:
        """The developer says yes to what is theirs to lose, in a terminal of their own."""
        self.world.guard("confirm", hold_id, stdin=self._typed(hold_id))

    def _typed(self, hold_id: str) -> str:
        return f"{challenge(self.world.hold(hold_id)).answer}\n"

    def talk(
        self, main: Dialogue, *options: str, mode: str = BYPASS, machine: tuple[str, ...] = (), **others: Dialogue
    ) -> None:
        """Let Claude Code work through a dialogue, and its subagents through `others`, by the word in their prompt.

        `machine` are the words that start others on a machine of their own.
        """
        model = Model({"MAIN": main, **others})
        words = (str(self.program), "-p", "MAIN: do your work", "--output-format", "json", "--model", "opus")
        started = _started(self, machine, *words, "--permission-mode", mode, *options)
        with started as (process, listening), Serving(listening, model):
            said, _ = process.communicate(timeout=PATIENCE)
        model.ended(said.decode("utf-8", "replace"))


@contextmanager
def a_shop(folder: Path, program: Path) -> Iterator[Shop]:
    """A shop that is closed again at the end, its broker with it."""
    psql = folder / "programs" / "psql"
    psql.parent.mkdir()
    psql.write_text(PSQL)
    psql.chmod(0o755)
    with a_world(folder / "home", Server(psql.parent, 1)) as world:
        yield Shop(world, program)


def bash(command: str, **more: object) -> Use:
    return Use("Bash", {"command": command, "description": "work", **more})


@contextmanager
def _started(
    shop: Shop, machine: tuple[str, ...], *words: str
) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    """A program that is ended, and the socket its model listens on."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        line = (*machine, sys.executable, "-I", str(LOOPBACK), str(theirs.fileno()), *words)
        process = subprocess.Popen(
            line,
            cwd=shop.checkout,
            env=_environment(shop),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        with process:
            try:
                ours.settimeout(PATIENCE)
                yield process, socket.socket(fileno=socket.recv_fds(ours, 1, 1)[1][0])
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)


def _environment(shop: Shop) -> dict[str, str]:
    own = {"CLAUDE_CONFIG_DIR": str(shop.world.home / ".claude"), "ANTHROPIC_API_KEY": "none"}
    return {**shop.world.environment, **own, **dict.fromkeys(QUIET, "1")}
