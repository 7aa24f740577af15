"""A whole service in a scratch directory: real store, real log, a clock and persons of the test's own."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

from agentguard.audit.log import Log
from agentguard.broker.bench import Judged
from agentguard.broker.ledger import Ledger, told
from agentguard.broker.service import Service
from agentguard.broker.signatures import SigningKey, Verifier
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import Effect
from agentguard.model.environment import Environment
from agentguard.model.errors import Refused
from agentguard.model.hold import Answer, Asker, Decision, Hold, Step
from agentguard.model.person import People, Person, PublicKey
from agentguard.model.record import digest
from agentguard.model.verdict import Action, Look, Standing, Verdict
from agentguard.policy.schema import Lifetimes, Policy
from agentguard.store import Store
from agentguard.store.sqlite import MEMORY, SqliteStore
from agentguard.surroundings import Memory, Surroundings
from tests.audit.plans import CWD, DROP, EFFECT, SHOP, plan
from tests.broker.book import ADA, MINUTE, NOW, REDACTOR

POLICY = Policy("test", (), "ab" * 32, hold=Lifetimes(60, 15))


@dataclass
class Told:
    """A `Judging` that says what the test says, of a machine that stands as the test says."""

    action: Action = Action.HOLD
    quorum: int = 1
    roles: tuple[str, ...] = ()
    hardware: bool = False
    environment: Environment = SHOP
    looks: tuple[Look, ...] = ()
    rules: Policy = POLICY
    effect: Effect = EFFECT

    def policy(self, cwd: str) -> Policy:  # noqa: ARG002 - one policy for every directory
        return self.rules

    def judged(self, call: Call, surroundings: Surroundings, standing: Standing) -> Judged:  # noqa: ARG002 - told
        made = plan(
            call.body,
            cwd=call.cwd,
            user=call.user,
            agent=call.agent,
            environment=self.environment,
            looks=self.looks,
            effect=self.effect,
        )
        verdict = Verdict(
            self.action,
            "told",
            "what is lost there is lost for everyone",
            "Drops the table orders in shop",
            ("dump it first",),
            made.findings[0],
            self.quorum,
            self.roles,
            self.hardware,
        )
        return Judged(made, verdict, self.rules)


@dataclass
class Seals:
    """A `Verifier` without ssh-keygen, for many votes in little time: whoever is in `keys` can sign."""

    keys: set[str] = field(default_factory=set)
    hardware: bool = False

    def sign(self, body: bytes, person: str) -> str:
        return f"{person}:{hashlib.sha256(body).hexdigest()}"

    def signer(self, body: bytes, signature: str, person: str, people: People) -> SigningKey:
        if person not in self.keys or people.named(person) is None or signature != self.sign(body, person):
            raise Refused("the signature does not count")
        return SigningKey(f"SHA256:{person}", self.hardware)


NAMES = ("ada", "bob", "eve", "dan")


def persons(*names: str) -> People:
    """People with keys that nobody could sign with."""
    return People(tuple(Person(name, (PublicKey("ssh-ed25519", "AAAA"),), os_user=name) for name in names or NAMES))


@dataclass
class Desk:
    """The service and everything around it."""

    directory: Path
    verifier: Verifier = field(default_factory=lambda: Seals(set(NAMES)))
    people: People = field(default_factory=persons)
    judging: Told = field(default_factory=Told)
    now: int = NOW
    store: Store = field(default_factory=lambda: SqliteStore(MEMORY))
    service: Service = field(init=False)

    def __post_init__(self) -> None:
        numbers = count(1)
        self.service = Service(
            ledger=Ledger(self.store, Log(self.directory / "log.jsonl")),
            bench=self.judging,
            people=lambda: self.people,
            verifier=self.verifier,
            redactor=REDACTOR,
            clock=lambda: self.now,
            chance=lambda size: next(numbers).to_bytes(size, "little"),
        )

    def close(self) -> None:
        self.store.close()
        self.log.close()

    @property
    def log(self) -> Log:
        return self.service.ledger.log

    def ask(self, text: str = DROP, tool: str = "toolu_1", cwd: str = CWD, asker: Asker = ADA) -> Answer:
        """One call of the agent."""
        call = Call(ShellLine(text), cwd, asker.agent, asker.os_user)
        asker = replace(asker, tool_use_id=tool, cwd=cwd)
        return self.service.judge(call, Surroundings(Memory(), cwd), asker)

    def held(self, text: str = DROP, **more: object) -> Hold:
        """The hold that a call waits for."""
        answer = self.ask(text, **more)  # type: ignore[arg-type]
        assert answer.hold is not None
        return answer.hold

    def vote(self, hold: Hold, person: str, decision: Decision = Decision.YES, reason: str = "") -> Hold:
        """A vote by the usual way: look at the card, sign the ballot, hand it in."""
        card = digest(self.service.card(hold.id))
        body = self.service.ballot(hold.id, decision, reason, person, card)
        assert isinstance(self.verifier, Seals)
        return self.service.vote(hold.id, body, self.verifier.sign(body, person))

    def later(self, minutes: float) -> None:
        self.now += int(minutes * MINUTE)

    def kinds(self) -> list[str]:
        """The kinds of all log entries, in order."""
        return [entry.kind for entry in self.log.entries()]

    def retold(self) -> list[Hold | Step]:
        """What the log tells of holds."""
        return [what for entry in self.log.entries() if (what := told(entry)) is not None]
