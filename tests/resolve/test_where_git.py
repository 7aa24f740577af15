import pytest

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Verb
from tests.resolve.where import acting, claiming, where

CONFIG = """
[remote "origin"]
\turl = https://me:sesame@github.com/acme/shop.git
[remote "production"]
\turl = https://git.example.com/shop.git
[remote "bare"]
\turl = /srv/git/shop.git
[branch "feature"]
\tremote = origin
\tmerge = refs/heads/main
"""
ON_FEATURE = {".git/HEAD": "ref: refs/heads/topic\n", ".git/config": CONFIG}
ON_MAIN = {".git/HEAD": "ref: refs/heads/main\n", ".git/config": CONFIG}
TRACKING = {".git/HEAD": "ref: refs/heads/feature\n", ".git/config": CONFIG}
DETACHED = {".git/HEAD": "0123456789abcdef\n", ".git/config": CONFIG}
WORKTREE = {
    ".git": "gitdir: /home/dev/shop/.git/worktrees/hot\n",
    "/home/dev/shop/.git/worktrees/hot/HEAD": "ref: refs/heads/release/2\n",
    "/home/dev/shop/.git/worktrees/hot/commondir": "../..\n",
    "/home/dev/shop/.git/config": CONFIG,
}
FORCED = [
    ("git push --force", ON_FEATURE, "local"),
    ("git push --force", ON_MAIN, "prod"),
    ("git push --force", TRACKING, "prod"),
    ("git push --force", DETACHED, "unknown"),
    ("git push --force", {}, "unknown"),
    ("git push --force", WORKTREE, "prod"),
    ("git push --force origin topic", ON_MAIN, "local"),
    ("git push --force origin main", ON_FEATURE, "prod"),
    ("git push origin +main", ON_FEATURE, "prod"),
    ("git push origin +topic:main", ON_FEATURE, "prod"),
    ("git push origin +main:topic", ON_FEATURE, "local"),
    ("git push origin +HEAD:refs/heads/main", ON_FEATURE, "prod"),
    ("git push --force origin HEAD", ON_MAIN, "prod"),
    ("git push origin :main", ON_FEATURE, "prod"),
    ("git push origin --delete release/2.4", ON_FEATURE, "prod"),
    ("git push origin --delete fix/prod-login", ON_FEATURE, "local"),
    ("git push --mirror origin", ON_FEATURE, "prod"),
    ("git push --force --all origin", ON_FEATURE, "prod"),
    ("git push --force origin refs/heads/*:refs/heads/*", ON_FEATURE, "prod"),
    ("git push --force origin refs/tags/v1", ON_MAIN, "local"),
    ("git push --force --tags origin", ON_MAIN, "local"),
    ("git push --force production topic", ON_FEATURE, "prod"),
    ("git push --force bare main", ON_FEATURE, "local"),
    ("git push --force ../elsewhere main", ON_FEATURE, "local"),
    (f"git push --force origin {UNKNOWN_PART}", ON_FEATURE, "unknown"),
    ("git -C /home/dev/work/shop/sub push --force", ON_MAIN, "prod"),
    ("GIT_DIR=.git git push --force", ON_MAIN, "prod"),
]


@pytest.mark.parametrize(("line", "files", "tier"), FORCED)
def test_rewriting_or_deleting_a_protected_branch_is_prod(line: str, files: dict[str, str], tier: str):
    assert where("git", line, files=files, depth=1, effect=acting("git.branch", verb=Verb.OVERWRITE)).tier == tier


def test_a_push_that_only_adds_is_local():
    assert (
        where("git", "git push origin main", files=ON_MAIN, depth=1, effect=acting("git.branch", verb=Verb.CREATE)).tier
        == "local"
    )


def test_what_git_does_here_is_local():
    assert (
        where("git", "git branch -D main", files=ON_MAIN, depth=1, effect=acting("git.branch", "main")).tier == "local"
    )


def test_a_team_protects_its_own_branches():
    names = claiming("prod", "branches", "trunk")
    assert where("git", "git push --force origin trunk", files=ON_FEATURE, depth=1, names=names).tier == "prod"


def test_the_evidence_holds_no_password():
    assert "sesame" not in str(where("git", "git push --force production topic", files=ON_FEATURE, depth=1))
    assert "sesame" not in str(where("github", "gh repo delete", files=ON_MAIN, effect=acting("github.repository")))


GITHUB = [
    ("gh pr close 5", "github.pr", ("5",), "local"),
    ("gh issue delete 5", "github.object", ("5",), "local"),
    ("gh repo delete acme/shop", "github.repository", ("acme/shop",), "unknown"),
    ("gh repo delete acme/shop-prod", "github.repository", ("acme/shop-prod",), "prod"),
    ("gh release delete v1 -R acme/shop-prod", "github.release", ("v1",), "prod"),
    ("gh release delete v1", "github.release", ("v1",), "unknown"),
    ("gh secret delete KEY --env production", "github.secret", ("KEY",), "prod"),
    ("gh repo deploy-key delete 5", "github.object", ("5",), "unknown"),
    ("gh api repos/acme/shop/git/refs/heads/main", "github.api", (), "prod"),
    ("gh api repos/acme/shop/git/refs/heads/topic", "github.api", (), "local"),
    ("gh api repos/acme/shop/issues/5/comments", "github.api", (), "local"),
    ("gh api repos/acme/shop", "github.api", ("repos/acme/shop",), "unknown"),
    ("gh api orgs/acme/prod", "github.api", ("orgs/acme/prod",), "prod"),
]


@pytest.mark.parametrize(("line", "kind", "objects", "tier"), GITHUB)
def test_ones_own_work_on_github_is_local_and_the_repository_is_not(
    line: str, kind: str, objects: tuple[str, ...], tier: str
):
    assert where("github", line, depth=1, files=ON_MAIN, effect=acting(kind, *objects)).tier == tier


def test_gh_repo_is_dash_r_then_the_variable_then_the_remotes():
    release = acting("github.release", "v1")
    dev, prod = {"GH_REPO": "acme/shop-dev"}, {"GH_REPO": "acme/shop-prod"}
    remote = {".git/config": '[remote "origin"]\n\turl = git@github.com:acme/shop-prod.git\n', ".git/HEAD": "x"}
    assert where("github", "gh release delete v1 -R acme/shop-prod", env=dev, effect=release).tier == "prod"
    assert where("github", "gh release delete v1", env=prod, effect=release).tier == "prod"
    assert where("github", "gh release delete v1", env=dev, files=remote, effect=release).tier == "unknown"
    assert where("github", "gh release delete v1", files=remote, effect=release).tier == "prod"
