"""The grammar of a policy file, and the value that loading makes of all of them.

Promises: closed models; an unknown key, a misspelt word or a missing reason stops the load. Refuses to judge: what a
rule is worth is told by `match.py` and `decide.py`, and whether its own examples hold by `examples.py`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Annotated, Literal, TypeVar

from pydantic import Field, GetCoreSchemaHandler, GetJsonSchemaHandler, model_validator
from pydantic_core import CoreSchema, core_schema

from agentguard.model.effect import Class, Reach, Undo, Verb
from agentguard.model.environment import Tier
from agentguard.model.errors import PolicyError
from agentguard.model.person import Person
from agentguard.model.verdict import ACTION_ORDER, Action
from agentguard.tools.schema import Closed

Word = TypeVar("Word")
BASES = ("default", "solo", "team")  # what ships; `own` says that the file itself is the base
LONGEST_WAIT = 24 * 60  # minutes; nobody remembers the next day what they were asked to approve
RESERVED = frozenset({"breaker-open", "no-rule", "not-enrolled", "rule-failed", "stopped"})  # verdicts of no file
WHOLE_QUORUM = 2  # the whole of something in prod: one tired person must not be enough


class _OneOrMore:
    """Lets a single word stand for a list of one, to pydantic and to the editor's JSON Schema."""

    def __get_pydantic_core_schema__(self, source: type, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_several, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, object]:
        several = handler(schema)
        return {"anyOf": [several["items"], several]}


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


# An empty list would look like a condition and be none.
Several = Annotated[tuple[Word, ...], Field(min_length=1), _OneOrMore()]


Text = Annotated[str, Field(min_length=1, max_length=500)]  # longer, and a tired person does not read it


class When(Closed):
    """The condition of a rule on one finding. All keys that are given must hold; of a list, one word is enough.

    `kind`, `environment`, `program` and `object` are globs. An unknown undo counts as none, an unknown reach as all.
    """

    class_: Several[Class] = Field(default=(), alias="class")
    verb: Several[Verb] = ()
    kind: Several[str] = ()
    at: Several[str] = ()
    tier: Several[Tier] = ()
    environment: Several[str] = ()
    reach: Several[Reach] = ()
    undo: Several[Undo] = ()
    whole: bool | None = None
    program: Several[str] = ()
    object: Several[str] = ()


class Rule(Closed):
    """One rule: what happens to the findings that `when` describes, why, and what to do instead.

    `quorum`, `roles` and `hardware` go with `hold` alone: how many persons, all the roles each of them must have, and
    whether their keys must live in hardware. Examples are `tier: command`, or `tier name: command` where the name of
    the environment matters.
    """

    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=64)]
    because: Text
    action: Action
    when: When
    match: Annotated[tuple[str, ...], Field(min_length=1)]
    not_match: Annotated[tuple[str, ...], Field(min_length=1)]
    quorum: Annotated[int, Field(ge=1)] = 1
    roles: tuple[str, ...] = ()
    hardware: bool = False
    safer: tuple[Text, ...] = ()

    @property
    def strictness(self) -> tuple[int, int, bool, int, int, str]:
        """Orders rules from mild to strict; of equals the one that says more, and the id makes the order total."""
        narrow = len(self.when.model_fields_set)
        return ACTION_ORDER.index(self.action), self.quorum, self.hardware, len(self.roles), narrow, self.id


class PersonEntry(Closed):
    """Somebody who may approve, by their public keys as in a .pub file; `os_user` is their account on this machine."""

    name: Annotated[str, Field(min_length=1)]
    os_user: str = ""
    keys: Annotated[tuple[str, ...], Field(min_length=1)]
    roles: tuple[str, ...] = ()


Minutes = Annotated[int, Field(ge=1, le=LONGEST_WAIT)]


class Waiting(Closed):
    """How long a hold waits for its votes, and how long an approval waits to be used; in minutes."""

    minutes: Minutes | None = None
    approval_minutes: Minutes | None = None

    @model_validator(mode="after")
    def says_something(self) -> Waiting:
        if self.minutes is None and self.approval_minutes is None:
            raise ValueError("`hold` says nothing: give it `minutes` or `approval_minutes`, or leave it out")
        return self


class PolicyFile(Closed):
    """One policy file. `base` chooses what it tightens, or says that it is a base of its own."""

    base: Literal["default", "solo", "team", "own"] | None = None
    hold: Waiting | None = None
    person: tuple[PersonEntry, ...] = ()
    rule: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Minutes that a hold and an approval live."""

    minutes: int = 60
    approval_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one file gave: for people who ask which policy holds here."""

    place: str
    rules: int = 0
    examples: int = 0
    persons: int = 0


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules that apply, in no order, and the digest that names them.

    `raising` holds the ids of rules from files that may only tighten: they raise a verdict, but a finding that no
    other rule covers is still held. `warnings` tell what was refused or left out.
    """

    base: str
    rules: tuple[Rule, ...]
    digest: str
    people: tuple[Person, ...] = ()
    hold: Lifetimes = Lifetimes()
    raising: frozenset[str] = frozenset()
    files: tuple[Loaded, ...] = ()
    warnings: tuple[str, ...] = ()


def check_sound(rule: Rule, place: str) -> None:
    """Raise PolicyError where a rule is well formed and still makes no sense."""
    for broken, problem, hint in FLAWS:
        if broken(rule):
            raise PolicyError(problem, place=f"{place}, rule `{rule.id}`", hint=hint)


def _without_condition(rule: Rule) -> bool:
    return not rule.when.model_fields_set


def _takes_a_reserved_id(rule: Rule) -> bool:
    return rule.id in RESERVED


def _votes_without_hold(rule: Rule) -> bool:
    return rule.action is not Action.HOLD and bool(rule.model_fields_set & {"quorum", "roles", "hardware"})


def _one_person_for_the_whole(rule: Rule) -> bool:
    reaches_prod = not rule.when.tier or Tier.PROD in rule.when.tier or Tier.UNKNOWN in rule.when.tier
    return rule.action is Action.HOLD and rule.when.whole is True and reaches_prod and rule.quorum < WHOLE_QUORUM


def _empty(words: Iterable[str]) -> bool:
    return any(not word.strip() for word in words)


FLAWS = (
    (_takes_a_reserved_id, "this id is agentguard's own", "give the rule another"),
    (_without_condition, "`when` says nothing", "a rule without a condition would match everything; name a class"),
    (_votes_without_hold, '`quorum`, `roles` and `hardware` go with `action = "hold"` alone', "leave them out"),
    (
        _one_person_for_the_whole,
        "quorum 1 for the whole of something in prod",
        f'it takes {WHOLE_QUORUM} persons at least: `quorum = {WHOLE_QUORUM}`, or `action = "block"`',
    ),
    (lambda rule: _empty((rule.because, *rule.safer, *rule.roles)), "an empty text", "say it or leave the key out"),
)
