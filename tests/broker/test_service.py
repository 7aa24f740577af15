"""The service as a dialogue: an agent asks, persons decide, the agent asks again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.audit.verify import Finding
from agentguard.broker.outcomes import SAID, seen
from agentguard.model.errors import Refused
from agentguard.model.hold import Kind, State
from agentguard.model.verdict import Action, Look
from tests.audit.plans import DROP, elsewhere
from tests.broker.book import ADA
from tests.broker.desk import Desk


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


def test_a_held_call_is_approved_runs_once_and_is_held_again(desk: Desk) -> None:
    first = desk.ask(tool="toolu_1")
    assert (first.action, first.released) == (Action.HOLD, False)
    hold = desk.vote(desk.held(), "bob", reason="backup checked")
    assert (hold.state, hold.message) == (State.APPROVED, "approved by bob: backup checked")
    second = desk.ask(tool="toolu_2")
    assert (second.action, second.released, second.text) == (Action.ALLOW, True, "")
    assert second.hold
    assert second.hold.state is State.RELEASED
    ended = desk.service.outcome("toolu_2", SAID[True])
    assert ended
    assert ended.state is State.SUCCEEDED
    third = desk.ask(tool="toolu_3")
    assert third.action is Action.HOLD
    assert third.hold
    assert third.hold.id != hold.id
    assert desk.kinds() == ["held", "decision", "quorum", "release", "succeed", "held"]
    assert desk.service.verify().finding is Finding.INTACT


def test_the_agent_is_told_what_how_to_wait_and_a_safer_way(desk: Desk) -> None:
    answer = desk.ask()
    assert answer.hold
    assert answer.text.splitlines() == [
        f"HELD {answer.hold.id}: Drops the table orders in shop. Needs a second person's approval.",
        f"Nothing has run. Wait with: agentguard wait {answer.hold.id}   Then run the same command again, unchanged.",
        "Safer: dump it first.",
    ]


def test_a_blocked_call_says_what_why_and_a_safer_way_and_nobody_is_asked(desk: Desk) -> None:
    desk.judging.action = Action.BLOCK
    answer = desk.ask()
    assert (answer.action, answer.hold) == (Action.BLOCK, None)
    assert answer.text.splitlines() == [
        "BLOCKED: Drops the table orders in shop.",
        "Why: what is lost there is lost for everyone. (rule told)",
        "Nothing has run.",
        "Safer: dump it first.",
    ]
    assert desk.service.pending() == ()


def test_every_decision_is_one_entry(desk: Desk) -> None:
    for action in (Action.ALLOW, Action.BLOCK):
        desk.judging.action = action
        desk.ask()
    entries = list(desk.log.entries())
    assert [(entry.kind, entry.body["action"]) for entry in entries] == [("decision", "allow"), ("decision", "block")]
    assert entries[0].body["call"] == DROP
    assert desk.service.verify().finding is Finding.INTACT


def test_the_same_call_joins_the_hold_that_is_open(desk: Desk) -> None:
    hold = desk.held()
    other_session = replace(ADA, session="s2", pid=7)
    assert desk.held(tool="toolu_2").id == hold.id
    assert desk.held(tool="toolu_3", asker=other_session).id == hold.id
    assert len(desk.service.pending()) == 1


def test_a_call_with_bytes_that_are_no_text_is_held_like_any_other(desk: Desk) -> None:
    desk.judging.environment = elsewhere("context", "\udcff")
    assert desk.held("rm \udcfe", cwd="/tmp/\udcfd").call == "rm \\udcfe"
    desk.judging.action = Action.BLOCK
    assert desk.ask("rm \udcfe", cwd="/tmp/\udcfd").action is Action.BLOCK


def test_another_user_or_agent_has_a_hold_of_their_own(desk: Desk) -> None:
    hold = desk.held()
    assert desk.held(asker=replace(ADA, os_user="dan", person="dan")).id != hold.id
    assert desk.held(asker=replace(ADA, agent="codex")).id != hold.id


def test_the_same_event_twice_gets_the_same_answer_and_another_does_not(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    assert desk.ask(tool="toolu_2").released
    again = desk.ask(tool="toolu_2")
    assert (again.released, again.hold and again.hold.id) == (True, hold.id)
    assert not desk.ask(tool="toolu_3").released
    assert not desk.ask(tool="toolu_2", text=DROP + " ").released
    assert not desk.ask(tool="toolu_2", asker=replace(ADA, session="s2")).released
    assert desk.kinds().count("release") == 1


def test_a_receipt_is_good_for_nothing_once_the_outcome_is_known_or_its_time_is_over(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    assert desk.ask(tool="toolu_2").released
    desk.later(15)
    assert not desk.ask(tool="toolu_2").released
    desk.vote(desk.held(), "bob")
    assert desk.ask(tool="toolu_4").released
    desk.service.outcome("toolu_4", seen(1))
    assert not desk.ask(tool="toolu_4").released


def test_an_event_without_an_id_never_gets_the_answer_of_another(desk: Desk) -> None:
    desk.vote(desk.held(tool=""), "bob")
    assert desk.ask(tool="").released
    assert not desk.ask(tool="").released


CHANGED = {
    "the policy": (lambda desk: setattr(desk.judging, "rules", replace(desk.judging.rules, digest="c")), "the policy"),
    "a script": (lambda desk: setattr(desk.judging, "looks", (Look("script", "/x.sh", "2"),)), "/x.sh was rewritten"),
    "the context": (lambda desk: setattr(desk.judging, "environment", elsewhere("context", "eu")), "context is eu"),
    "the quorum": (lambda desk: setattr(desk.judging, "quorum", 2), "what it takes to approve it changed"),
    "the roles": (lambda desk: setattr(desk.judging, "roles", ("dba",)), "what it takes to approve it changed"),
    "the hardware": (lambda desk: setattr(desk.judging, "hardware", True), "what it takes to approve it changed"),
}


@pytest.mark.parametrize("what", CHANGED)
def test_what_changed_in_between_voids_the_approval_and_the_message_says_what(desk: Desk, what: str) -> None:
    change, told = CHANGED[what]
    desk.judging.looks = (Look("script", "/x.sh", "1"),)
    hold = desk.vote(desk.held(), "bob")
    change(desk)
    answer = desk.ask()
    assert not answer.released
    assert answer.hold
    assert told in answer.text
    assert answer.hold.supersedes == hold.id
    assert desk.service.get(hold.id).state is State.VOIDED
    assert not desk.ask().released


def test_another_directory_of_the_same_session_voids_and_says_so(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    assert "the directory changed from /home/ada/shop to /tmp" in desk.ask(cwd="/tmp").text
    assert desk.service.get(hold.id).state is State.VOIDED


def test_another_session_in_another_directory_is_other_work_and_voids_nothing(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    other = desk.ask(cwd="/tmp", asker=replace(ADA, session="s2"))
    assert not other.released
    assert desk.service.get(hold.id).state is State.APPROVED
    assert desk.ask().released


def test_a_confirmed_ask_is_no_answer_to_a_hold(desk: Desk) -> None:
    desk.judging.action = Action.ASK
    asked = desk.held()
    assert asked.kind is Kind.ASK
    desk.service.confirm(asked.id, "ada")
    desk.judging.action = Action.HOLD
    assert not desk.ask().released


def test_an_ask_goes_to_the_agents_own_prompt_where_it_has_one(desk: Desk) -> None:
    desk.judging.action = Action.ASK
    answer = desk.ask(asker=replace(ADA, can_ask=True))
    assert (answer.action, answer.hold) == (Action.ASK, None)
    assert answer.text.startswith("Drops the table orders in shop.\nwhat is lost there")


def test_an_ask_without_a_prompt_waits_for_the_requester_alone(desk: Desk) -> None:
    desk.judging.action = Action.ASK
    answer = desk.ask()
    assert answer.action is Action.HOLD
    assert answer.hold
    assert f"agentguard confirm {answer.hold.id}" in answer.text
    with pytest.raises(Refused, match="waits for its requester"):
        desk.vote(answer.hold, "bob")
    with pytest.raises(Refused, match="not for bob"):
        desk.service.confirm(answer.hold.id, "bob")
    confirmed = desk.service.confirm(answer.hold.id, "ada")
    assert (confirmed.state, confirmed.confirmed_by) == (State.APPROVED, "ada")
    assert desk.ask().released
