"""The card says what would run, in the same order always, and two calls never look the same on it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agentguard.cli.card import Challenge, card, challenge, span
from agentguard.cli.display import width
from agentguard.cli.pending import table
from agentguard.cli.text import text_of
from agentguard.model.environment import Tier
from agentguard.model.hold import Ballot, Decision, Hold, Kind, State, Tries, Vote
from tests.cli.holds import DROP, DROPS, HOLD, NOW, ORDERS, hold, record

COLUMNS = 80
NASTY = st.text(alphabet="ab \n\r\x1b\u202e\u200b\\u{}'\"│┆↩漢", min_size=1, max_size=30)


def shown(hold: Hold, columns: int = COLUMNS) -> str:
    return text_of(card(hold, NOW, columns))


def test_the_order_is_environment_consequence_call_place_person_no():
    text = shown(HOLD)
    landmarks = (
        "▓▓ PROD ▓▓ shop",
        "Drops the table orders in shop (prod); it cannot be undone.",
        "'DROP TABLE orders'",
        "option -h is db.prod.example.com",
        "claude-code for Ada (dev) on laptop",
        "If you say no",
        "pg_dump",
    )
    places = [text.index(landmark) for landmark in landmarks]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("tier", "band"),
    [
        (Tier.PROD, "▓▓ PROD ▓▓"),
        (Tier.STAGING, "-- staging --"),
        (Tier.DEV, ".. dev .."),
        (Tier.LOCAL, "( local )"),
        (Tier.UNKNOWN, "?? UNKNOWN ??"),
    ],
)
def test_the_environment_has_a_shape_of_its_own(tier: Tier, band: str):
    assert shown(hold(tier=tier)).startswith(band)


def test_every_argument_has_its_line():
    lines = shown(HOLD).splitlines()
    words = ["psql", "-h", "db.prod.example.com", "-d", "shop", "-c", "'DROP TABLE orders'"]
    start = lines.index("  │ psql")
    assert lines[start : start + len(words)] == [f"  │ {word}" for word in words]


@given(NASTY, NASTY)
def test_two_calls_never_look_the_same(one: str, other: str):
    cards = {shown(hold(record=record(text), plan="")) for text in (one, other)}
    assert len(cards) == len({one, other})


@given(NASTY, NASTY)
def test_two_programs_with_other_arguments_never_look_the_same(one: str, other: str):
    calls = (("rm", one, other), ("rm", one + " " + other), ("rm", other, one))
    cards = {shown(hold(record=record(*words, form="argv"), plan="")) for words in calls}
    assert len(cards) == len(set(calls))


@given(NASTY, st.sampled_from(["shell", "argv", "sql", "tool", "write"]))
def test_nothing_that_comes_from_elsewhere_reaches_the_screen_unseen(text: str, form: str):
    target = dataclasses.replace(ORDERS, name=text, environment=text, evidence=(text,))
    effect = dataclasses.replace(DROPS, kind=text, because=text, targets=(target,))
    strange = hold(
        record=record(text, text, form=form, effects=(effect,)),
        **dict.fromkeys(("environment", "rule", "because", "consequence", "message"), text),
        safer=(text,),
        roles=(text,),
    )
    seen = text_of(card(strange, NOW, COLUMNS))
    assert all(c in "\n " or c.isprintable() for c in seen)


def test_nothing_is_cut_however_long_it_is():
    long = "DELETE FROM t WHERE id IN (" + ",".join(map(str, range(3000))) + ")"
    text = shown(hold(record=record(long, form="sql")))
    pieces = [line[4:].removesuffix("↩") for line in text.splitlines() if line[:4] in ("  │ ", "  ┆ ")]
    assert " ".join(pieces[:5]) == "DELETE FROM t WHERE id"
    assert pieces[-1].endswith("2999)")
    assert "".join(pieces[6:]) == long.removeprefix("DELETE FROM t WHERE id IN ")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_no_line_is_wider_than_the_screen(columns: int):
    wide = hold(record=record("x" * 500 + " " + "漢" * 90))
    assert max(width(line) for line in shown(wide, columns).splitlines()) <= max(columns, 76)


def test_two_persons_are_asked_for_where_the_quorum_is_two():
    assert "2 persons beside the requester must approve" in shown(hold(quorum=2))


def test_an_ask_says_whose_confirmation_it_waits_for():
    assert "waits for the one who asked to confirm it" in shown(hold(kind=Kind.ASK))


def test_votes_stand_on_the_card_with_their_reason():
    ballot = Ballot(HOLD.id, "n", "p", "q", Decision.NO, "c", 7, "h", 0, "not on a Friday", "Bo")
    denied = hold(state=State.DENIED, votes=(Vote(ballot, "", "", "SHA256:x", False, NOW),))
    assert "no of Bo: not on a Friday" in shown(denied)


def test_what_came_of_the_same_call_before_stands_on_the_card():
    tries = Tries(2, 1, "denied by Bo: not on a Friday", NOW - 300_000)
    told = " ".join(shown(dataclasses.replace(HOLD, tries=tries)).split())
    assert (
        "asked again refused 2 times and run and failed 1 time; the last 5 min ago: denied by Bo: not on a Friday"
    ) in told
    assert "asked again" not in shown(HOLD)


def test_what_to_type_stands_on_the_card():
    for nonce in map(str, range(30)):
        asked = hold(nonce=nonce)
        assert challenge(asked).answer in shown(asked)


def test_what_to_type_differs_from_hold_to_hold():
    assert len({challenge(hold(nonce=str(n))) for n in range(30)}) == 3


def test_what_cannot_be_typed_is_never_asked_for():
    bidi = dataclasses.replace(ORDERS, name="ord\u202eers", evidence=("HOST is a b",))
    asked = hold(record=record(DROP, effects=(dataclasses.replace(DROPS, targets=(bidi,)),)))
    assert challenge(asked) == Challenge("the last four characters of the hold's id", HOLD.id[-4:])


@pytest.mark.parametrize(
    ("length", "said"), [(-5, "0 s"), (90_000, "90 s"), (600_000, "10 min"), (3 * 3_600_000, "3 h"), (10**9, "11 d")]
)
def test_lengths_of_time_are_said_as_people_say_them(length: int, said: str):
    assert span(length) == said


def test_pending_shows_every_hold_with_its_facts_and_its_consequence():
    text = text_of(table([HOLD, hold(id="ag-bbbbbbbbbb", kind=Kind.ASK)], NOW, COLUMNS))
    assert "ag-k3v9m2x7qa  claude-code for Ada       4 min    56 min      ▓▓ PROD ▓▓ shop" in text
    assert text.count("Drops the table orders in shop (prod); it cannot be undone.") == 2
    assert text.count("agentguard confirm") == 1
