"""What the real Claude Code tells its hook of a call that is over, and of one that goes on in the background."""

from __future__ import annotations

import pytest

from tests.claude.model import Dialogue
from tests.claude.shop import Shop, bash

pytestmark = pytest.mark.claude


def test_the_log_tells_what_came_of_each_call(shop: Shop):
    def dialogue() -> Dialogue:
        assert not (yield bash("mkdir one")).failed
        assert (yield bash("mkdir two && false")).failed
        assert not (yield bash("mkdir three && sleep 1", run_in_background=True)).failed

    shop.talk(dialogue())
    told = " ".join(shop.world.guard("log", "tail").split())
    for call, outcome in (
        ("mkdir one", "succeeded, as the agent tells"),
        ("mkdir two && false", "failed, as the agent tells"),
        ("mkdir three && sleep 1", "nothing could see the outcome: it went on in the background"),
    ):
        assert f"{call}: {outcome}" in told
