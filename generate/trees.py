"""Makes `agentguard/tools/generated/gcloud.toml` and `az.toml` out of the published trees of their commands.

    python -m generate.trees

`generate/data` holds every command with its options, as the SDK and the published command specs of mid 2026 have them.
A command's verb comes from the words of its name. Groups that are called like a verb are found in the tree, so that
`gcloud deploy releases list` is read to its end; members of requests that are a risk, by the names of the options.
"""

from __future__ import annotations

import gzip
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from generate import risks
from generate.toml import group, strings, text
from generate.words import AIMS, AZ, GCLOUD, STARTS

HERE = Path(__file__).parent
TABLES = HERE.parent / "agentguard" / "tools" / "generated"
TRACKS = frozenset({"alpha", "beta", "preview"})
DRY = frozenset({"--dry-run", "--dryrun", "--validate-only"})
HEAD = """\
# Made by generate/trees.py from the tree of {program}'s commands in generate/data.
# Do not edit: a test fails where a fresh run differs. What data/{program}.toml says goes first.
"""
GUARD = re.compile(  # what keeps something from being lost, as an option that is on or off
    r"^(enable-?)?(deletion|delete|termination|drop|purge|ddos|stop)-?protect(ion|ed)?(-enabled)?$|^protect-from-.*$"
    r"|^(enable-?)?(\w+-)?(backups?|versioning|soft-delete|delete-retention|(point-in-time-)?recovery|bin-?log|logging)$"
    r"|^(enable-?)?(\w+-)?(audit-?logs?|audit-?logging|logs?|immutab\w+|point-in-time-restore|change-feed)(-enabled)?$"
)
GONE = re.compile(r"protect|retention|backup|versioning|lifecycle|soft-delete|point-in-time|logging|log-config|audit")
KEY = re.compile(r"key|window|labels")
KEPT = re.compile(
    r"(retention|retain|recover).*(period|days|duration|hours|count|backups|time)$|^soft-delete-duration$"
    r"|^(backup-)?retention$|^(message|delete)-retention-(duration|days)$"
)
CAPACITY = re.compile(
    r"^num-(nodes|workers)$|^(min-)?(node|instance|worker)-count$|^max-(nodes|instances|num-replicas|replicas|count)$"
    r"|^(size|replicas|scale|capacity|new-capacity|number-of-workers)$"
)
OPENED = {
    "allow-blob-public-access": "true",
    "allow-unauthenticated": "true",
    "authorized-networks": "*0.0.0.0/0*",
    "default-action": "allow",
    "public-access": "[bec]*",  # blob, enabled, container
    "public-network-access": "enabled",
}


@dataclass(frozen=True)
class Leaf:
    """One command: its path without the program, its options without values, and what its description says."""

    path: tuple[str, ...]
    options: frozenset[str] = field(repr=False)
    says: str = ""


def leaves(program: str) -> tuple[Leaf, ...]:
    """Every command of a published tree, release tracks aside."""
    with gzip.open(HERE / "data" / f"{program}.tsv.gz", "rt", encoding="utf-8") as lines:
        rows = [line.rstrip("\n").split("\t") for line in lines][1:]
    found: dict[tuple[str, ...], Leaf] = {}
    for command, *middle, options in rows:
        path = tuple(word for n, word in enumerate(command.split()[1:]) if n or word not in TRACKS)
        known = found.get(path, Leaf(path, frozenset()))
        if path:
            found[path] = Leaf(path, known.options | set(options.split()), "".join(middle))
    return tuple(found[path] for path in sorted(found))


class Tree:
    """The commands of one program, and what their words mean."""

    def __init__(self, program: str, words: Mapping[str, str]) -> None:
        self.program = program
        self.leaves = leaves(program)
        self.words = {word: verb for verb, listed in words.items() for word in listed.split()}
        self.whole = {word: verb for leaf in self.leaves for word, verb in self._whole(leaf.path[-1])}

    def _whole(self, word: str) -> Iterator[tuple[str, str]]:
        """A last word that means what a later piece of it says: `bulk-delete`, `request-delete`."""
        first, *rest = word.split("-")
        aim = next((AIMS[piece] for piece in rest if piece in AIMS), "") if first in STARTS else ""
        said = next((self.words[piece] for piece in rest if piece in self.words), "") if first not in self.words else ""
        if word not in self.words and (aim or said):
            yield word, aim or said

    def is_verb(self, word: str) -> bool:
        return word in self.words or word in self.whole or word.split("-", maxsplit=1)[0] in self.words

    def groups(self) -> list[str]:
        """What is called like a verb and is a group: words where they always are, else paths from the start."""
        below: dict[tuple[str, ...], list[tuple[str, ...]]] = defaultdict(list)
        for leaf in self.leaves:
            for length in range(1, len(leaf.path)):
                if self.is_verb(leaf.path[length - 1]):
                    below[leaf.path[:length]].append(leaf.path[length:])
        paths = {path for path, rests in below.items() if any(self.is_verb(word) for rest in rests for word in rest)}
        ends = {leaf.path[-1] for leaf in self.leaves} | {path[-1] for path in below.keys() - paths}
        always = {path[-1] for path in paths if path[-1] not in ends}
        return sorted(always | {"/" + " ".join(path) for path in paths if path[-1] not in always})

    def table(self) -> str:
        """The whole file."""
        lists: dict[str, list[str]] = defaultdict(list)
        for word, verb in sorted({**self.words, **self.whole}.items()):
            lists[verb].append(word)
        words = "".join(strings(verb, found) for verb, found in sorted(lists.items()))
        return "\n".join(
            (
                HEAD.format(program=self.program) + text("program", self.program),
                "[options]\n" + strings("flag", self.flags()),
                "[words]\n" + words + strings("groups", self.groups()),
                *self.risks(),
                "[within]\n" + "".join(group(path, told) for path, told in sorted(self.dry().items())),
            )
        )

    def flags(self) -> list[str]:
        """Options that take no value, as far as their names say so: the tree has no more."""
        every = {option for leaf in self.leaves for option in leaf.options}
        return sorted(name for name in every if name.startswith(("--clear-", "--no-")))

    def dry(self) -> dict[str, dict[str, list[str]]]:
        """The commands that have an option which only tells what would happen, by their group."""
        found: dict[str, dict[str, list[str]]] = {"": {"has": []}}
        for leaf in self.leaves:
            if leaf.options & DRY:
                found.setdefault(" ".join(leaf.path[:-1]), {"has": []})["has"].append(leaf.path[-1])
        return {path: {"has": sorted(set(told["has"]))} for path, told in found.items()}

    def risks(self) -> Iterable[str]:
        """Options of commands that would otherwise only modify, by their names."""
        changing = {o for leaf in self.leaves if self.modifies(leaf.path[-1]) for o in leaf.options}
        found: dict[str, set[str]] = defaultdict(set)
        for option in changing:
            name = option.removeprefix("--").removeprefix("no-")  # `--no-backup` is the member `backup=false`
            for risk, glob in _risks(name):
                found[risk].add(f"{risks.plain(name)}={glob}")
        return risks.tables(found, {})

    def modifies(self, word: str) -> bool:
        return self.words.get(word.split("-", maxsplit=1)[0]) in ("modify", "overwrite", None)


def _risks(option: str) -> Iterator[tuple[str, str]]:
    """How an option is a risk, and the value that makes it one."""
    if option in OPENED:
        yield "expose", OPENED[option]
    elif KEPT.search(option):
        yield "retention", "0*"
    elif CAPACITY.search(option):
        yield "disrupt", "0"
    elif option.startswith(("clear-", "disable-")) and GONE.search(option) and not KEY.search(option):
        yield "unprotect", "true"
    elif GUARD.search(option):
        yield from (("unprotect", value) for value in OFF)


OFF = ("false", "disabled")
PROGRAMS = {"az": AZ, "gcloud": GCLOUD}


def main() -> int:
    """Write both tables."""
    for program, words in PROGRAMS.items():
        tree = Tree(program, words)
        table = tree.table()
        (TABLES / f"{program}.toml").write_text(table, encoding="utf-8")
        silent = [" ".join(leaf.path) for leaf in tree.leaves if not any(map(tree.is_verb, leaf.path))]
        sys.stdout.write(f"{program}: {len(table)} bytes of {len(tree.leaves)} commands; no verb: {silent}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
