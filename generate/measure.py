"""How well the tables judge every command of the clouds, by the labels of `labels.py`.

    python -m generate.measure [PYTHON]

PYTHON is one that has awscli and policy_sentry, .cache/aws/bin/python unless given; without one, AWS is left out and
said to be. Of the commands labelled destructive, those count as judged well that are called destructive, admin or
unknown; of the reads, those called a read.

The labels themselves were read by hand, a hundred of each cloud drawn with seed 5 (`--sample`): READ_BY_HAND.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from agentguard.classify import classify
from agentguard.model.call import Argv, Call
from agentguard.model.effect import CLASS_ORDER, Class, class_of
from agentguard.model.environment import Tier
from agentguard.parse import read
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped
from generate import aws, labels, trees
from generate.labels import Labelled

CWD = "/home/dev/shop"
BARS = {"aws": 99.0, "gcloud": 98.0, "az": 98.0}  # per cent, of both kinds
GRAVE = (Class.DESTRUCTIVE, Class.ADMIN, Class.UNKNOWN)
DRAWN = 100
READ_BY_HAND = {  # of a hundred labels: how many are wrong, and how many one could argue about
    "aws": "0 wrong, 2 arguable: a schedule that is stopped and an assessment that is cancelled lose little",
    "gcloud": "0 wrong, 1 arguable: a deleted operation is only a record",
    "az": "0 wrong, 4 arguable: a cancelled deployment, build or operation loses little",
}


@dataclass(frozen=True)
class Figure:
    """How many of one kind of label were judged well, and which were not."""

    cloud: str
    label: str
    every: int
    missed: tuple[str, ...]

    @property
    def percent(self) -> float:
        return 100 * (1 - len(self.missed) / self.every) if self.every else 0.0

    def __str__(self) -> str:
        well = "called destructive, admin or unknown" if self.label == labels.DESTRUCTIVE else "called a read"
        return f"{self.cloud}: of {self.every} {self.label} commands {self.percent:.2f} % {well}"


def labelled(cloud: str, python: str = "") -> tuple[Labelled, ...]:
    """Every command of a cloud with its label."""
    if cloud == "aws":
        return tuple(labels.of_aws(o.service, o.name, o.level, o.says) for o in aws.operations(python)[0])
    lines = ((" ".join((cloud, *leaf.path)), leaf.says) for leaf in trees.leaves(cloud))
    return tuple(labels.of_gcloud(line) if cloud == "gcloud" else labels.of_az(line, says) for line, says in lines)


def figures(cloud: str, commands: Iterable[Labelled]) -> tuple[Figure, Figure]:
    """How the tables judge the commands that lose something, and those that only look."""
    every = tuple(commands)
    return tuple(_figure(cloud, label, every) for label in (labels.DESTRUCTIVE, labels.READ))  # type: ignore[return-value]


def _figure(cloud: str, label: str, commands: tuple[Labelled, ...]) -> Figure:
    own = [command for command in commands if command.label == label]
    right = GRAVE if label == labels.DESTRUCTIVE else (Class.READ,)
    return Figure(cloud, label, len(own), tuple(c.command for c in own if judged(c.command) not in right))


def judged(line: str) -> Class:
    """The worst class of a command line, were it to land in production."""
    surroundings = Surroundings(Memory({}, {"HOME": "/home/dev"}), CWD)
    reading = read(Call(Argv(tuple(line.split())), CWD), surroundings, toolbox())
    effects = classify(reading, surroundings, toolbox())
    return max((class_of(effect, Tier.PROD) for effect in effects), key=CLASS_ORDER.index)


@cache
def toolbox() -> Toolbox:
    """The tables that ship."""
    return Toolbox(shipped())


def sample(commands: Iterable[Labelled]) -> Iterator[str]:
    """A hundred labels to be read by hand."""
    told = [command for command in commands if command.label]
    for command in random.Random(5).sample(told, DRAWN):  # noqa: S311 - the same hundred each time
        yield f"{command.label:12} {command.command:60} {command.says}"


def main() -> int:
    """0 where every bar is met."""
    python = next((word for word in sys.argv[1:] if not word.startswith("-")), "") or aws.installed()
    short = False
    for cloud, bar in BARS.items():
        if cloud == "aws" and not python:
            sys.stdout.write("aws: left out, no Python with awscli and policy_sentry is there\n")
            continue
        commands = labelled(cloud, python)
        for figure in figures(cloud, commands):
            short |= figure.percent < bar
            told = (f"{figure} (bar {bar} %)", *(figure.missed if "-v" in sys.argv else ()))
            sys.stdout.write("\n  ".join(told) + "\n")
        sys.stdout.write(f"{cloud}: of {DRAWN} labels read by hand {READ_BY_HAND[cloud]}\n")
        if "--sample" in sys.argv:
            sys.stdout.write("\n".join(sample(commands)) + "\n")
    return int(short)


if __name__ == "__main__":
    sys.exit(main())
