"""Whose lists of persons count, and how long a hold and an approval live."""

from __future__ import annotations

import pytest

from agentguard.model.errors import PolicyError
from agentguard.policy.load import load
from agentguard.policy.schema import Lifetimes
from agentguard.policy.source import Owner, Source

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3uQw1AvVfe6sGGzZeQAz0PBvkJqIBufObnF6t8fVAp"
OTHER = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIE4JuDAtI2TN4Xs+XTbF9gDDc4n2LOlq30XW6goR9qmU"
BOBS = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIG2N9j80sbaY1nmljEToRcN55XktyW4TR4LTP2exYzp"
ADA = f'[[person]]\nname = "Ada"\nos_user = "ada"\nkeys = ["{KEY} ada@here", "{OTHER}"]\nroles = ["approver"]\n'
BOB = f'[[person]]\nname = "Bob"\nkeys = ["{BOBS}"]\n'


def test_persons_come_with_all_their_keys_and_roles():
    (ada,) = load(further=[Source("people.toml", ADA)]).people
    assert (ada.name, ada.os_user, ada.roles) == ("Ada", "ada", ("approver",))
    assert [str(key) for key in ada.keys] == [KEY, OTHER]


def test_where_the_system_lists_persons_the_users_lists_are_not_heard_and_that_is_said():
    policy = load(further=[Source("/etc/people.toml", ADA, Owner.SYSTEM), Source("/home/people.toml", BOB)])
    assert [person.name for person in policy.people] == ["Ada"]
    assert policy.warnings == ("persons in /home/people.toml do not count: the system lists its own",)


def test_without_a_list_of_the_system_the_users_counts():
    policy = load(further=[Source("/etc/policy.toml", "", Owner.SYSTEM), Source("/home/people.toml", BOB)])
    assert [person.name for person in policy.people] == ["Bob"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (BOB.replace(BOBS, "SHA256:" + "x" * 43), r"no public SSH key: 'SHA256:.*a fingerprint verifies no signature"),
        (BOB.replace("Bob", "B*"), "`B\\*` cannot be a person's name"),
        (ADA + BOB.replace("Bob", "ADA"), "Ada and ADA would be one person"),
        (ADA + BOB.replace(BOBS, f"{KEY} bob@there"), "Ada and Bob would be one person"),
        (ADA + BOB.replace('"Bob"', '"Bob"\nos_user = "ada"'), "Ada and Bob would be one person"),
    ],
)
def test_what_is_no_person_or_one_twice_stops_the_load_with_its_place(text: str, told: str):
    with pytest.raises(PolicyError, match=told) as raised:
        load(further=[Source("team.toml", text)])
    assert raised.value.place.startswith("team.toml, person `")


SYSTEM, USER = Owner.SYSTEM, Owner.USER
LIVES = [
    ([], 60),
    ([(USER, 20)], 20),
    ([(USER, 120)], 120),
    ([(SYSTEM, 120)], 120),
    ([(SYSTEM, 120), (USER, 30)], 30),
    ([(SYSTEM, 120), (USER, 300)], 120),
    ([(SYSTEM, None), (USER, 300)], 60),
    ([(SYSTEM, None), (USER, 30)], 30),
]


@pytest.mark.parametrize(("files", "minutes"), LIVES)
def test_the_user_may_shorten_what_the_system_says_and_not_lengthen_it(
    files: list[tuple[Owner, int | None]], minutes: int
):
    sources = [Source(owner, f"[hold]\nminutes = {said}\n" if said else "", owner) for owner, said in files]
    assert load(further=sources).hold == Lifetimes(minutes, 15)


def test_an_approval_has_a_life_of_its_own():
    assert load(further=[Source("p.toml", "[hold]\napproval_minutes = 5\n")]).hold == Lifetimes(60, 5)
