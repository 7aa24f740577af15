"""Whose lists of persons count, and how long a hold and an approval live."""

from __future__ import annotations

import pytest

from agentguard.policy.load import load
from agentguard.policy.schema import Lifetimes
from agentguard.policy.source import Owner, Source

ADA = '[[person]]\nname = "Ada"\nkeys = ["ssh-ed25519 AAAA ada@here", "SHA256:one"]\nroles = ["approver"]\n'
BOB = '[[person]]\nname = "Bob"\nkeys = ["ssh-ed25519 BBBB"]\n'


def test_persons_come_with_all_their_keys_and_roles():
    (ada,) = load(further=[Source("people.toml", ADA)]).people
    assert (ada.name, len(ada.keys), ada.roles) == ("Ada", 2, ("approver",))


def test_where_the_system_lists_persons_the_users_lists_are_not_heard_and_that_is_said():
    policy = load(further=[Source("/etc/people.toml", ADA, Owner.SYSTEM), Source("/home/people.toml", BOB)])
    assert [person.name for person in policy.people] == ["Ada"]
    assert policy.warnings == ("persons in /home/people.toml do not count: the system lists its own",)


def test_without_a_list_of_the_system_the_users_counts():
    policy = load(further=[Source("/etc/policy.toml", "", Owner.SYSTEM), Source("/home/people.toml", BOB)])
    assert [person.name for person in policy.people] == ["Bob"]


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
