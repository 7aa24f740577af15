"""Which remote branches a `git push` writes to, and under which URLs (measured with git 2.39).

Promises git's own order: what the command names; else the remote of `branch.*.pushRemote`, `remote.pushDefault`,
`branch.*.remote`, or origin, and its `push` refspecs, or `push.default`. A branch named with no `+` or colon goes where
the remote's refspecs, or with `push.default = upstream` its upstream, send it; HEAD does not. Where git would refuse,
what it would have refused counts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agentguard.resolve.git_config import Repository, repository
from agentguard.resolve.subject import Subject

Strings = tuple[str, ...]

EVERY = "*"  # stands for every branch
EVERY_BRANCH = ("--mirror", "--all", "--branches", "--prune")
UPSTREAM = frozenset({"tracking", "upstream"})  # two names of one `push.default`
NOBODY = Repository("", {})
_BRANCH = re.compile(r"(?:refs/)?heads/(?P<name>.+)", re.DOTALL)  # git finds a branch by any of these names


@dataclass(frozen=True, slots=True)
class Aim:
    """A push: the remote as named, its URLs, and the remote branches; an empty one cannot be told."""

    remote: str
    urls: Strings
    branches: Strings


def aim_of(subject: Subject) -> Aim:
    """Where this push goes."""
    own = repository(subject) or NOBODY
    told = subject.option("--repo")
    remote = subject.operands[0] if subject.operands else told.says if told else own.pushed_to()
    return Aim(remote, own.urls(remote), tuple(dict.fromkeys(_branches(subject, own, remote))))


def _branches(subject: Subject, own: Repository, remote: str) -> Iterator[str]:
    command = subject.command
    if command is not None and command.has(*EVERY_BRANCH):
        yield EVERY
    named = subject.operands[1:]
    for refspec in named:
        yield from _named(own, remote, refspec)
    if not named and not (command is not None and command.has("--tags")):
        yield from _unnamed(own, remote)


def _unnamed(own: Repository, remote: str) -> Iterator[str]:
    """What a push that names no branch sends."""
    if own.is_mirror(remote):
        yield EVERY
    refspecs = own.refspecs(remote)
    for refspec in refspecs:
        yield from _named(own, remote, refspec, mapped=False)
    if not refspecs:
        yield from _by_default(own)


def _by_default(own: Repository) -> Strings:
    """What `push.default` sends; where the upstream has another name, `simple` refuses."""
    how, upstream = own.default(), own.upstream(own.branch)
    if how == "matching":
        return (EVERY,)
    if how in UPSTREAM and upstream:
        return (upstream,)
    return (own.branch, upstream) if how == "simple" and upstream else (own.branch,)


def _named(own: Repository, remote: str, refspec: str, *, mapped: bool = True) -> Iterator[str]:
    """The remote branch of one refspec; nothing for a tag."""
    source, colon, destination = refspec.removeprefix("+").partition(":")
    name = destination if colon and destination else source
    if refspec in (":", "+:") or "*" in name:
        yield EVERY
    elif name in ("HEAD", "@"):
        yield own.branch
    elif not name.startswith("refs/tags/") and source != "tag":
        sent = _sent(own, remote, _short(name)) if mapped and refspec == source else iter(())
        yield next(sent, _short(name))


def _sent(own: Repository, remote: str, branch: str) -> Iterator[str]:
    """Where a branch goes that is named without a destination, if the settings send it to another."""
    for refspec in own.refspecs(remote):
        source, _, destination = refspec.removeprefix("+").partition(":")
        before, star, after = _short(source).partition("*")
        if not star and _short(source) == branch:
            yield _short(destination)
        elif star and branch.startswith(before) and branch.endswith(after):
            yield _short(destination).replace("*", branch[len(before) : len(branch) - len(after)], 1)
    if own.default() in UPSTREAM and not own.refspecs(remote) and own.upstream(branch):
        yield own.upstream(branch)


def _short(name: str) -> str:
    found = _BRANCH.fullmatch(name)
    return found["name"] if found else name
