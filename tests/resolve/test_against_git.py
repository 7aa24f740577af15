"""git itself, asked where a push goes and which branches it writes to, and our answer to the same line.

The far end of its ssh is a stub that notes the host and starts git's own receiving end on a repository here.
"""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from agentguard.resolve.git_push import EVERY, aim_of
from tests.resolve.real import World, needs

REMOTES = """
[remote "origin"]
	url = git@one.invalid:shop.git
	fetch = +refs/heads/*:refs/remotes/origin/*
[remote "second"]
	url = ssh://git@two.invalid/shop.git
"""
TRACKING = '[branch "topic"]\n\tremote = second\n\tmerge = refs/heads/main\n'
MERGING = '[branch "topic"]\n\tremote = origin\n\tmerge = refs/heads/main\n'
UPSTREAM = "[push]\n\tdefault = upstream\n"
CURRENT = "[push]\n\tdefault = current\n"
PUSH_MAIN = '[remote "origin"]\n\tpush = refs/heads/topic:refs/heads/main\n'
PUSH_STAR = '[remote "origin"]\n\tpush = +refs/heads/*:refs/heads/review/*\n'

Row = tuple[str, dict[str, str], dict[str, str]]  # the line, more of .git/config and other files, the variables
ROWS: list[Row] = [
    ("git push -f", {"": CURRENT}, {}),
    ("git push -f second topic", {}, {}),
    ("git push -f --repo=second", {}, {}),
    ("git push -f second", {"": CURRENT}, {}),
    ("git push -f origin main", {}, {}),
    ("git push -f origin topic:main", {}, {}),
    ("git push origin +topic:main +main:other", {}, {}),
    ("git push origin :main", {}, {}),
    ("git push --delete origin main other", {}, {}),
    ("git push -f origin HEAD", {}, {}),
    ("git push -f origin @", {}, {}),
    ("git push -f origin HEAD:main", {}, {}),
    ("git push -f origin HEAD:heads/main", {}, {}),
    ("git push -f origin HEAD:refs/heads/main", {}, {}),
    ("git push -f origin heads/main", {}, {}),
    ("git push -f origin refs/heads/main", {}, {}),
    ("git push -f origin :", {}, {}),
    ("git push -f --all origin", {}, {}),
    ("git push --mirror origin", {}, {}),
    ("git push -f origin 'refs/heads/*:refs/heads/*'", {}, {}),
    ("git push -f git@two.invalid:other.git topic:main", {}, {}),
    ("git push -f", {"": TRACKING + UPSTREAM}, {}),
    ("git push -f", {"": TRACKING + CURRENT}, {}),
    ("git push -f", {"": MERGING + UPSTREAM}, {}),
    ("git push -f", {"": MERGING + "[push]\n\tdefault = tracking\n"}, {}),
    ("git push -f", {"": MERGING + "[push]\n\tdefault = matching\n"}, {}),
    ("git push -f origin topic", {"": MERGING + UPSTREAM}, {}),
    (
        "git push -f origin other",
        {"": UPSTREAM + '[branch "other"]\n\tremote = origin\n\tmerge = refs/heads/main\n'},
        {},
    ),
    ("git push -f origin HEAD", {"": MERGING + UPSTREAM}, {}),
    ("git push -f origin topic", {"": MERGING}, {}),
    ("git push -f", {"": TRACKING + CURRENT + '[branch "topic"]\n\tpushRemote = origin\n'}, {}),
    ("git push -f", {"": CURRENT + "[remote]\n\tpushDefault = second\n"}, {}),
    ("git push -f", {"": TRACKING + CURRENT + "[remote]\n\tpushdefault = origin\n"}, {}),
    (
        "git push -f",
        {"": CURRENT + '[remote]\n\tpushDefault = origin\n[branch "topic"]\n\tpushremote = second\n'},
        {},
    ),
    ("git push -f", {"": PUSH_MAIN}, {}),
    ("git push -f origin", {"": PUSH_MAIN}, {}),
    ("git push -f origin topic", {"": PUSH_MAIN}, {}),
    ("git push -f origin other", {"": PUSH_MAIN}, {}),
    ("git push -f origin topic:other", {"": PUSH_MAIN}, {}),
    ("git push origin +topic", {"": PUSH_STAR}, {}),
    ("git push -f origin topic", {"": PUSH_STAR}, {}),
    ("git push -f", {"": PUSH_STAR}, {}),
    ("git push -f", {"": '[remote "origin"]\n\tmirror = true\n'}, {}),
    ("git push -f origin topic", {"": '[remote "origin"]\n\tpushurl = git@two.invalid:shop.git\n'}, {}),
    (
        "git push -f origin topic",
        {"": '[remote "origin"]\n\tpushurl = git@two.invalid:a\n\tpushurl = git@three.invalid:b\n'},
        {},
    ),
    ("git push -f origin topic", {"": '[remote "origin"]\n\turl = git@three.invalid:b\n'}, {}),
    ("git push -f origin topic", {"": '[url "git@two.invalid:"]\n\tinsteadOf = git@one.invalid:\n'}, {}),
    ("git push -f origin topic", {"": '[url "git@two.invalid:"]\n\tpushInsteadOf = "git@one.invalid:"\n'}, {}),
    (
        "git push -f origin topic",
        {
            "": '[url "git@two.invalid:"]\n\tpushInsteadOf = git@one.invalid:\n'
            '[remote "origin"]\n\tpushurl = git@one.invalid:x\n'
        },
        {},
    ),
    (
        "git push -f origin topic",
        {
            "": '[url "git@two.invalid:"]\n\tinsteadOf = git@one\n[url "git@three.invalid:"]\n'
            "\tinsteadOf = git@one.invalid:\n"
        },
        {},
    ),
    ("git push -f work:shop topic", {"~/.gitconfig": '[url "git@two.invalid:"]\n\tinsteadOf = work:\n'}, {}),
    ("git push -f", {"~/.gitconfig": CURRENT}, {}),
    ("git push -f", {"~/.config/git/config": MERGING + UPSTREAM}, {}),
    ("git push -f", {"": MERGING, "~/.gitconfig": UPSTREAM, "~/.config/git/config": CURRENT}, {}),
    ("git push -f", {"": MERGING + CURRENT, "~/.gitconfig": UPSTREAM}, {}),
    ("git push -f", {"": MERGING, "~/x/git/config": UPSTREAM}, {"XDG_CONFIG_HOME": "{home}/x"}),
    ("git push -f", {"": MERGING, "~/.gitconfig": CURRENT, "other": UPSTREAM}, {"GIT_CONFIG_GLOBAL": "other"}),
    ("git push -f", {"": MERGING, "system": UPSTREAM}, {"GIT_CONFIG_SYSTEM": "{home}/work/shop/system"}),
    ("git push -f", {"": MERGING, "~/.gitconfig": "[include]\n\tpath = ~/more\n", "~/more": UPSTREAM}, {}),
    ("git push -f", {"": MERGING + "[include]\n\tpath = ../more.cfg\n", "more.cfg": UPSTREAM}, {}),
    (
        "git push -f",
        {"": MERGING + CURRENT, "~/.gitconfig": '[includeIf "gitdir:~/work/"]\n\tpath = more\n', "~/more": UPSTREAM},
        {},
    ),
    (
        "git push -f",
        {"": MERGING, "~/.gitconfig": CURRENT + '[includeIf "gitdir:~/work/"]\n\tpath = m\n', "~/m": UPSTREAM},
        {},
    ),
    (
        "git push -f",
        {"": MERGING, "~/.gitconfig": CURRENT + '[includeIf "gitdir:~/else/"]\n\tpath = m\n', "~/m": UPSTREAM},
        {},
    ),
    (
        "git push -f",
        {"": MERGING, "~/.gitconfig": CURRENT + '[includeIf "onbranch:top*"]\n\tpath = m\n', "~/m": UPSTREAM},
        {},
    ),
    ("git -c push.default=upstream push -f", {"": MERGING + CURRENT}, {}),
    ("git -c remote.origin.pushurl=git@three.invalid:x push -f origin topic", {}, {}),
    ("git -c Remote.pushDefault=second -c push.default=current push -f", {"": TRACKING}, {}),
    ("git --config-env=push.default=HOW push -f", {"": MERGING + CURRENT}, {"HOW": "upstream"}),
    (
        "git push -f",
        {"": MERGING + CURRENT},
        {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "push.default", "GIT_CONFIG_VALUE_0": "upstream"},
    ),
    ("cd sub; git push -f origin main", {"sub/x": ""}, {}),
    ("git -C sub push -f origin topic:main", {"sub/x": ""}, {}),
    ("git --git-dir={home}/work/shop/.git push -f origin topic:main", {}, {}),
    ("cd /; GIT_DIR={home}/work/shop/.git git push -f second topic:main", {}, {}),
    (
        "git push -f origin topic",
        {"": '[ReMote "origin"] pushURL = "git@two.invalid:\\"a" ; why\n# url = x\n'},
        {},
    ),
]
REFUSED = [
    ("git push -f", ""),
    ("git push -f origin", ""),
    ("git push -f", MERGING),
    ("git push -f", "[push]\n\tdefault = nothing\n"),
]


EARLIER = [
    ("git config push.default upstream && git push -f", MERGING + CURRENT),
    ("git config --local push.default upstream; git push -f origin", MERGING + CURRENT),
    ("git checkout -q main && git push -f origin HEAD", ""),
    ("git switch -q main && git push -f", CURRENT),
    ("git checkout -q -B main && git push -f origin HEAD", ""),
    ("git switch -q -C main && git push -f", CURRENT),
]


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository on branch topic, and `far`, a bare one that it was pushed to before."""
    root = tmp_path_factory.mktemp("git")
    script = (
        "git init -q -b main shop && cd shop && git commit -q --allow-empty -m one && git branch other &&"
        "git init -q --bare ../far && git push -q ../far main other main:review/topic &&"
        "git checkout -q -b topic && git commit -q --allow-empty -m two && git push -q ../far topic"
    )
    who = {f"GIT_{role}_{what}": "x@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    env = {**who, "HOME": str(root), "PATH": World(root).path, "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["/bin/sh", "-c", script], cwd=root, env=env, check=True)
    return root


@pytest.fixture
def world(template: Path, tmp_path: Path) -> World:
    made = World(tmp_path)
    shutil.copytree(template / "shop", made.project)
    stub = tmp_path / "ssh"
    asked, far = shlex.quote(str(tmp_path / "asked")), shlex.quote(str(template / "far"))
    stub.write_text(f'#!/bin/sh\necho "$1" >>{asked}\nexec git receive-pack {far}\n')
    stub.chmod(0o755)
    return made


def _written(world: World, files: dict[str, str]) -> None:
    with (world.project / ".git" / "config").open("a") as config:
        config.write(REMOTES + files.get("", ""))
    world.write({name: text for name, text in files.items() if name})


def _around(world: World, env: dict[str, str]) -> dict[str, str]:
    return {"GIT_SSH_COMMAND": str(world.root / "ssh"), "GIT_SSH_VARIANT": "simple", "GIT_CONFIG_NOSYSTEM": "0"} | env


def _branches(said: str) -> set[str]:
    pushed = re.findall(r"^[ +=*!-]\t\S*:refs/heads/(\S+)\t", said, re.MULTILINE)
    return set(pushed)


@needs("git")
@pytest.mark.parametrize(("line", "files", "env"), ROWS)
def test_git_pushes_where_we_say(line: str, files: dict[str, str], env: dict[str, str], world: World):
    _written(world, files)
    aim = aim_of(world.subject(line, env, "git"))
    said = world.run(line.replace(" push ", " push --dry-run --porcelain -v "), _around(world, env))
    branches = _branches(said.stdout)
    assert branches, said.stderr
    asked = set((world.root / "asked").read_text().split())
    hosts = {re.sub(r"^ssh://|[:/].*$", "", url.removeprefix("ssh://")).rpartition("@")[2] for url in aim.urls}
    assert hosts == {host.rpartition("@")[2] for host in asked}
    assert set(aim.branches) == branches or EVERY in aim.branches
    assert EVERY not in aim.branches or len(branches) > 1


@needs("git")
@pytest.mark.parametrize(("line", "config"), REFUSED)
def test_what_git_refuses_to_push_counts_as_if_it_did_not(line: str, config: str, world: World):
    _written(world, {"": config})
    said = world.run(line.replace(" push ", " push --dry-run "), _around(world, {}))
    assert said.returncode != 0
    assert "topic" in aim_of(world.subject(line, {}, "git")).branches


@needs("git")
@pytest.mark.parametrize(("line", "config"), EARLIER)
def test_what_the_line_did_before_the_push_counts(line: str, config: str, world: World):
    """A push to `main` is found beside the one that would be made as things stand; the more dangerous decides."""
    _written(world, {"": config})
    assert "main" in world.told(line, {})
    said = world.run(line.replace(" push ", " push --dry-run --porcelain -v "), _around(world, {}))
    assert _branches(said.stdout) == {"main"}
