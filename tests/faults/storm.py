"""A storm: agents at work, each call a process of its own, while the broker is killed again and again.

Promises: the same seed draws the same calls and the same moments to kill at (what meets what is the machine's affair);
every broker that was started has ended with the storm; nothing that is asked is ever run. A kill comes at any moment of
a broker's life, also before it answers for the first time. Once in a storm the broker is stopped, and goes on later.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random
from threading import Event, Thread

import psutil

from agentguard.audit.log import Log
from agentguard.broker.api import Broker, broker
from agentguard.broker.context import os_user
from agentguard.broker.people import PEOPLE, write_people
from agentguard.broker.places import Places, places
from agentguard.broker.signatures import sign
from agentguard.broker.start import hook_words
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Decision, Hold, State
from agentguard.model.hold import Kind as Waits
from agentguard.model.person import People
from agentguard.model.record import digest
from tests.broker.keys import key, person
from tests.faults.told import Answer, Diary, Findings, Kind, Reply, reply_of, settled

AGENTS = 5  # at work at once: two cores have enough to do with them
LIFE = 1.5  # seconds that a broker lives at most; it is up after half of one
PAUSE = 1.2  # seconds that it stands still, once
TRIES = 5  # how often a person tries again, or an agent repeats what was approved
PATIENCE = 60.0  # seconds for what must come about
APPROVER = "bob"
COMMANDS = {
    Kind.HARMLESS: "git status && ls -la src # {}",
    Kind.ASKED: "aws s3 mb s3://reports-{}",
    Kind.RISKY: "aws s3 rb s3://orders-{} --force",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a storm was, and what it broke."""

    kills: int
    replies: tuple[Reply, ...]
    approvals: int
    findings: Findings
    seconds: float

    def count(self, answer: Answer) -> int:
        return sum(reply.answer is answer for reply in self.replies)


@dataclass(frozen=True)
class Sea:
    """Where a storm takes place: scratch places, the person who approves, what was told so far.

    `before` are words in front of every hook's own.
    """

    here: Places
    key: Path
    before: tuple[str, ...] = ()
    diary: Diary = field(default_factory=Diary)
    over: Event = field(default_factory=Event)
    numbers: Iterator[int] = field(default_factory=count)  # one draw is one step of the interpreter: threads may share

    def call(
        self, kind: Kind, command: str, use: str, session: str, *, mode: str = "default", patience: int = 30
    ) -> Reply:
        """Ask the hook about a call, as Claude Code does."""
        event = {"hook_event_name": "PreToolUse", "tool_use_id": use, "session_id": session, "permission_mode": mode}
        reply = reply_of(kind, use, self._hook({**event, "tool_input": {"command": command}}, patience))
        self.diary.replies.append(reply)
        return reply

    def ran(self, hold_id: str, use: str, session: str) -> None:
        """Tell the hook that a call has run which a hold was spent on; it says nothing where it took that."""
        self.diary.tried.append((hold_id, State.SUCCEEDED))
        event = {"hook_event_name": "PostToolUse", "tool_use_id": use, "session_id": session, "tool_response": {}}
        ended = self._hook({**event, "tool_input": {"command": "x"}}, 30)
        if (ended.returncode, ended.stdout, ended.stderr) == (0, b"", b""):
            self.diary.told.append((hold_id, State.SUCCEEDED))

    def _hook(self, event: dict[str, object], patience: int) -> subprocess.CompletedProcess[bytes]:
        words = list(hook_words(self.here, "claude-code"))
        words[words.index("claude-code") + 1] = str(patience)
        home = self.here.state.parent
        given = json.dumps({"tool_name": "Bash", "cwd": str(home), **event}).encode()
        environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "SHELL": "/bin/bash"}
        words = [*self.before, *words]
        return subprocess.run(words, input=given, env=environ, capture_output=True, timeout=PATIENCE, check=False)

    def approve(self, hold_id: str) -> bool:
        """A person's yes, tried again where the broker is away. True once it counts."""
        guard = Broker(self.here)
        self.diary.tried.append((hold_id, State.APPROVED))
        for _ in range(TRIES):
            with suppress(AgentguardError):
                hold = guard.hold(hold_id)
                if hold.state is State.HELD:
                    hold = guard.confirm(hold_id, os_user()) if hold.kind is Waits.ASK else self._voted(guard, hold)
                self.diary.told.append((hold_id, hold.state))
                return hold.state is State.APPROVED
            time.sleep(LIFE / TRIES)
        return False

    def _voted(self, guard: Broker, hold: Hold) -> Hold:
        body = guard.ballot(hold.id, Decision.YES, "", APPROVER, digest(guard.card(hold.id)))
        return guard.vote(hold.id, body, sign(body, self.key))


@dataclass(frozen=True)
class Agent:
    """One agent that works as long as the storm lasts."""

    sea: Sea
    name: str
    chance: Random

    def work(self) -> None:
        turns = {self.look: 4, self.ask: 1, self.confirmed: 2, self.approved: 3, self.left: 1}
        while not self.sea.over.is_set():
            number = next(self.sea.numbers)
            (turn,) = self.chance.choices(list(turns), list(turns.values()))
            turn(str(number), f"{self.name}-{number // 20}")

    def look(self, number: str, session: str) -> None:
        self.sea.call(Kind.HARMLESS, COMMANDS[Kind.HARMLESS].format(number), f"look-{number}", session)

    def ask(self, number: str, session: str) -> None:
        self.sea.call(Kind.ASKED, COMMANDS[Kind.ASKED].format(number), f"ask-{number}", session)

    def left(self, number: str, session: str) -> None:
        """A held call that nobody approves, tried again."""
        for again in range(2):
            self.sea.call(Kind.RISKY, COMMANDS[Kind.RISKY].format(number), f"left-{number}-{again}", session)

    def confirmed(self, number: str, session: str) -> None:
        """What an agent whose prompts are off waits for; the developer confirms it."""
        self._allowed(COMMANDS[Kind.ASKED].format(number), f"confirmed-{number}", session, "bypassPermissions")

    def approved(self, number: str, session: str) -> None:
        self._allowed(COMMANDS[Kind.RISKY].format(number), f"approved-{number}", session, "default")

    def _allowed(self, command: str, use: str, session: str, mode: str) -> None:
        """Held, approved, then repeated by two at once, of which one may pass, and once more after that."""
        first = self.sea.call(Kind.RISKY, command, f"{use}-first", session, mode=mode)
        if not first.hold or not self.sea.approve(first.hold):
            return

        def again(name: str) -> Reply:
            return self.sea.call(Kind.RISKY, command, f"{use}-{name}", session, mode=mode)

        self.sea.diary.tried.append((first.hold, State.RELEASED))
        with ThreadPoolExecutor(2) as pool:
            replies = list(pool.map(again, ("a", "b")))
        spent = next((reply for reply in replies if reply.answer is Answer.PASSED), None)
        if spent is None:
            return
        self.sea.diary.told.append((first.hold, State.RELEASED))
        self.sea.ran(first.hold, spent.use, session)
        again("after")


def storm(folder: Path, kills: int, seed: int) -> Outcome:
    """One storm in a scratch home below `folder`, and what it broke."""
    begun, chance = time.monotonic(), Random(seed)  # noqa: S311 - a test's draw, to be had again by its seed
    with a_sea(folder) as sea:
        seeds = [chance.random() for _ in range(AGENTS)]
        agents = [Agent(sea, f"agent-{n}", Random(one)) for n, one in enumerate(seeds)]  # noqa: S311 - the same
        threads = [Thread(target=agent.work) for agent in agents]
        for thread in threads:
            thread.start()
        try:
            killed = _killed(sea, kills, chance)
        finally:
            sea.over.set()
            for thread in threads:
                thread.join()
        approvals = sum(state is State.APPROVED for _, state in sea.diary.told)
        findings = settled(sea.diary, Log(sea.here.log), broker(sea.here))
    return Outcome(killed, tuple(sea.diary.replies), approvals, findings, time.monotonic() - begun)


@contextmanager
def a_sea(folder: Path) -> Iterator[Sea]:
    """A scratch home with one person who may approve; its broker has ended when the block has."""
    here = places(folder / "s", folder / "c")
    here.state.mkdir(mode=0o700)
    here.config.mkdir()
    write_people(here.config / PEOPLE, People((person(folder, APPROVER),)))
    try:
        yield Sea(here, key(folder, APPROVER))
    finally:
        for process in brokers_of(here):
            process.kill()
            process.wait(PATIENCE)


def brokers_of(here: Places) -> list[psutil.Process]:
    """The brokers of these places: one as a rule, more while some race to start."""
    return [one for one in psutil.process_iter() if _serves(one, here)]


def _serves(process: psutil.Process, here: Places) -> bool:
    with suppress(psutil.Error):
        words = process.cmdline()
        return "serve" in words and str(here.state) in words and process.status() != psutil.STATUS_ZOMBIE
    return False


def _killed(sea: Sea, kills: int, chance: Random) -> int:
    """Kill that many brokers, each at a moment of its life; before one of them, let it stand still for a while."""
    pause, done, last = chance.randrange(kills), 0, 0
    while done < kills:
        last = _another(sea.here, last)
        time.sleep(chance.uniform(0.0, LIFE))
        if done == pause:
            _stand_still(sea, last)
        with suppress(ProcessLookupError):
            os.kill(last, signal.SIGKILL)
            done += 1
    return done


def _another(here: Places, last: int) -> int:
    """The process of a broker that has taken the seat after the `last` one."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(OSError, ValueError, psutil.Error):
            pid = int(here.lock.read_text())
            if pid != last and _serves(psutil.Process(pid), here):
                return pid
        time.sleep(0.01)
    raise AssertionError("no broker came up again")


def _stand_still(sea: Sea, pid: int) -> None:
    """SIGSTOP and, later, SIGCONT; a client that has little patience must have denied meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        began = time.monotonic()
        impatient = sea.call(Kind.HARMLESS, "ls", "impatient", "impatient", patience=1)
        assert "did not answer in time" in impatient.why, impatient
        time.sleep(max(0.0, PAUSE - (time.monotonic() - began)))
    finally:
        os.kill(pid, signal.SIGCONT)
    time.sleep(LIFE / TRIES)
