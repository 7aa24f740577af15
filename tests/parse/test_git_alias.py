"""Aliases of git in files: the word is what it stands for, also behind `!`, and nothing more."""

from __future__ import annotations

import pytest

from agentguard.surroundings import Memory
from tests.laws import world

CONFIG = """[core]
\tpager = delta
[alias]
\tst = status -sb
\tlg = log --pretty=format:'%h %s'
\tundo = reset --hard HEAD~1
\tnuke = !git clean -fdx && kubectl delete namespace "$1"
\tloop = loop
"""
OWN = "[alias]\n\tundo = log -1\n"
ROWS = """
allow read  | git st
allow read  | git lg -3
allow read  | git -C . ST
ask   destructive | git undo
block destructive | git nuke shop
ask   unknown | git loop
ask   unknown | git frobnicate
"""


def machine(**more: str) -> Memory:
    return Memory({**world.FILES, "/home/dev/.gitconfig": CONFIG, **more}, world.ENVIRON)


@pytest.mark.parametrize("row", ROWS.strip().splitlines())
def test_an_alias_is_what_it_stands_for(row: str) -> None:
    expected, line = row.split("|", 1)
    verdict = world.judged(line.strip(), machine())
    assert f"{verdict.action} {verdict.finding.class_}" == " ".join(expected.split())


def test_the_alias_of_the_repository_wins_over_that_of_the_user() -> None:
    own = {f"{world.CWD}/.git/config": OWN, f"{world.CWD}/.git/HEAD": "ref: refs/heads/main\n"}
    assert world.judged("git undo", machine(**own)).action == "allow"


def test_a_configuration_that_does_not_parse_names_no_alias() -> None:
    broken = Memory({**world.FILES, "/home/dev/.gitconfig": "[alias\nst = status\n"}, world.ENVIRON)
    assert world.judged("git st", broken).finding.class_ == "unknown"
