"""What persons decide, and what spoils it: votes, time, clocks, lists, floods; and what is written down of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.audit.log import LogError
from agentguard.broker.holds import rebuild
from agentguard.broker.outcomes import SAID, seen
from agentguard.broker.signatures import SshKeygen, sign
from agentguard.broker.waiting import SESSION_LIMIT
from agentguard.model.errors import Refused
from agentguard.model.hold import Decision, Hold, State
from agentguard.model.person import People
from agentguard.model.record import digest
from agentguard.model.verdict import Action
from tests.audit.plans import DROP, EFFECT
from tests.broker.book import ADA, MINUTE
from tests.broker.desk import Desk, Seals, Told, persons
from tests.broker.keys import PROGRAM, key, person


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.close()


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


def test_where_too_few_could_approve_the_text_says_so_and_does_not_say_wait(desk: Desk) -> None:
    desk.people = persons("ada")
    alone = desk.ask().text
    assert "nobody is listed who could give it" in alone
    assert "agentguard person add" in alone
    desk.people, desk.judging.quorum = persons("ada", "bob"), 2
    few = desk.ask("psql -c 'DROP TABLE users'").text
    assert "2 persons who did not ask, and only 1 listed could give it" in few
    assert "agentguard wait" not in alone + few


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
    head = json.loads(body)["head"].encode()
    saw_nothing = body.replace(b'"entry":1', b'"entry":0').replace(head, b"0" * 64)
    for hold_id, changed, why in (
        (other.id, body, "another hold"),
        (hold.id, body.replace(b'"bob"', b'"eve"'), "does not count"),
        (hold.id, body.replace(hold.plan.encode(), b"0" * 64), "another plan"),
        (hold.id, body.replace(hold.policy.encode(), b"0" * 64), "another policy"),
        (hold.id, body.replace(hold.nonce.encode(), b"0" * 32), "another hold"),
        (hold.id, body.replace(b'"entry":1', b'"entry":7'), "log entry that is not there"),
        (hold.id, saw_nothing, "log entry that is not there"),
        (hold.id, body.replace(b'"entry":1', b'"entry":99999999999999999999'), "no ballot"),
        (hold.id, body.replace(b'"reason":""', b'"reason":"\\ud800"'), "no ballot"),
        (hold.id, body[:-1] + b',"person":"bob"}', "canonically"),
        (hold.id, body[:-1] + b',"zeal":1}', "no ballot"),
        (hold.id, body + b"\r\n", "canonically"),
        (hold.id, body.replace(b'"reason":""', b'"reason":"PGPASSWORD=x"'), "secret"),
        (hold.id, body.replace(b":", b": "), "canonically"),
        (hold.id, b"{}", "no ballot"),
        (hold.id, b"\xff", "no ballot"),
        ("ag-nobody", body, "no hold"),
    ):
        with pytest.raises(Refused, match=why):
            desk.service.vote(hold_id, changed, seal(body if b'"eve"' in changed else changed, "bob"))
    assert desk.kinds().count("refused-vote") == 17
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


def test_a_secret_that_is_taken_for_a_name_is_in_no_card_either(desk: Desk) -> None:
    effect = replace(EFFECT, objects=("hunter22",), because="hunter22 is what it is called")
    desk.judging.effect = effect
    hold = desk.held("az storage blob delete-batch --account-key hunter22 -s logs")
    assert "hunter22" not in str(hold)
    assert "hunter22" not in str(list(desk.log.entries()))


def test_two_calls_that_differ_in_a_secret_are_two_holds(desk: Desk) -> None:
    one, other = (desk.held(f"PGPASSWORD={secret} psql -c 'DROP TABLE x'") for secret in ("hunter2", "hunter3"))
    assert one.id != other.id


def test_an_outcome_of_a_call_that_spent_nothing_is_nobodys(desk: Desk) -> None:
    assert desk.service.outcome("toolu_9", SAID[True]) is None
    assert desk.service.outcome("", SAID[True]) is None


def test_the_first_outcome_of_a_call_stays(desk: Desk) -> None:
    desk.vote(desk.held(), "bob")
    released = desk.ask().hold
    assert released
    assert released.message == "released to claude-code; the outcome has not been seen"
    failed = desk.service.outcome("toolu_1", seen(2))
    assert failed
    assert (failed.state, failed.exit_status, failed.message) == (State.FAILED, 2, "ended with status 2")
    assert desk.service.outcome("toolu_1", SAID[True]) == failed


def test_status_tells_a_log_that_keeps_every_call_from_passing(desk: Desk, tmp_path: Path) -> None:
    desk.held()
    (tmp_path / "log.jsonl").rename(tmp_path / "away")
    with pytest.raises(LogError, match="cut or replaced"):
        desk.service.status()


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
    desk.service.outcome("toolu_1", seen(0))
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
    desk.close()
