"""What the doctor has seen, as values: settings, what a hook answered, launchers, state, persons, log.

They are collected by `look.py` and `canary.py`, and judged by `checks.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentguard.audit.verify import Verification
from agentguard.cli.install.json_text import Json


class Canary(StrEnum):
    """One try of a hook. All but HARMLESS must be denied."""

    DESTRUCTIVE = "destructive"
    HARMLESS = "harmless"
    MALFORMED = "malformed"
    SETTINGS = "settings"  # the agent writes over the very settings that start this hook
    RECORD = "record"  # the agent writes over the log
    BY_SHELL = "by shell"  # the same from its shell
    NESTED = "nested"  # it starts another agent without hooks
    ENDING = "ending"  # it ends the broker
    APPROVING = "approving"  # it approves what it has asked for
    NO_BROKER = "no broker"  # the socket's path leads nowhere
    SILENT_BROKER = "silent broker"  # something takes the question and never answers


@dataclass(frozen=True, slots=True)
class Answer:
    """How a hook's process ended. `status` is None where it had to be ended for taking too long."""

    status: int | None
    output: str
    error: str


@dataclass(frozen=True, slots=True)
class Hook:
    """A hook of ours that runs before tools, as it stands in an agent's settings.

    `entry` is the element of the settings' list, `handler` the part of it that names `command`; often they are one.
    `ours` tells that it asks the broker that this doctor looks at. `cautions` are what `install` says of such settings.
    """

    agent: str
    level: str
    path: str
    command: str
    entry: Mapping[str, Json]
    handler: Mapping[str, Json]
    deadline: int  # seconds until the hook itself denies
    ours: bool
    answers: Mapping[Canary, Answer]
    cautions: tuple[str, ...] = ()
    version: str = ""  # what the agent's program says of itself; empty where none was found
    shielded: bool = True  # False for managed settings that others than root could change
    skills: bool = False  # lines that a skill runs by itself are seen by a launcher, or do not run at all
    as_root: bool = False  # the doctor runs as root, and an agent that is started here would


@dataclass(frozen=True, slots=True)
class Broken:
    """Settings that should hold a hook and cannot: `why` in a sentence."""

    agent: str
    level: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class Launcher:
    """What stands before the shell or before programs: `faults` says what keeps it from working, one sentence each.

    `named` are the settings that name it, `count` how many programs it stands before, `answer` how it ended when it was
    given what must be denied; None where it was not tried.
    """

    path: str
    stands: bool
    named: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    count: int = 0
    answer: Answer | None = None


@dataclass(frozen=True, slots=True)
class Persons:
    """Who could approve what this account asks for: how many, who lists them, and whether only root can change that."""

    place: str = ""
    approvers: int = 0
    roots: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """All that was seen. `state` holds what is wrong with the state's directory and socket."""

    hooks: tuple[Hook, ...]
    broken: tuple[Broken, ...]
    shell: Launcher
    shims: Launcher
    state_place: str
    state: tuple[str, ...]
    persons: Persons
    log: Verification | None  # None where there is no log yet
