"""Compare the tables with the examples of tldr: `python -m tests.public.tldr_agrees FOLDER`, a checkout of its pages.

As fig_agrees, with whole example lines for labels: of infrastructure tools, those whose sentence begins with delete,
remove, destroy, drop, purge and the like, and those that list, show, get, describe. A placeholder stands for itself,
`{{[-a|--all]}}` for its long form, `{{start|stop}}` for its first. The pages (CC-BY) are in no registry:
they are given, never fetched.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import CLASS_ORDER, Class, Effect, class_of
from agentguard.model.environment import Tier
from agentguard.surroundings import Memory, Surroundings
from tests.public.fig_agrees import CHECKOUT, DESTROYS, DESTRUCTIVE, INFRASTRUCTURE, READS, TOOLBOX, share

MORE = frozenset(  # what tldr has pages for and the completions do not
    """
    clickhouse-client consul cqlsh databricks dropdb duckdb etcdctl flyway hcloud kafka-topics linode-cli mongosh nomad
    oci openstack psql rabbitmqctl redis-cli scw snowsql talosctl velero virsh zfs zpool
    """.split()
)
EXAMPLE = re.compile(r"^- (?P<says>[^\n]+):\n\n`(?P<line>[^\n]+)`$", re.MULTILINE)
PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}")


@dataclass(frozen=True, slots=True)
class Said:
    """One example: its line with the placeholders filled in, and what its sentence says."""

    line: str
    sentence: str


def main() -> None:
    """Print the shares, and what disagrees."""
    if len(sys.argv) != 2:
        sys.exit("which folder holds the pages? python -m tests.public.tldr_agrees FOLDER")
    counts: Counter[tuple[bool, str, bool]] = Counter()
    for said in examples(Path(sys.argv[1])):
        tool = said.line.split()[0]
        destroys = bool(DESTROYS.match(said.sentence)) and " help" not in said.line
        if tool in INFRASTRUCTURE | MORE and (destroys or READS.match(said.sentence)):
            effect = worst(said.line)
            found = class_of(effect, Tier.PROD)
            agrees = found in DESTRUCTIVE if destroys else found is Class.READ
            counts[destroys, tool, agrees] += 1
            if not agrees:
                sys.stdout.write(f"{said.line} | {said.sentence} | {effect.describe()}: {found}\n")
    share(counts)


def examples(folder: Path) -> Iterator[Said]:
    """Every example of the English pages under a folder."""
    for page in sorted(folder.rglob("pages/*/*.md")):
        for found in EXAMPLE.finditer(page.read_text(encoding="utf-8")):
            line = PLACEHOLDER.sub(lambda place: filled(place[1]), found["line"])
            if line.split():
                yield Said(line, found["says"])


def filled(place: str) -> str:
    """What stands in a line for a placeholder.

    >>> filled("[-a|--all]"), filled("start|stop"), filled("path/to/file")
    ('--all', 'start', 'path/to/file')
    """
    if place.startswith("[") and place.endswith("]"):
        return place[1:-1].rsplit("|", 1)[-1]
    return place.split("|", 1)[0].strip().replace(" ", "_")


def worst(line: str) -> Effect:
    """The worst effect of a line, were it in production."""
    surroundings = Surroundings(Memory({}, {"HOME": "/home/dev"}), CHECKOUT)
    effects = [finding.effect for finding in plan(Call(ShellLine(line), CHECKOUT), surroundings, TOOLBOX).findings]
    return max(effects, key=lambda effect: CLASS_ORDER.index(class_of(effect, Tier.PROD)))


if __name__ == "__main__":
    main()
