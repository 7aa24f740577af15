"""What is the guard's own: wherever its places lie, and whatever an install has put outside of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from agentguard.broker.assembly import assemble
from agentguard.broker.launchers import write_shims
from agentguard.broker.own import forget, own, remember
from agentguard.broker.places import places
from agentguard.broker.seat import make_private
from agentguard.model.call import Call, ShellLine
from agentguard.model.hold import Asker
from agentguard.model.verdict import Action
from agentguard.surroundings import Memory, Surroundings


def test_the_places_count_with_every_link_followed(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    here = places(tmp_path / "link/state", tmp_path / "config", tmp_path / "run.sock")
    found = own(here)
    assert {str(tmp_path / name) for name in ("real/state", "config", "run.sock")} <= set(found.places)
    assert found.sockets == (str(tmp_path / "run.sock"),)
    assert found.processes == (os.getpid(),)


def test_what_is_remembered_counts_until_it_is_forgotten(tmp_path: Path) -> None:
    here = places(tmp_path / "state", tmp_path / "config")
    make_private(here.state)
    remember(here.state, [tmp_path / "odd/managed.json"])
    remember(here.state, [tmp_path / "odd/managed.json", tmp_path / "other"])
    assert own(here).places[-2:] == (str(tmp_path / "odd/managed.json"), str(tmp_path / "other"))
    forget(here.state, [tmp_path / "odd/managed.json"])
    assert own(here).places[-1] == str(tmp_path / "other")
    assert str(tmp_path / "odd/managed.json") not in own(here).places


def test_shims_in_a_directory_of_ones_choice_are_known_for_shims(tmp_path: Path) -> None:
    here = places(tmp_path / "state", tmp_path / "config")
    write_shims(tmp_path / "mine", here, ["psql"])
    assert own(here).shims == ()
    remember(here.state, [tmp_path / "mine"])
    assert own(here).shims == (str(tmp_path / "mine"),)


@pytest.mark.parametrize("line", ["rm {0}/state/audit.jsonl", "echo > {0}/config/policy.toml", "kill -9 {1}"])
def test_a_broker_guards_its_own_places_and_itself(tmp_path: Path, line: str) -> None:
    here = places(tmp_path / "state", tmp_path / "config")
    make_private(here.state)
    call = Call(ShellLine(line.format(tmp_path, os.getpid())), "/srv")
    asker = Asker("ada", uid=os.getuid(), agent="claude-code", cwd="/srv")
    answer = assemble(here).judge(call, Surroundings(Memory({}, {"HOME": "/home/ada"}), "/srv"), asker)
    assert answer.action is Action.BLOCK
