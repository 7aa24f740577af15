"""What the hook says reaches the model, and decides what runs."""

from __future__ import annotations

import pytest

from examples.demo.world import AGENTGUARD, held
from tests.claude.model import Dialogue
from tests.claude.shop import DROP, Shop, bash

pytestmark = pytest.mark.claude


def test_a_call_that_would_destroy_is_held_and_the_model_reads_why(shop: Shop):
    def dialogue() -> Dialogue:
        told = yield bash(DROP)
        assert told.failed
        assert held(told.text) in shop.world.guard("pending")
        assert "Drops the table orders" in told.text
        assert "agentguard wait" in told.text

    shop.talk(dialogue())
    assert shop.ran == []


def test_after_a_second_persons_yes_the_same_call_runs_once(shop: Shop):
    def dialogue() -> Dialogue:
        first = held((yield bash(DROP)).text)
        shop.approve(first)
        told = yield bash(DROP)
        assert (told.failed, len(shop.ran)) == (False, 1)
        assert held((yield bash(DROP)).text) != first

    shop.talk(dialogue())
    assert len(shop.ran) == 1
    assert "intact" in shop.world.guard("log", "verify")


def test_a_harmless_call_runs_untouched(shop: Shop):
    def dialogue() -> Dialogue:
        told = yield bash("echo one && touch made")
        assert (told.failed, told.text.partition("\n")[0]) == (False, "one")

    shop.talk(dialogue())
    assert (shop.checkout / "made").exists()


def test_what_is_asked_is_denied_with_the_reason_where_nobody_is_there_to_answer(shop: Shop):
    (shop.checkout / "notes").touch()

    def dialogue() -> Dialogue:
        told = yield bash("rm notes")
        assert told.failed
        assert "Deletes the file" in told.text

    shop.talk(dialogue(), "--allowedTools", "Bash", mode="default")
    assert (shop.checkout / "notes").exists()


@pytest.mark.parametrize(
    "name", ["notes", ".bashrc"]
)  # Claude Code would ask about the second by itself, and drop ours
def test_where_its_prompts_are_bypassed_what_would_be_asked_waits_for_its_person(shop: Shop, name: str):
    (shop.checkout / name).touch()

    def dialogue() -> Dialogue:
        told = yield bash(f"rm {name}")
        assert told.failed
        assert (shop.checkout / name).exists()
        shop.confirm(held(told.text))
        told = yield bash(f"rm {name}")
        assert not told.failed

    shop.talk(dialogue())
    assert not (shop.checkout / name).exists()


def test_the_agent_can_wait_for_the_answer_and_go_on(shop: Shop):
    def dialogue() -> Dialogue:
        hold_id = held((yield bash(DROP)).text)
        told = yield bash(f"{AGENTGUARD} wait {hold_id} --timeout 0")
        assert "still waits" in told.text
        shop.approve(hold_id)
        told = yield bash(f"{AGENTGUARD} wait {hold_id}")
        assert not told.failed
        assert "approved by bo" in told.text
        assert not (yield bash(DROP)).failed

    shop.talk(dialogue())
    assert len(shop.ran) == 1
