"""What persons do with a held call, as a dialogue with a real broker: programs, keys and a hook, in a scratch home."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard.cli.card import challenge
from agentguard.model.errors import Exit
from agentguard.model.hold import State
from examples.demo.postgres import Server
from examples.demo.world import AGENTGUARD, APPROVER, REQUESTER, Agent, World, a_world, held

NOWHERE = Server(Path("/usr/bin"), 1)  # claimed as production; nothing listens there


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with a_world(tmp_path_factory.mktemp("w") / "home", NOWHERE) as made:
        yield made


def asked_for(world: World, table: str) -> str:
    """An agent wants to drop a table in production; the id of the hold."""
    reply = Agent(world).wants(drop(table))
    assert not reply.passed
    return held(reply.told)


def drop(table: str) -> str:
    return f"psql -h {NOWHERE.host} -p {NOWHERE.port} -c 'DROP TABLE {table}'"


def as_person(world: World, person: str, *words: str, key: str = "", typed: str = "") -> tuple[int, str]:
    """How a command of a person ended, and what it said."""
    me = ("--as", person, "--key", str(world.key(key or person)))
    line = [AGENTGUARD, *words, *me]
    done = subprocess.run(line, input=typed, capture_output=True, text=True, check=False, env=world.environment)
    return done.returncode, done.stdout + done.stderr


def yes(world: World, hold_id: str) -> str:
    return challenge(world.hold(hold_id)).answer + "\n"


def test_a_second_persons_yes_is_good_for_one_run(world: World):
    hold_id = asked_for(world, "approved")
    assert hold_id in world.guard("pending")
    code, said = as_person(world, APPROVER, "approve", hold_id, typed=yes(world, hold_id))
    assert (code, "may run once, unchanged" in said) == (Exit.DONE, True)
    assert hold_id not in world.guard("pending")
    assert Agent(world).wants(drop("approved")).passed
    assert asked_for(world, "approved") != hold_id


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "y\n"])
def test_what_is_not_on_the_card_is_no_yes(world: World, typed: str):
    hold_id = asked_for(world, "not_said")
    code, said = as_person(world, APPROVER, "approve", hold_id, typed=typed)
    assert (code, "nothing was approved" in said) == (Exit.BLOCKED, True)
    assert world.hold(hold_id).state is State.HELD


def test_the_requester_cannot_approve(world: World):
    hold_id = asked_for(world, "own_vote")
    code, said = as_person(world, REQUESTER, "approve", hold_id, typed=yes(world, hold_id))
    assert (code, "somebody else" in said) == (Exit.BLOCKED, True)
    assert "PROD" not in said  # they are told at once, not behind the card
    assert world.hold(hold_id).state is State.HELD


def test_a_name_is_worth_nothing_without_its_key(world: World):
    hold_id = asked_for(world, "borrowed_name")
    code, said = as_person(world, APPROVER, "approve", hold_id, key=REQUESTER, typed=yes(world, hold_id))
    assert (code, "does not count" in said) == (Exit.BLOCKED, True)
    assert world.hold(hold_id).state is State.HELD


def test_one_no_is_enough_and_the_agent_hears_why(world: World):
    hold_id = asked_for(world, "denied")
    code, _ = as_person(world, APPROVER, "deny", hold_id, "--reason", "not on a Friday")
    assert code == Exit.DONE
    assert world.hold(hold_id).state is State.DENIED
    assert "not on a Friday" in world.guard("wait", hold_id, expect=Exit.BLOCKED)


def test_a_call_that_was_withdrawn_cannot_be_approved(world: World):
    hold_id = asked_for(world, "withdrawn")
    world.guard("withdraw", hold_id)
    code, _ = as_person(world, APPROVER, "approve", hold_id, typed=yes(world, hold_id))
    assert code == Exit.BLOCKED
    assert world.hold(hold_id).state is State.WITHDRAWN


def test_a_hold_is_not_for_the_requester_to_confirm(world: World):
    hold_id = asked_for(world, "confirmed")
    assert "PROD" not in world.guard("confirm", hold_id, stdin=yes(world, hold_id), expect=Exit.BLOCKED)  # at once
    assert world.hold(hold_id).state is State.HELD


def test_an_agent_cannot_approve_what_it_asked_for(world: World):
    hold_id = asked_for(world, "by_the_agent")
    line = f"agentguard approve {hold_id} --as {APPROVER} --key {world.key(APPROVER)}"
    reply = Agent(world).wants(line)
    assert reply.told.startswith("BLOCKED")
    assert world.hold(hold_id).state is State.HELD


def test_a_card_names_an_id_that_nobody_knows(world: World):
    world.guard("show", "ag-aaaaaaaaaa", expect=Exit.BLOCKED)


def test_pending_as_json_is_the_records(world: World):
    hold_id = asked_for(world, "listed")
    assert hold_id in {hold["id"] for hold in json.loads(world.guard("pending", "--json"))}


def test_the_log_of_all_that_is_intact(world: World):
    assert "intact" in world.guard("log", "verify")
