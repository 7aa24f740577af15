"""What is wrong with a policy file is said with its place and a way out."""

from __future__ import annotations

import pytest

from agentguard.model.errors import PolicyError
from agentguard.policy.load import load
from agentguard.policy.source import Owner, Source

RULE = """[[rule]]
id = "no-drop"
because = "a table is gone for good"
action = "hold"
when = { class = "destructive", tier = "prod" }
match = ["prod: dropdb shop"]
not_match = ["dev: dropdb shop"]
"""
HERE = "in team.toml, rule `no-drop`"
WITHOUT_ID = RULE.replace('id = "no-drop"\n', "")
WHOLE = RULE.replace('tier = "prod"', "whole = true")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP3uQw1AvVfe6sGGzZeQAz0PBvkJqIBufObnF6t8fVAp"
PERSON = f'[[person]]\nname = "Ada"\nkeys = ["{KEY}"]\n'

ROWS = [
    (RULE.replace('"prod" }', '"prodution" }'), f"unknown tier `prodution` {HERE}: did you mean `prod`?"),
    (
        RULE.replace('"destructive"', '["read", "destrutive"]'),
        f"unknown class `destrutive` {HERE}: did you mean `destr",
    ),
    (RULE.replace("tier =", "teir ="), f"unknown key `teir` {HERE}: did you mean `tier`?"),
    (RULE.replace("class =", "class_ ="), f"unknown key `class_` {HERE}: did you mean `class`?"),
    (RULE.replace("action", "aktion"), f"unknown key `aktion` {HERE}: did you mean `action`?"),
    (RULE.replace('"hold"', '"bloc"'), f"unknown action `bloc` {HERE}: did you mean `block`?"),
    (RULE.replace("[[rule]]", "[[rul]]"), "unknown key `rul` in team.toml: did you mean `rule`?"),
    (RULE.replace('because = "a table is gone for good"\n', ""), f"`because` is missing {HERE}"),
    (RULE.replace('because = "a table is gone for good"', 'because = " "'), f"an empty text {HERE}"),
    (RULE.replace('not_match = ["dev: dropdb shop"]', ""), f"`not_match` is missing {HERE}"),
    (RULE.replace('match = ["prod: dropdb shop"]', "match = []"), f"`match` must not be empty {HERE}"),
    (RULE.replace('["prod: dropdb shop"]', '"prod: dropdb shop"'), f"`match` must be a list {HERE}"),
    (WITHOUT_ID, "`id` is missing in team.toml, rule 1"),
    (
        RULE.replace("no-drop", "No drop"),
        "`id` must be lower-case letters, digits and dashes in team.toml, rule `No drop`",
    ),
    (RULE.replace("no-drop", "stopped"), "this id is agentguard's own in team.toml, rule `stopped`"),
    (
        RULE.replace("no-drop", "read"),
        "another rule has this id in team.toml, rule `read`: the other one is in policies/d",
    ),
    (RULE + RULE, f"another rule has this id {HERE}"),
    (RULE.replace('{ class = "destructive", tier = "prod" }', "{}"), f"`when` says nothing {HERE}"),
    (RULE.replace('"destructive"', "[]"), f"`class` must not be empty {HERE}"),
    (RULE.replace('"hold"', '"hold"\nquorum = 0'), f"`quorum` must be at least 1 {HERE}"),
    (RULE.replace('"hold"', '"ask"\nquorum = 2'), "`quorum`, `roles` and `hardware` go with"),
    (RULE.replace('"hold"', '"allow"'), f"only the base may allow {HERE}: this file can only tighten"),
    (WHOLE, f"quorum 1 for the whole of something in prod {HERE}: it takes 2 persons at least"),
    (
        WHOLE.replace("whole = true", 'whole = true, tier = "unknown"'),
        f"quorum 1 for the whole of something in prod {HERE}",
    ),
    ('base = "teem"', "unknown base `teem` in team.toml: did you mean `team`?"),
    ("[hold]\n", "`hold` says nothing"),
    ("[hold]\nminutes = 9999\n", "`minutes` must be at most 1440 in team.toml"),
    ("[[rule]\n", "this is not TOML"),
    ("a = " + "[" * 5000, "this is not TOML"),
    (f"a = {'9' * 5000}", "this is not TOML"),
    (PERSON.replace("keys", "kyes"), "unknown key `kyes` in team.toml, person `Ada`: did you mean `keys`?"),
]


@pytest.mark.parametrize(("text", "said"), ROWS)
def test_a_file_that_does_not_load_says_where_what_and_how_to_mend_it(text: str, said: str):
    with pytest.raises(PolicyError) as caught:
        load(further=[Source("team.toml", text)])
    assert str(caught.value).startswith(said)


@pytest.mark.parametrize(
    "text",
    [
        RULE,
        WHOLE.replace('"hold"', '"block"'),
        WHOLE.replace('"hold"', '"hold"\nquorum = 2'),
        WHOLE.replace("whole = true", 'whole = true, tier = "staging"'),
        PERSON,
    ],
)
def test_a_sound_file_loads(text: str):
    assert not load(further=[Source("team.toml", text)]).warnings


def test_an_unknown_base_is_said_with_those_there_are():
    with pytest.raises(PolicyError, match="unknown base `defualt`: did you mean `default`"):
        load("defualt")


HOSTILE = [
    (RULE.replace('"hold"', '"allow"'), "only the base may allow"),
    (RULE.replace('"hold"', '"hold"\nquorum = 2'), "a project may not set `quorum`"),
    (RULE.replace('"hold"', '"hold"\nroles = ["agent"]'), "a project may not set `roles`"),
    (RULE + PERSON, "a project may not set `person`"),
    ('base = "solo"\n' + RULE, "a project may not set `base`"),
    ("[hold]\nminutes = 1\n" + RULE, "a project may not set `hold`"),
    (RULE + '[[tool]]\nprogram = "rm"\n', "unknown key `tool`"),
    (RULE.replace("no-drop", "loss-in-prod"), "another rule has this id"),
    ("a = " + "[" * 5000, "this is not TOML"),
    ("#" * 70_000 + "\n" + RULE, "70"),
    (RULE.replace('["prod: dropdb shop"]', str(["prod: x"] * 200)), "201 examples"),
]


@pytest.mark.parametrize(("text", "said"), HOSTILE)
def test_a_projects_file_that_wants_more_than_to_raise_is_refused_and_stops_nothing(text: str, said: str):
    policy = load(project=[Source("/x/.agentguard/policy.toml", text, Owner.PROJECT)])
    assert policy.rules == load().rules
    assert policy.people == ()
    assert [said in warning and "/x/.agentguard/policy.toml" in warning for warning in policy.warnings] == [True]


def test_a_projects_file_may_raise():
    policy = load(project=[Source("/x/.agentguard/policy.toml", RULE, Owner.PROJECT)])
    assert not policy.warnings
    assert "no-drop" in policy.raising
    assert {rule.id for rule in policy.rules} == {rule.id for rule in load().rules} | {"no-drop"}


def test_of_two_projects_files_with_one_id_the_inner_one_counts_and_the_other_is_refused():
    inner, outer = (Source(place, RULE, Owner.PROJECT) for place in ("/x/y/policy.toml", "/x/policy.toml"))
    policy = load(project=[inner, outer])
    assert ["/x/policy.toml" in warning for warning in policy.warnings] == [True]
