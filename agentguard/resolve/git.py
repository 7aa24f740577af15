"""Git: local, but for what others lose: a forced push to, or a deletion of, a protected branch of a remote is prod.

Which branches are protected is `branches` of environments.toml. A push that only adds is local. Where the branch that
is pushed to cannot be told, it is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Verb
from agentguard.model.environment import LOCAL, Environment, Evidence, Names, Tier
from agentguard.resolve.git_config import Repository, repository
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import RAISING, Piece, environment_of, rank, tier_of, worst

LOSING = frozenset({Verb.DELETE, Verb.DROP, Verb.OVERWRITE, Verb.RECREATE, Verb.UNPROTECT, Verb.UNKNOWN})
EVERY_BRANCH = ("--mirror", "--all", "--branches", "--prune")


def resolve(subject: Subject) -> Environment:
    """Local, or the tier of the protected branch that a push would rewrite or delete."""
    if subject.command is None or subject.command.path[:1] != ("push",) or subject.effect.verb not in LOSING:
        return LOCAL
    own = repository(subject)
    target = subject.operands[0] if subject.operands else "origin"
    url = own.remote(target) if own else ""
    if (url or target).startswith(("/", "./", "../", "~", "file://")):
        return LOCAL
    remotes: list[Piece] = [("remote", Evidence("the remote", name)) for name in (target, url) if name]
    named = environment_of(subject.names, remotes)
    branches = (branch_environment(subject.names, branch) for branch in _pushed(subject, own))
    return worst((LOCAL, *branches, *((named,) if named.tier in RAISING else ())))


def branch_environment(names: Names, branch: str) -> Environment:
    """The environment of a remote branch: local unless it is protected, unknown where its name is not known."""
    told = Evidence("the branch", branch.replace(UNKNOWN_PART, "…"))
    if branch == "*":
        strongest = max((p for p in names.patterns if p.sort == "branch"), key=lambda p: rank(p.tier), default=None)
        told = replace(told, says="every branch")
        return Environment(strongest.name, strongest.tier, (told,)) if strongest else replace(LOCAL, evidence=(told,))
    if not branch or UNKNOWN_PART in branch:
        return Environment("unknown", Tier.UNKNOWN, (told,))
    found = tier_of(names, "branch", branch)
    return Environment(found[1].name, found[0], (told,)) if found else replace(LOCAL, evidence=(told,))


def _pushed(subject: Subject, own: Repository | None) -> Iterator[str]:
    """The remote branches a push names; `*` stands for all, an empty one for a branch that cannot be told."""
    if subject.command is not None and subject.command.has(*EVERY_BRANCH):
        yield "*"
    current = own.branch if own else ""
    if not subject.operands[1:] and not (subject.command and subject.command.has("--tags")):
        yield current
        if own and own.upstream():
            yield own.upstream()
    for refspec in subject.operands[1:]:
        source, colon, destination = refspec.removeprefix("+").partition(":")
        name = (destination if colon and destination else source).removeprefix("refs/heads/")
        if refspec in (":", "+:") or "*" in name:
            yield "*"
        elif not name.startswith("refs/tags/") and source != "tag":
            yield current if name in ("HEAD", "@") else name
