"""The policy that holds at a place of this machine: its files are found and read here, their examples run.

The one place where the policy meets the engine, since its examples are command lines. Broker and command line both
take their policy from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from agentguard.broker.people import PEOPLE, listed_people
from agentguard.broker.places import Places
from agentguard.broker.team_tools import check_team, digest_with, tool_sources, with_team
from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.environment import Names
from agentguard.model.errors import PolicyError
from agentguard.model.person import People
from agentguard.model.verdict import Plan
from agentguard.policy import fixture
from agentguard.policy.examples import Planner
from agentguard.policy.layers import PROJECT, Layers, discover, one_file
from agentguard.policy.load import load
from agentguard.policy.names import load_names, shipped_names, tighten
from agentguard.policy.project import REFUSED, SIZE
from agentguard.policy.schema import Policy
from agentguard.policy.source import Owner, Source
from agentguard.surroundings import Machine, Memory, Surroundings, TooMuch
from agentguard.tools import Toolbox
from agentguard.tools.schema import Tool

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


def people_here(places: Places, policy: Policy) -> People:
    """Whoever may approve on this machine, by its lists and its policy. Raises AgentguardError."""
    return listed_people(places.config / PEOPLE, places.system / PEOPLE, policy.people)


def tools_of(tools: Mapping[str, Tool], places: Places) -> Mapping[str, Tool]:
    """The tools that ship and the team's own. Raises ToolTableError."""
    return with_team(tools, tool_sources(places, read_text))


def of_file(path: Path, toolbox: Toolbox) -> Policy:
    """The policy of one file and the base it chooses. Raises PolicyError."""
    return rulebook(toolbox, one_file(source_of(path)))


def source_of(path: Path) -> Source:
    """A file as a source; one in a `.agentguard` is a project's. Raises PolicyError where it cannot be read."""
    try:
        text = read_text(str(path))
    except (OSError, ValueError) as error:
        raise PolicyError(f"this cannot be read ({error})", place=str(path)) from error
    if text is None:
        raise PolicyError("there is no such file", place=str(path))
    return Source(str(path), text, Owner.PROJECT if path.absolute().parent.name == PROJECT else Owner.USER)


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


@dataclass(frozen=True, slots=True)
class Rulebook:
    """What a call is judged with at one place: the tools and names its plan is made with, and the policy."""

    toolbox: Toolbox
    policy: Policy


@dataclass
class Rulebooks:
    """The rulebooks of this machine by place, each loaded once for as long as its files say the same."""

    tools: Mapping[str, Tool]
    places: Places
    kept: dict[tuple[Layers, tuple[Source, ...]], Rulebook] = field(default_factory=dict)

    def at(self, cwd: str) -> Rulebook:
        """The rulebook for a call that starts in `cwd`.

        Raises:
            PolicyError: a policy file of system or user is wrong.
            ToolTableError: a table of theirs is.
        """
        texts = layers_of(self.places, cwd), tool_sources(self.places, read_text)
        if texts not in self.kept:
            if len(self.kept) >= KEPT:
                self.kept.pop(next(iter(self.kept)))
            self.kept[texts] = rulebook_of(self.tools, *texts)
        return self.kept[texts]

    def policy(self, cwd: str) -> Policy:
        """The policy alone. Raises PolicyError."""
        return self.at(cwd).policy


def rulebook_of(tools: Mapping[str, Tool], layers: Layers, own: tuple[Source, ...] = ()) -> Rulebook:
    """Tools, names and policy of some layers; `own` are a team's own tables. Raises PolicyError and ToolTableError."""
    names, refusals = names_of(layers)
    toolbox = Toolbox(with_team(tools, own), names)
    check_team(own, example_planner(toolbox))
    policy = rulebook(toolbox, layers)
    digest = digest_with(policy.digest, own)
    return Rulebook(toolbox, replace(policy, digest=digest, warnings=(*policy.warnings, *refusals)))


def names_of(layers: Layers) -> tuple[Names, tuple[str, ...]]:
    """The names that ship and those of the layers, and a warning for each project's file that is refused.

    Raises:
        PolicyError: a file of the system or the user does not load.
    """
    own = load_names([(source.place, source.text) for source in layers.names])
    names, refusals = Names(shipped_names().patterns + own.patterns), []
    for source in layers.raising_names:
        try:
            names = tighten(names, _names_of_project(source))
        except PolicyError as error:
            refusals.append(f"{REFUSED}: {error}")
    return names, tuple(refusals)


def _names_of_project(source: Source) -> Names:
    if len(source.text) > SIZE:
        raise PolicyError(f"{len(source.text)} characters", place=source.place, hint=f"a project may have {SIZE}")
    try:
        return load_names([(source.place, source.text)])
    except (ValueError, RecursionError) as error:  # a number of a thousand digits, lists in lists in lists
        raise PolicyError(f"this is not TOML ({error})", place=source.place) from error
