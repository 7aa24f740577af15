"""Whenever the broker dies, nothing is lost, nothing passes twice, and nothing passes that should not."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.audit.log import Log
from agentguard.broker.api import broker
from agentguard.model.hold import State
from tests.faults.storm import COMMANDS, Sea, a_sea, storm
from tests.faults.told import Answer, Findings, Kind, Reply, settled

pytestmark = pytest.mark.slow  # each row starts, breaks and mends a real broker

NOTHING = Findings((), (), ())


@pytest.mark.parametrize("kills", [4, 20])
def test_however_often_the_broker_is_killed_under_load(kills: int, tmp_path: Path):
    outcome = storm(tmp_path, kills, seed=kills)
    assert outcome.findings == NOTHING
    assert outcome.kills == kills
    passed = [reply for reply in outcome.replies if reply.answer is Answer.PASSED]
    assert {reply.kind for reply in passed} == {Kind.HARMLESS, Kind.RISKY}  # the load was one
    assert outcome.approvals


def test_the_settling_sees_what_is_wrong(tmp_path: Path):
    """Each lie that is told of a call which is really held shows in its own column."""
    with a_sea(tmp_path) as sea:
        held = sea.call(Kind.RISKY, COMMANDS[Kind.RISKY].format("x"), "held", "s")
        assert _found(sea) == NOTHING
        sea.diary.replies.append(Reply(Kind.RISKY, "never-asked", Answer.PASSED, "", ""))
        sea.diary.replies += [Reply(Kind.HARMLESS, "held", Answer.PASSED, "", "")] * 2
        sea.diary.replies.append(Reply(Kind.RISKY, "held", Answer.DENIED, "ag-nobodykno", ""))
        sea.diary.tried.append((held.hold, State.APPROVED))
        sea.diary.told.append((held.hold, State.APPROVED))
        found = _found(sea)
    assert found.wrongly_allowed == ("never-asked (risky) passed",)
    assert found.twice == ("held passed 2 times",)
    assert len(found.lost) == 3
    assert "never-asked" in found.lost[0]
    assert "is held, and must be approved" in "".join(found.lost)


def _found(sea: Sea) -> Findings:
    return settled(sea.diary, Log(sea.here.log), broker(sea.here))
