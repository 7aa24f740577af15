"""The demo's little world: a scratch home, two persons with fresh keys, a checkout, and an agent that has a hook.

Nothing of the reader's own account is read or changed: every program here gets an environment made from nothing.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from agentguard.model.errors import Exit
from agentguard.model.hold import Hold
from agentguard.model.record import from_record
from examples.demo.postgres import Server

AGENTGUARD = Path(sys.executable).parent / "agentguard"
REQUESTER, APPROVER = "ada", "bo"

CLAIM = """\
[[environment]]
name = "shop"
tier = "prod"
addresses = ["{address}"]
match = ["address:{address}"]
not_match = ["address:127.0.0.1:1"]
"""


@dataclass(frozen=True)
class World:
    """The scratch home and what is in it. `uses` numbers the agent's tool calls."""

    home: Path
    server: Server
    uses: count = field(default_factory=lambda: count(1))

    @property
    def checkout(self) -> Path:
        return self.home / "shop"

    @property
    def environment(self) -> dict[str, str]:
        path = f"{self.server.programs}:/usr/local/bin:/usr/bin:/bin"
        return {
            "HOME": str(self.home),
            "PATH": path,
            "LANG": "C.UTF-8",
            "TERM": "dumb",
            "USER": "ada",
            "SHELL": "/bin/bash",
        }

    def key(self, person: str) -> Path:
        return self.home / ".ssh" / person

    def run(self, *words: str | Path, stdin: str = "", expect: int = 0) -> str:
        """The standard output of a program in this world. Ends the demo where it ends otherwise than expected."""
        done = _ended(list(words), stdin, self.checkout, self.environment)
        if done.returncode != expect:
            told = (done.stdout + done.stderr).strip()
            raise SystemExit(f"`{' '.join(map(str, words))}` ended with {done.returncode}, not {expect}:\n{told}")
        return done.stdout

    def guard(self, *words: str | Path, stdin: str = "", expect: int = 0) -> str:
        """The answer of an `agentguard` command."""
        return self.run(AGENTGUARD, *words, stdin=stdin, expect=expect)

    def wait(self, hold_id: str) -> None:
        """Return once somebody has decided; end the demo where it was not a yes."""
        while True:
            done = _ended([AGENTGUARD, "wait", hold_id], "", self.checkout, self.environment)
            if done.returncode == Exit.DONE:
                return
            if done.returncode != Exit.STILL_HELD:
                raise SystemExit(f"the story ends here: {(done.stdout + done.stderr).strip()}")

    def hold(self, hold_id: str) -> Hold:
        return from_record(Hold, json.loads(self.guard("show", hold_id, "--json")))


@contextmanager
def a_world(home: Path, server: Server) -> Iterator[World]:
    """Two persons with keys, a policy that claims the database as production, a checkout with the hook installed."""
    world = World(home, server)
    world.checkout.mkdir(parents=True)
    world.key(REQUESTER).parent.mkdir(mode=0o700)
    for person in (REQUESTER, APPROVER):
        world.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", person, "-f", world.key(person))
    world.guard("init", "--name", REQUESTER, "--key", f"{world.key(REQUESTER)}.pub")
    world.guard("person", "add", APPROVER, "--key", f"{world.key(APPROVER)}.pub")
    claim = CLAIM.format(address=f"{server.host}:{server.port}")
    (_configuration(world) / "environments.toml").write_text(claim, encoding="utf-8")
    world.guard("install", "claude-code", "--project", "--yes")
    try:
        yield world
    finally:
        world.guard("stop")


def _ended(words: list[str | Path], stdin: str, cwd: Path, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, input=stdin, capture_output=True, text=True, check=False, cwd=cwd, env=env)


def _configuration(world: World) -> Path:
    """Where `init` has put the list of persons."""
    return next(world.home.rglob("people.toml")).parent


@dataclass(frozen=True)
class Reply:
    """What came of an announced command: did it run, and what the agent was told (or its output)."""

    passed: bool
    told: str


@dataclass(frozen=True)
class Agent:
    """A coding agent as far as its hook can tell: it announces each command, and runs it where nobody objects."""

    world: World

    def wants(self, command: str) -> Reply:
        """Announce a command; run it where the hook says nothing."""
        event = self._event("PreToolUse", command)
        hook = self._hook()
        done = self._shell(hook, json.dumps(event))
        if done.returncode or done.stdout.strip():
            return Reply(passed=False, told=done.stderr.strip() or _reason(done.stdout))
        ran = self._shell(command)
        after = {**event, "hook_event_name": "PostToolUse", "tool_response": {"stdout": ran.stdout}}
        self._shell(hook, json.dumps(after))
        return Reply(passed=True, told=(ran.stdout + ran.stderr).strip())

    def _shell(self, line: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return _ended(["/bin/sh", "-c", line], stdin, self.world.checkout, self._environment())

    def _environment(self) -> dict[str, str]:
        return {**self.world.environment, "CLAUDECODE": "1", "PGUSER": self.world.server.user}

    def _hook(self) -> str:
        """The hook's command line, as `agentguard install` wrote it into the project's settings."""
        settings = json.loads((self.world.checkout / ".claude" / "settings.json").read_text(encoding="utf-8"))
        return str(settings["hooks"]["PreToolUse"][0]["hooks"][0]["command"])

    def _event(self, name: str, command: str) -> dict:
        return {
            "session_id": "demo",
            "cwd": str(self.world.checkout),
            "permission_mode": "default",
            "hook_event_name": name,
            "tool_name": "Bash",
            "tool_input": {"command": command},
            "tool_use_id": f"toolu_{next(self.world.uses)}",
        }


def _reason(output: str) -> str:
    return str(json.loads(output)["hookSpecificOutput"]["permissionDecisionReason"])


def held(told: str) -> str:
    """The id of the hold that the agent was told of."""
    found = re.search(r"HELD (ag-[a-z2-7]{10})", told)
    if found is None:
        raise SystemExit(f"the agent should have been told of a hold, and was told: {told}")
    return found[1]
