"""GitHub: pull requests, issues and the like are the developer's own work, local; a repository and its guards are not.

The repository is `-R`, GH_REPO, or what the remotes of the checkout say. It has no environment of its own: where its
name or `--env` does not tell one, it is unknown. Which branches are protected is what environments.toml says.
"""

from __future__ import annotations

import re

from agentguard.model.environment import LOCAL, Environment, Evidence
from agentguard.resolve.git import branch_environment
from agentguard.resolve.git_config import repository
from agentguard.resolve.subject import Subject
from agentguard.resolve.tier import Piece, environment_of, worst

OWN_WORK = frozenset(
    "alias branch cache codespace comment discussion extension gist gpgkey issue label milestone pr project "
    "pullrequest pull_request run sshkey".split()
)
_REF = re.compile(r"(?:^|/)git/refs/heads/(?P<branch>.+)$")


def resolve(subject: Subject) -> Environment:
    """Local for one's own work; else what the repository's name, the branch or `--env` says, or unknown."""
    branches = [match["branch"] for name in _words(subject) if (match := _REF.search(name))]
    if branches:
        return worst(branch_environment(subject.names, branch) for branch in branches)
    pieces = _pieces(subject)
    if _noun(subject) in OWN_WORK or not subject.effect.kind:
        return LOCAL
    return environment_of(subject.names, pieces)


def _words(subject: Subject) -> tuple[str, ...]:
    return (*subject.effect.objects, *subject.operands)


def _noun(subject: Subject) -> str:
    """The kind of thing without the tool's own name: `github.pull_request` is pull_request."""
    return subject.effect.kind.partition(".")[2].partition(".")[0].replace("-", "").casefold()


def _pieces(subject: Subject) -> list[Piece]:
    told = subject.told(("-R", "--repo"), ("GH_REPO",))
    pieces: list[Piece] = [("repository", told)] if told else []
    if not told and (own := repository(subject)):
        pieces += [
            ("repository", Evidence(f"remote {name}", url)) for name in own.remotes() if (url := own.remote(name))
        ]
    deployed = subject.option("-e", "--env")
    pieces += [("environment", deployed)] if deployed else []
    return [*pieces, *(("repository", Evidence("the name", name)) for name in subject.effect.objects)]
