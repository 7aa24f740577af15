"""The policy file that comes with a checkout. It may be hostile: it may raise verdicts, and do nothing else.

Promises: nothing in it stops the guard. What is not allowed here makes the whole file void, with a warning that
says why; the base and the people's own files go on.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.model.errors import PolicyError
from agentguard.policy.examples import Planner
from agentguard.policy.source import Read, Source, loaded, read_source, tightening

SIZE = 1 << 16  # characters; the shipped policies have a sixth of it
EXAMPLES = 100  # what a checkout can make the guard read at the start is bounded
REFUSED = "a project's file was refused"
VOTING = frozenset({"quorum", "roles", "hardware"})
WAY_OUT = "it may add rules that raise a verdict; anything else belongs into your own policy.toml"


def admitted(
    sources: Sequence[Source], taken: frozenset[str], planner: Planner | None
) -> tuple[list[Read], tuple[str, ...]]:
    """The files that may count, and a warning for each that may not. `taken` are the rule ids that are in use."""
    reads: list[Read] = []
    refusals: list[str] = []
    for source in sources:
        try:
            _is_short(source)
            read = tightening(read_source(source))
            _only_raises(read)
            _ids_are_free(read, taken.union(*(other.ids for other in reads)))
            _has_few_examples(read)
            loaded(read, planner)
        except PolicyError as error:
            refusals.append(f"{REFUSED}: {error}")
        else:
            reads.append(read)
    return reads, tuple(refusals)


def _is_short(source: Source) -> None:
    if len(source.text) > SIZE:
        raise PolicyError(f"{len(source.text)} characters", place=source.place, hint=f"a project may have {SIZE}")


def _only_raises(read: Read) -> None:
    place = read.source.place
    for key in sorted(read.file.model_fields_set - {"rule"}):
        raise PolicyError(f"a project may not set `{key}`", place=place, hint=WAY_OUT)
    for rule in read.file.rule:
        for key in sorted(rule.model_fields_set & VOTING):
            raise PolicyError(f"a project may not set `{key}`", place=f"{place}, rule `{rule.id}`", hint=WAY_OUT)


def _ids_are_free(read: Read, taken: frozenset[str]) -> None:
    for rule_id in sorted(read.ids & taken):
        place = f"{read.source.place}, rule `{rule_id}`"
        raise PolicyError("another rule has this id", place=place, hint="give it a name of its own")


def _has_few_examples(read: Read) -> None:
    count = sum(len(rule.match) + len(rule.not_match) for rule in read.file.rule)
    if count > EXAMPLES:
        raise PolicyError(f"{count} examples", place=read.source.place, hint=f"a project may have {EXAMPLES}")
