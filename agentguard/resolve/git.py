"""Git: local, but for what others lose: a forced push to, or a deletion of, a protected branch of a remote is prod.

Which branches are protected is `branches` of environments.toml. A push that only adds is local. Where the branch that
is pushed to cannot be told, it is unknown.
"""

from __future__ import annotations

from dataclasses import replace

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Verb
from agentguard.model.environment import LOCAL, Environment, Evidence, Names, Tier
from agentguard.resolve.git_push import EVERY, aim_of
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import RAISING, Piece, environment_of, rank, tier_of, worst

LOSING = frozenset({Verb.DELETE, Verb.DROP, Verb.OVERWRITE, Verb.RECREATE, Verb.UNPROTECT, Verb.UNKNOWN})
HERE = ("/", "./", "../", "~", "file://")  # how a repository in this machine's files begins


def resolve(subject: Subject) -> Environment:
    """Local, or the tier of the protected branch that a push would rewrite or delete."""
    if subject.command is None or subject.command.path[:1] != ("push",) or subject.effect.verb not in LOSING:
        return LOCAL
    aim = aim_of(subject)
    if aim.urls and all(url.startswith(HERE) for url in aim.urls):
        return LOCAL
    remotes: list[Piece] = [("remote", Evidence("the remote", name)) for name in dict.fromkeys((aim.remote, *aim.urls))]
    named = environment_of(subject.names, remotes)
    branches = (branch_environment(subject.names, branch) for branch in aim.branches)
    return worst((LOCAL, *branches, *((named,) if named.tier in RAISING else ())))


def branch_environment(names: Names, branch: str) -> Environment:
    """The environment of a remote branch: local unless it is protected, unknown where its name is not known."""
    told = Evidence("the branch", branch.replace(UNKNOWN_PART, "…"))
    if branch == EVERY:
        strongest = max((p for p in names.patterns if p.sort == "branch"), key=lambda p: rank(p.tier), default=None)
        told = replace(told, says="every branch")
        return Environment(strongest.name, strongest.tier, (told,)) if strongest else replace(LOCAL, evidence=(told,))
    if not branch or UNKNOWN_PART in branch:
        return Environment("unknown", Tier.UNKNOWN, (told,))
    found = tier_of(names, "branch", branch)
    return Environment(found[1].name, found[0], (told,)) if found else replace(LOCAL, evidence=(told,))
