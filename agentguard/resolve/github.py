"""GitHub, GitLab: pull requests, issues and the like are the developer's own work, local; a repository is not.

The repository is `-R`, GH_REPO, or what the remotes of the checkout say. It has no environment of its own, and one that
is called `test` is as much work as any: names of repositories raise and never lower. Where neither they nor `--env`
tell one, it is unknown. Which branches are protected is what environments.toml says.
"""

from __future__ import annotations

import re

from agentguard.model.environment import LOCAL, Environment, Evidence
from agentguard.resolve.git import branch_environment
from agentguard.resolve.git_config import repository
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of, worst

OWN_WORK = frozenset(
    "alias auth cache ci codespace config extension gist gpg-key issue issues label labels milestones mr pipeline pr "
    "project pulls run snippet ssh-key".split()
)  # sub-commands of gh, and nouns of its API below a repository
_REF = re.compile(r"(?:^|/)git/refs/heads/(?P<branch>.+)$")
_BELOW = re.compile(r"/?repos/[^/]+/[^/]+/(?P<noun>\w+)")


def resolve(subject: Subject) -> Environment:
    """Local for one's own work; else what the repository's name, the branch or `--env` says, or unknown."""
    words = (*subject.effect.objects, *subject.operands)
    branches = [match["branch"] for word in words if (match := _REF.search(word))]
    if branches:
        return worst(branch_environment(subject.names, branch) for branch in branches)
    if not subject.effect.kind or _noun(subject) in OWN_WORK:
        return LOCAL
    deployed = subject.option("-e", "--env")
    deciding: list[Piece] = [("environment", deployed)] if deployed else []
    return environment_of(subject.names, deciding, _pieces(subject))


def _noun(subject: Subject) -> str:
    """What the command is about: the sub-command, or for a request by hand what stands below the repository."""
    path = subject.command.path if subject.command else ()
    if path[:1] != ("api",):
        return path[0] if path else ""
    below = _BELOW.match(subject.operands[0]) if subject.operands else None
    return below["noun"] if below else ""


def _pieces(subject: Subject) -> list[Piece]:
    told = subject.told(("-R", "--repo"), ("GH_REPO",))
    pieces: list[Piece] = [("repository", told)] if told else []
    if not told and (own := repository(subject)):
        pieces += [
            ("repository", Evidence(f"remote {name}", url)) for name in own.remotes() if (url := own.remote(name))
        ]
    return [*pieces, *(("repository", Evidence("the name", name)) for name in subject.effect.objects)]
