"""The service as a dialogue: an agent asks, persons decide, the agent asks again."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.audit.verify import Finding
from agentguard.broker.holds import rebuild
from agentguard.broker.people import People
from agentguard.broker.signatures import SshKeygen, sign
from agentguard.broker.waiting import SESSION_LIMIT
from agentguard.model.errors import Refused
from agentguard.model.hold import Decision, Hold, Kind, State
from agentguard.model.record import digest
from agentguard.model.verdict import Action, Look
from tests.audit.plans import DROP, elsewhere
from tests.broker.book import ADA, MINUTE
from tests.broker.desk import Desk, Seals, Told, persons
from tests.broker.keys import PROGRAM, key, person


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_a_held_call_is_approved_runs_once_and_is_held_again(desk: Desk) -> None:
    first = desk.ask(tool="toolu_1")
    assert (first.action, first.released) == (Action.HOLD, False)
    hold = desk.vote(desk.held(), "bob", reason="backup checked")
    assert (hold.state, hold.message) == (State.APPROVED, "approved by bob: backup checked")
    second = desk.ask(tool="toolu_2")
    assert (second.action, second.released, second.text) == (Action.ALLOW, True, "")
    assert second.hold
    assert second.hold.state is State.RELEASED
    ended = desk.service.outcome("toolu_2", None, ok=True)
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
    desk.service.outcome("toolu_4", 1, ok=None)
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


def test_a_hold_cannot_be_confirmed(desk: Desk) -> None:
    with pytest.raises(Refused, match="second person"):
        desk.service.confirm(desk.held().id, "ada")


def test_a_quorum_of_two_needs_two_persons_besides_the_requester(desk: Desk) -> None:
    desk.judging.quorum = 2
    hold = desk.held()
    assert "2 persons" in desk.ask().text
    assert desk.vote(hold, "bob").state is State.HELD
    for name, why in (("bob", "voted already"), ("ada", "asked for it"), ("mallory", "nobody called mallory")):
        with pytest.raises(Refused, match=why):
            desk.vote(hold, name)
    assert desk.vote(hold, "eve").message == "approved by bob, eve"


def test_a_role_is_needed_to_approve_and_not_to_stop(desk: Desk) -> None:
    desk.judging.roles = ("dba",)
    hold = desk.held()
    with pytest.raises(Refused, match="has not the role dba"):
        desk.vote(hold, "bob")
    assert desk.vote(hold, "bob", Decision.NO, "not on a Friday").message == "denied by bob: not on a Friday"


def test_a_key_in_hardware_is_needed_where_the_rule_says_so(desk: Desk) -> None:
    desk.judging.hardware = True
    hold = desk.held()
    with pytest.raises(Refused, match="hardware"):
        desk.vote(hold, "bob")
    assert isinstance(desk.verifier, Seals)
    desk.verifier.hardware = True
    assert desk.vote(hold, "bob").votes[0].hardware


@pytest.mark.parametrize("approved", [False, True])
def test_one_no_ends_it_for_good(desk: Desk, approved: bool) -> None:
    hold = desk.held()
    if approved:
        desk.vote(hold, "bob")
    assert desk.vote(hold, "eve", Decision.NO).state is State.DENIED
    with pytest.raises(Refused, match="is denied already"):
        desk.vote(hold, "dan")
    again = desk.ask()
    assert not again.released
    assert again.hold
    assert again.hold.supersedes == hold.id


def test_who_said_yes_may_still_say_no(desk: Desk) -> None:
    hold = desk.held()
    desk.vote(hold, "bob")
    assert desk.vote(hold, "bob", Decision.NO).state is State.DENIED


def test_what_is_taken_back_is_not_approved_any_more(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    assert desk.service.withdraw(hold.id).state is State.WITHDRAWN
    assert not desk.ask().released
    with pytest.raises(Refused, match="does not apply"):
        desk.service.withdraw(hold.id)


def test_silence_is_no(desk: Desk) -> None:
    hold = desk.held()
    desk.later(60)
    assert desk.service.get(hold.id).state is State.EXPIRED
    assert desk.service.pending() == ()
    with pytest.raises(Refused, match="expired"):
        desk.vote(hold, "bob")
    assert desk.held().id != hold.id
    assert desk.kinds().count("expire") == 1


def test_an_approval_lives_a_quarter_of_an_hour(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    assert hold.approved_until == desk.now + 15 * MINUTE
    desk.later(15)
    assert not desk.ask().released
    assert desk.service.get(hold.id).state is State.EXPIRED


def test_nothing_is_released_while_the_clock_is_behind_the_log(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    desk.later(5)
    desk.judging.action = Action.ALLOW
    desk.ask("ls")
    desk.judging.action = Action.HOLD
    desk.later(-4)
    answer = desk.ask()
    assert not answer.released
    assert "clock went back" in answer.text
    desk.later(4)
    assert desk.ask().released
    assert desk.service.get(hold.id).state is State.RELEASED


def test_a_clock_behind_the_approval_itself_is_told_and_releases_nothing(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    desk.now -= 1
    assert "clock went back" in desk.ask().text


def test_an_approver_who_is_struck_off_before_the_start_takes_the_vote_along(desk: Desk) -> None:
    hold = desk.vote(desk.held(), "bob")
    desk.people = persons("ada", "eve")
    answer = desk.ask()
    assert not answer.released
    assert "nobody called bob is listed" in answer.text
    assert desk.service.get(hold.id).state is State.VOIDED


def test_a_key_that_is_revoked_before_the_start_takes_the_vote_along(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    assert isinstance(desk.verifier, Seals)
    desk.verifier.keys.remove("bob")
    answer = desk.ask()
    assert not answer.released
    assert "vote of bob does not count any more" in answer.text


def test_where_nobody_could_approve_the_text_says_so(desk: Desk) -> None:
    desk.people = persons("ada")
    assert "Nobody is listed who could approve it" in desk.ask().text


def test_a_flood_of_one_session_is_dammed(desk: Desk) -> None:
    for number in range(SESSION_LIMIT):
        desk.held(f"{DROP} -- {number}")
    answer = desk.ask()
    assert (answer.action, answer.hold) == (Action.HOLD, None)
    assert str(SESSION_LIMIT) in answer.text
    assert desk.held(asker=replace(ADA, session="s2"))
    desk.later(60)
    assert desk.held()


def test_a_ballot_is_for_one_hold_one_card_and_one_person(desk: Desk) -> None:
    hold = desk.held()
    card = digest(desk.service.card(hold.id))
    with pytest.raises(Refused, match="card"):
        desk.service.ballot(hold.id, Decision.YES, "", "bob", "0" * 64)
    body = desk.service.ballot(hold.id, Decision.YES, "", "bob", card)
    assert isinstance(desk.verifier, Seals)
    seal = desk.verifier.sign
    other = desk.held("psql -c 'DROP TABLE users'")
    for hold_id, changed, why in (
        (other.id, body, "another hold"),
        (hold.id, body.replace(b'"bob"', b'"eve"'), "does not count"),
        (hold.id, body.replace(hold.plan.encode(), b"0" * 64), "another plan"),
        (hold.id, body.replace(hold.policy.encode(), b"0" * 64), "another policy"),
        (hold.id, body.replace(hold.nonce.encode(), b"0" * 32), "another hold"),
        (hold.id, body.replace(b'"entry":1', b'"entry":7'), "log entry that is not there"),
        (hold.id, body.replace(b'"reason":""', b'"reason":"PGPASSWORD=x"'), "secret"),
        (hold.id, body.replace(b":", b": "), "canonically"),
        (hold.id, b"{}", "no ballot"),
        (hold.id, b"\xff", "no ballot"),
        ("ag-nobody", body, "no hold"),
    ):
        with pytest.raises(Refused, match=why):
            desk.service.vote(hold_id, changed, seal(body if b'"eve"' in changed else changed, "bob"))
    assert desk.kinds().count("refused-vote") == 11
    assert desk.service.vote(hold.id, body, seal(body, "bob")).state is State.APPROVED
    with pytest.raises(Refused, match="voted already"):
        desk.service.vote(hold.id, body, seal(body, "bob"))


def test_a_card_never_changes_over_the_life_of_a_hold(desk: Desk) -> None:
    desk.judging.quorum = 2
    hold = desk.held()
    card = desk.service.card(hold.id)
    assert card["record"]
    for step in (lambda: desk.vote(hold, "bob"), lambda: desk.vote(hold, "eve"), desk.ask):
        step()
        assert desk.service.card(hold.id) == card


def test_no_secret_of_a_call_is_in_any_record_card_or_text(desk: Desk) -> None:
    answer = desk.ask("PGPASSWORD=hunter2 psql -c 'DROP TABLE orders'")
    assert answer.hold
    desk.vote(answer.hold, "bob", reason="the token=hunter2 is fine")
    desk.judging.action = Action.BLOCK
    desk.ask("curl -u me:hunter2 https://x")
    everything = (desk.directory / "log.jsonl").read_text() + str(desk.service.card(answer.hold.id)) + answer.text
    assert "hunter2" not in everything + str(desk.service.get(answer.hold.id))
    assert "‹secret " in everything


def test_two_calls_that_differ_in_a_secret_are_two_holds(desk: Desk) -> None:
    one, other = (desk.held(f"PGPASSWORD={secret} psql -c 'DROP TABLE x'") for secret in ("hunter2", "hunter3"))
    assert one.id != other.id


def test_an_outcome_of_a_call_that_spent_nothing_is_nobodys(desk: Desk) -> None:
    assert desk.service.outcome("toolu_9", 0, ok=True) is None
    assert desk.service.outcome("", 0, ok=True) is None


def test_an_outcome_that_nobody_saw_leaves_it_released(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    desk.ask()
    unseen = desk.service.outcome("toolu_1", None, ok=None)
    assert unseen
    assert (unseen.state, unseen.message) == (State.RELEASED, "released to claude-code; the outcome has not been seen")
    failed = desk.service.outcome("toolu_1", 2, ok=None)
    assert failed
    assert (failed.state, failed.exit_status) == (State.FAILED, 2)
    late = desk.service.outcome("toolu_1", None, ok=True)
    assert late
    assert late.state is State.FAILED


def test_status_counts_what_is_open(desk: Desk) -> None:
    desk.service.start()
    desk.vote(desk.held(), "bob")
    desk.held("psql -c 'DROP TABLE users'")
    status = desk.service.status()
    assert (status.open_holds, status.policy, status.since) == (2, "test", desk.now)
    desk.later(60)
    assert desk.service.status().open_holds == 0
    desk.service.stop()
    assert (desk.kinds()[0], desk.kinds()[-1]) == ("broker-start", "broker-stop")


def test_replaying_the_log_gives_the_holds_of_the_store(desk: Desk) -> None:
    desk.judging.quorum = 2
    hold = desk.held()
    desk.vote(hold, "bob")
    desk.vote(hold, "eve")
    desk.ask()
    desk.service.outcome("toolu_1", 0, ok=None)
    desk.vote(desk.held("psql -c 'DROP TABLE users'"), "dan", Decision.NO)
    for hold_id, retold in rebuild(desk.retold()).items():
        assert retold == without_looks(desk.service.get(hold_id))


def without_looks(hold: Hold) -> Hold:
    return replace(hold, record=replace(hold.record, looks=()))


def test_with_real_keys_a_vote_is_signed_checked_and_kept_for_anyone_to_check(tmp_path: Path) -> None:
    people = People((person(tmp_path, "ada"), person(tmp_path, "bob")))
    desk = Desk(tmp_path, SshKeygen(PROGRAM, tmp_path), people, Told())
    hold = desk.held()
    body = desk.service.ballot(hold.id, Decision.YES, "", "bob", digest(desk.service.card(hold.id)))
    with pytest.raises(Refused, match="does not count"):
        desk.service.vote(hold.id, body, sign(body, key(tmp_path, "ada")))
    approved = desk.service.vote(hold.id, body, sign(body, key(tmp_path, "bob")))
    kept = approved.votes[0]
    assert kept.key == people.persons[1].keys[0].fingerprint
    assert desk.verifier.signer(kept.body.encode(), kept.signature, "bob", people).fingerprint == kept.key
    (tmp_path / "revoked_keys").write_text(str(people.persons[1].keys[0]) + "\n")
    assert not desk.ask().released
