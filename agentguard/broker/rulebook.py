"""The policy that holds at a place of this machine: its files are found and read here, their examples run.

The one place where the policy meets the engine, since its examples are command lines. Broker and command line both
take their policy from here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from agentguard.broker.places import Places
from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.verdict import Plan
from agentguard.policy import fixture
from agentguard.policy.examples import Planner
from agentguard.policy.layers import Layers, discover, one_file
from agentguard.policy.load import load
from agentguard.policy.schema import Policy
from agentguard.policy.source import Source
from agentguard.surroundings import Machine, Memory, Surroundings, TooMuch
from agentguard.tools import Toolbox

KEPT = 64  # policies of projects that are kept at hand: nobody works in more checkouts at a time
BARE = Machine({})


def example_planner(toolbox: Toolbox) -> Planner:
    """Plans the command lines of examples, on the machine of `policy/fixture.py`."""
    memory = Memory(fixture.FILES, fixture.ENVIRON)

    def planner(line: str) -> Plan:
        call = Call(ShellLine(line), fixture.CHECKOUT)
        return plan(call, Surroundings(memory, fixture.CHECKOUT), toolbox)

    return planner


def rulebook(toolbox: Toolbox, layers: Layers) -> Policy:
    """The policy of some layers, its examples run. Raises PolicyError."""
    policy = load(
        layers.base,
        further=layers.further,
        project=layers.project,
        planner=example_planner(toolbox),
        names=toolbox.names,
    )
    return replace(policy, warnings=(*layers.warnings, *policy.warnings))


def layers_of(places: Places, cwd: str = "") -> Layers:
    """The layers of this machine, seen from a directory; without one, those that hold everywhere."""
    return discover(read_text, system=str(places.system), user=str(places.config), cwd=cwd)


def of_file(path: Path, toolbox: Toolbox) -> Policy:
    """The policy of one file and the base it chooses. Raises PolicyError; OSError where it cannot be read."""
    source = Source(str(path), path.read_text(encoding="utf-8"))
    return rulebook(toolbox, one_file(source))


def read_text(path: str) -> str | None:
    """The text of a regular file of bounded size; None where there is none.

    Raises:
        OSError: it may not be read.
        ValueError: it is no text, or too long.
    """
    try:
        data = BARE.read(path)
    except TooMuch as error:
        raise ValueError(str(error)) from error
    return None if data is None else data.decode("utf-8")


@dataclass
class Rulebooks:
    """The policies of this machine by place, each loaded once for as long as its files say the same."""

    toolbox: Toolbox
    places: Places
    kept: dict[Layers, Policy] = field(default_factory=dict)

    def at(self, cwd: str) -> Policy:
        """The policy for a call that starts in `cwd`. Raises PolicyError where a file of system or user is wrong."""
        layers = layers_of(self.places, cwd)
        if layers not in self.kept:
            if len(self.kept) >= KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[layers] = rulebook(self.toolbox, layers)
        return self.kept[layers]
