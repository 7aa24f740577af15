"""Which files count where, and which of them is the base."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from agentguard.model.errors import PolicyError
from agentguard.policy.layers import Layers, discover, one_file
from agentguard.policy.load import load
from agentguard.policy.source import Owner, Source

OWN = """base = "own"
[[rule]]
id = "everything"
because = "this is a playground"
action = "allow"
when = { tier = ["local", "dev"] }
match = ["dev: ls"]
not_match = ["prod: ls"]
"""
SYSTEM, USER = "/etc/agentguard", "/home/dev/.config/agentguard"


def machine(**files: str) -> Callable[[str], str | None]:
    places = {"system": f"{SYSTEM}/policy.toml", "user": f"{USER}/policy.toml"}
    return {places.get(name, name): text for name, text in files.items()}.get


def found(cwd: str = "", **files: str) -> Layers:
    return discover(machine(**files), system=SYSTEM, user=USER, cwd=cwd)


def test_without_any_file_the_default_holds():
    assert found() == Layers("default")


@pytest.mark.parametrize(
    ("files", "base", "warned"),
    [
        ({"user": 'base = "solo"'}, "solo", False),
        ({"system": 'base = "team"'}, "team", False),
        ({"system": 'base = "team"', "user": 'base = "solo"'}, "team", True),
        ({"system": 'base = "team"', "user": 'base = "team"'}, "team", False),
        ({"system": "", "user": 'base = "solo"'}, "solo", False),
    ],
)
def test_the_system_chooses_the_base_and_else_the_user(files: dict[str, str], base: str, warned: bool):
    layers = found(**files)
    assert layers.base == base
    assert bool(layers.warnings) is warned


def test_a_file_can_be_a_base_of_its_own_and_does_not_tighten_itself():
    layers = found(system=OWN, user="[hold]\nminutes = 5")
    assert isinstance(layers.base, Source)
    assert layers.base.place == f"{SYSTEM}/policy.toml"
    assert [source.place for source in layers.further] == [f"{USER}/policy.toml"]
    policy = load(layers.base, further=layers.further)
    assert [rule.id for rule in policy.rules] == ["everything"]
    assert policy.raising == frozenset()


def test_a_base_of_the_users_own_is_no_way_round_the_systems():
    layers = found(system='base = "team"', user=OWN)
    with pytest.raises(PolicyError, match="only the base may allow"):
        load(layers.base, further=layers.further)


def test_names_of_environments_come_beside_the_rules_and_a_projects_apart():
    files = {
        f"{SYSTEM}/environments.toml": "#1",
        f"{USER}/environments.toml": "#2",
        "/w/.agentguard/environments.toml": "#3",
    }
    layers = found("/w/src", **files)
    assert [source.text for source in layers.names] == ["#1", "#2"]
    assert [source.text for source in layers.raising_names] == ["#3"]


def test_a_projects_file_counts_in_it_and_below_and_nowhere_else():
    files = {"/w/shop/.agentguard/policy.toml": "#", "/w/.agentguard/policy.toml": "#"}
    assert [s.place for s in found("/w/shop/src", **files).project] == list(files)
    assert [s.place for s in found("/w/other", **files).project] == ["/w/.agentguard/policy.toml"]
    assert found("", **files).project == ()
    assert {s.owner for s in found("/w/shop", **files).project} == {Owner.PROJECT}


def refusing(path: str) -> str | None:
    raise PermissionError(13, "Permission denied", path)


def test_a_file_of_the_system_that_cannot_be_read_stops_the_start():
    with pytest.raises(PolicyError, match=r"cannot be read .* in /etc/agentguard/policy.toml"):
        discover(refusing, system=SYSTEM, user=USER)


def test_a_projects_file_that_cannot_be_read_is_refused():
    def read(path: str) -> str | None:
        return refusing(path) if ".agentguard/" in path else None

    layers = discover(read, system=SYSTEM, user=USER, cwd="/w")
    assert layers.project == ()
    assert ["/w/.agentguard/policy.toml" in warning for warning in layers.warnings].count(True) == 1


def test_one_file_alone_tightens_the_base_it_names_or_is_one():
    assert one_file(Source("p.toml", 'base = "team"')).base == "team"
    own = Source("p.toml", OWN)
    assert one_file(own) == Layers(own)
