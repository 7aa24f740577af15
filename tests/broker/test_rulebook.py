"""The policy of a place on a real machine: files in scratch directories, examples read by the real engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.broker.places import Places
from agentguard.broker.rulebook import Rulebooks, of_file, people_here, rulebook, source_of
from agentguard.model.environment import Tier
from agentguard.model.errors import PolicyError
from agentguard.policy.layers import Layers
from agentguard.policy.names import shipped_names
from agentguard.policy.source import Owner
from agentguard.resolve.tier import tier_of
from agentguard.tools import Toolbox, shipped
from tests.broker.keys import key, public

RULE = """[[rule]]
id = "no-truncate"
because = "our tables have no copy"
action = "block"
when = { kind = "sql.table", reach = "all", tier = "prod" }
match = ["prod: psql -c 'truncate orders'"]
not_match = ["dev: psql -c 'truncate orders'", "prod: psql -c 'drop table orders'"]
"""
NAMES = """[[environment]]
name = "shop"
tier = "prod"
databases = ["orders-copy"]
match = ["database:orders-copy"]
not_match = ["database:orders"]
"""


@pytest.fixture
def here(tmp_path: Path) -> Places:
    """Places of nobody else, with a system directory of their own."""
    for name in ("state", "config", "etc", "work/shop/src"):
        (tmp_path / name).mkdir(parents=True)
    return Places(tmp_path / "state", tmp_path / "config", tmp_path / "broker.sock", tmp_path / "etc")


@pytest.mark.parametrize("base", ["default", "solo", "team"])
def test_every_example_of_a_shipped_policy_is_as_it_says(base: str) -> None:
    policy = rulebook(Toolbox(shipped(), shipped_names()), Layers(base))
    (file,) = policy.files
    assert file.examples > 2 * file.rules


def test_the_users_file_tightens_and_its_examples_are_run(here: Places) -> None:
    (here.config / "policy.toml").write_text('base = "team"\n' + RULE)
    policy = Rulebooks(shipped(), here).policy("/")
    assert policy.base == "team"
    assert [(Path(file.place).name, file.examples) for file in policy.files][1:] == [("policy.toml", 3)]
    assert policy.raising == {"no-truncate"}


def test_an_example_that_fails_stops_the_start_and_says_how_the_line_reads(here: Places) -> None:
    (here.config / "policy.toml").write_text(RULE.replace("prod: psql -c 'drop", "prod: psql -c 'truncate x; drop"))
    with pytest.raises(PolicyError, match=r"which it must not in .*policy\.toml, rule `no-truncate`: it reads as"):
        Rulebooks(shipped(), here).at("/")


def test_a_projects_files_count_in_the_project_alone(here: Places, tmp_path: Path) -> None:
    project = tmp_path / "work" / "shop" / ".agentguard"
    project.mkdir()
    (project / "policy.toml").write_text(RULE)
    (project / "environments.toml").write_text(NAMES)
    books = Rulebooks(shipped(), here)
    inside, outside = books.at(str(tmp_path / "work/shop/src")), books.at(str(tmp_path / "work"))
    assert inside.policy.raising == {"no-truncate"}
    assert outside.policy.raising == frozenset()
    assert inside.policy.digest != outside.policy.digest
    assert (len(inside.toolbox.names.raising), len(outside.toolbox.names.raising)) == (1, 0)


@pytest.mark.parametrize("text", ["[[rule", "[[environment]]\nname = 3\n", "a = " + "[" * 5000, "#" * 70_000, "\0"])
@pytest.mark.parametrize("name", ["policy.toml", "environments.toml"])
def test_a_broken_file_of_a_project_is_refused_and_stops_nothing(
    here: Places, tmp_path: Path, name: str, text: str
) -> None:
    project = tmp_path / "work" / ".agentguard"
    project.mkdir()
    (project / name).write_text(text)
    policy = Rulebooks(shipped(), here).policy(str(tmp_path / "work"))
    assert policy.raising == frozenset()
    assert ["was refused" in warning for warning in policy.warnings] == [True]


def test_a_projects_file_that_is_no_text_is_refused(here: Places, tmp_path: Path) -> None:
    project = tmp_path / "work" / ".agentguard"
    project.mkdir()
    (project / "environments.toml").write_bytes(b"\xff\xfe")
    policy = Rulebooks(shipped(), here).policy(str(tmp_path / "work"))
    assert ["cannot be read" in warning for warning in policy.warnings] == [True]


def test_the_users_names_mean_what_the_user_says(here: Places) -> None:
    (here.config / "environments.toml").write_text(NAMES)
    names = Rulebooks(shipped(), here).at("/").toolbox.names
    found = tier_of(names, "database", "orders-copy")
    assert found is not None
    assert found[0] is Tier.PROD


def test_a_rulebook_is_kept_until_its_files_change(here: Places) -> None:
    books = Rulebooks(shipped(), here)
    first = books.at("/")
    assert books.at("/tmp") is first
    (here.config / "policy.toml").write_text(RULE)
    assert books.policy("/").raising == {"no-truncate"}


def test_one_file_is_a_policy_and_one_of_a_project_is_read_as_such(tmp_path: Path) -> None:
    toolbox = Toolbox(shipped(), shipped_names())
    mine, project = tmp_path / "mine.toml", tmp_path / ".agentguard" / "policy.toml"
    project.parent.mkdir()
    mine.write_text('base = "solo"\n' + RULE)
    project.write_text('base = "solo"\n' + RULE)
    assert of_file(mine, toolbox).base == "solo"
    assert source_of(project).owner is Owner.PROJECT
    assert ["may not set `base`" in warning for warning in of_file(project, toolbox).warnings] == [True]


def test_a_file_that_is_not_there_is_an_error_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"there is no such file in .*none\.toml"):
        source_of(tmp_path / "none.toml")


# Whose persons count ----------------------------------------------------------------------------------------------


def listing(tmp_path: Path, name: str) -> str:
    return f'[[person]]\nname = "{name}"\nkeys = ["{public(key(tmp_path, name))}"]\nroles = ["approver"]\n'


def people(here: Places) -> list[str]:
    return [person.name for person in people_here(here, Rulebooks(shipped(), here).policy("")).persons]


def test_persons_in_a_policy_file_may_approve(here: Places, tmp_path: Path) -> None:
    (here.config / "people.toml").write_text(listing(tmp_path, "own"))
    assert people(here) == ["own"]
    (here.config / "policy.toml").write_text(listing(tmp_path, "ada") + listing(tmp_path, "bob"))
    assert people(here) == ["ada", "bob"]


def test_where_the_system_lists_persons_nobody_of_the_users_lists_counts(here: Places, tmp_path: Path) -> None:
    (here.config / "people.toml").write_text(listing(tmp_path, "own"))
    (here.config / "policy.toml").write_text(listing(tmp_path, "mine"))
    (here.system / "policy.toml").write_text(listing(tmp_path, "ours"))
    assert people(here) == ["ours"]


def test_a_fingerprint_in_a_policy_file_stops_the_start(here: Places) -> None:
    (here.config / "policy.toml").write_text('[[person]]\nname = "ada"\nkeys = ["SHA256:abc"]\n')
    with pytest.raises(PolicyError, match=r"a fingerprint verifies no signature"):
        people(here)
