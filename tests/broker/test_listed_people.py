"""Who may approve, and who that is."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from agentguard.broker.people import listed_people, read_people, write_people
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker
from agentguard.model.person import People, Person, person_of, public_key
from tests.broker.keys import key, person, public


@pytest.fixture
def people(tmp_path: Path) -> People:
    return People((person(tmp_path, "ada", os_user="alovelace"), person(tmp_path, "bob", roles=("dba", "oncall"))))


def test_people_come_back_from_their_file(tmp_path: Path, people: People) -> None:
    path = tmp_path / "people.toml"
    write_people(path, people)
    assert read_people(path).persons == people.persons
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_keeps_its_options_and_loses_its_comment(tmp_path: Path) -> None:
    line = public(key(tmp_path, "bob"))
    limited = public_key(f'valid-after="20200101",valid-before="20300101" {line}')
    assert str(limited) == 'valid-after="20200101",valid-before="20300101" ' + " ".join(line.split()[:2])
    assert public_key(str(limited)) == limited


@pytest.mark.parametrize(
    "line", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "SHA256:abc", "cert-authority ssh-ed25519 AAAA", "ssh-rsa AAAA\nx"]
)
def test_what_is_no_public_key_is_refused(line: str) -> None:
    with pytest.raises(AgentguardError, match="no public SSH key"):
        public_key(line)


@pytest.mark.parametrize("name", ["", "*", "a b", "a,b", "-x", "!bob", "bob?", "é"])
def test_a_name_that_ssh_keygen_would_read_as_a_pattern_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AgentguardError, match="cannot be a person's name"):
        person_of(name, [public(key(tmp_path, "bob"))])


def test_allowed_signers_names_the_namespace_in_every_line(tmp_path: Path) -> None:
    listed = People((person(tmp_path, "bob", options='valid-before="20300101"'),))
    line = " ".join(public(key(tmp_path, "bob")).split()[:2])
    assert listed.allowed_signers("agentguard-vote-v1") == (
        f'bob namespaces="agentguard-vote-v1",valid-before="20300101" {line}\n'
    )


DOUBLES: dict[str, Callable[[Person, Path], Person]] = {
    "a name": lambda bob, tmp: replace(person(tmp, "other"), name=bob.name.upper()),
    "a key": lambda bob, _tmp: replace(bob, name="other"),
    "an account": lambda _bob, tmp: person(tmp, "other", os_user="alovelace"),
}


@pytest.mark.parametrize("double", DOUBLES)
def test_two_persons_who_share_it_would_be_one(tmp_path: Path, people: People, double: str) -> None:
    with pytest.raises(AgentguardError, match="would be one person"):
        people.with_person(DOUBLES[double](people.persons[1], tmp_path))


@pytest.mark.parametrize(
    ("asker", "approvers"),
    [
        (Asker("alovelace"), ["bob"]),
        (Asker("bob"), ["ada"]),  # bob lists no account: the one called bob is his
        (Asker("someone", person="bob"), ["ada"]),
        (Asker("someone"), ["ada", "bob"]),
        (Asker("ada"), ["ada", "bob"]),  # ada has another account
        (Asker(""), ["ada", "bob"]),
    ],
)
def test_the_requester_is_no_approver(people: People, asker: Asker, approvers: list[str]) -> None:
    assert [one.name for one in people.approvers(asker)] == approvers


def test_an_approver_has_all_the_roles(people: People) -> None:
    assert [one.name for one in people.approvers(Asker("x"), ("dba", "oncall"))] == ["bob"]
    assert people.approvers(Asker("x"), ("dba", "cto")) == ()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("person = 1", "person"),
        ("[[person]]\nname = 'bob'\nkeys = []\n", "person.0.keys"),
        ("[[person]]\nname = 'bob'\nkey = ['x']\n", "person.0"),
        ("[[person]]\nname = 'bob'\nkeys = ['x']\n", "no public SSH key"),
        ("[[person", "does not load"),
    ],
)
def test_a_list_that_does_not_load_says_where(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "people.toml").write_text(text)
    with pytest.raises(AgentguardError, match=told):
        read_people(tmp_path / "people.toml")


def test_where_there_is_no_list_there_is_nobody(tmp_path: Path) -> None:
    assert listed_people(tmp_path / "none", tmp_path / "none") == People(place=str(tmp_path / "none"))


def test_persons_of_the_policy_count_before_the_users_own(tmp_path: Path, people: People) -> None:
    write_people(tmp_path / "people.toml", people)
    from_policy = replace(people.persons[0], os_user="", name="Ada")
    listed = listed_people(tmp_path / "people.toml", tmp_path / "none", (from_policy,))
    assert [one.name for one in listed.persons] == ["Ada"]


@pytest.mark.parametrize("account", ["alovelace", "Ada"])
def test_the_users_own_list_adds_an_account_to_a_person_of_the_policy_and_takes_none(
    tmp_path: Path, people: People, account: str
) -> None:
    write_people(tmp_path / "people.toml", people)
    from_policy = replace(people.persons[0], os_user="", name="Ada")
    listed = listed_people(tmp_path / "people.toml", tmp_path / "none", (from_policy,))
    assert listed.approvers(Asker(account)) == ()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a file of root's")
def test_the_systems_list_counts_alone_and_only_if_it_is_roots(tmp_path: Path, people: People) -> None:
    system = tmp_path / "etc" / "people.toml"
    system.parent.mkdir(mode=0o755)
    write_people(tmp_path / "people.toml", people)
    write_people(system, People(people.persons[1:]))
    assert [one.name for one in listed_people(tmp_path / "people.toml", system).persons] == ["bob"]
    for place, mode in ((system, 0o666), (system.parent, 0o777)):
        kept = place.stat().st_mode
        place.chmod(mode)
        with pytest.raises(AgentguardError, match="others than root"):
            listed_people(tmp_path / "people.toml", system)
        place.chmod(kept & 0o7777)
    os.chown(system, 12345, 12345)
    with pytest.raises(AgentguardError, match="others than root"):
        listed_people(tmp_path / "people.toml", system)
