"""The one sentence that says what would happen, to what, and where."""

from __future__ import annotations

import pytest

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Effect
from agentguard.policy.consequence import consequence_of, listed
from tests.policy.made import effect, lands

ROWS = [
    (effect("drop"), "prod", "", "Drops the table orders in prod; it cannot be undone."),
    (effect("drop"), "prod", "payments", "Drops the table orders in payments (prod); it cannot be undone."),
    (effect("drop", undo="backup"), "dev", "", "Drops the table orders in dev; it can be had back."),
    (
        effect("drop", objects=("a", "b")),
        "staging",
        "",
        "Drops the tables a and b in staging; it cannot be undone.",
    ),
    (
        effect("delete", kind="sql.row", reach="all"),
        "unknown",
        "",
        "Deletes every row of orders in an environment that is not known; it cannot be undone.",
    ),
    (effect("modify", kind="sql.row", reach="one"), "prod", "", "Changes one row of orders in prod."),
    (
        effect("delete", kind="kubernetes.deployment", objects=("api",), undo="unknown"),
        "prod",
        "",
        "Deletes the deployment api in prod; nothing says that it can be undone.",
    ),
    (
        effect("delete", kind="file", objects=("/home/dev/notes.txt",), at="files"),
        "local",
        "",
        "Deletes the file /home/dev/notes.txt on this machine; it cannot be undone.",
    ),
    (
        effect("delete", kind="home", objects=("/home/dev",), at="files", whole=True),
        "local",
        "",
        "Deletes the home directory /home/dev on this machine; it cannot be undone.",
    ),
    (
        effect("delete", kind="aws.s3.object", objects=("acme-data",), reach="all"),
        "prod",
        "",
        "Deletes every S3 object of acme-data in prod; it cannot be undone.",
    ),
    (
        effect("delete", kind="terraform.stack", objects=("main",), reach="all", whole=True),
        "prod",
        "",
        "Deletes the whole Terraform stack main in prod; it cannot be undone.",
    ),
    (effect("read"), "prod", "", "Only reads, in prod."),
    (
        effect("unknown", kind="command", objects=("aws nuke",)),
        "prod",
        "",
        "Does something that could not be read (aws nuke) in prod.",
    ),
    (
        effect("drop", objects=("a\nb\x1b[2K\u202e",)),
        "prod",
        "",
        "Drops the table a\\u{a}b\\u{1b}[2K\\u{202e} in prod; it cannot be undone.",
    ),
]


@pytest.mark.parametrize(("one", "tier", "name", "sentence"), ROWS)
def test_the_consequence_is_one_plain_sentence(one: Effect, tier: str, name: str, sentence: str):
    assert consequence_of(lands(one, tier, name)) == sentence


FORMS = [
    (effect("delete", kind="kubernetes.pod", objects=("pod", "api-1")), "Deletes the pod api-1 in"),
    (effect("delete", kind="kubernetes.pods", objects=("pods",), reach="all"), "Deletes all pods in"),
    (
        effect("drop", kind="sql.database", objects=("shop",), reach="all", whole=True),
        "Drops the whole database shop in",
    ),
    (effect("delete", reach="all"), "Deletes everything in the table orders in"),
    (
        effect("delete", kind="terraform.stack", objects=(), reach="all", whole=True),
        "Deletes the whole Terraform stack in",
    ),
    (effect("delete", kind="sql.row", objects=("a", "b"), reach="all"), "Deletes every row of a and b in"),
    (effect("create", kind="aws.ec2.instance", objects=()), "Creates an EC2 instance in"),
    (effect("expose", kind="sql.role", objects=()), "Changes the permissions of a database role in"),
    (effect("overwrite", kind="git.worktree", objects=(), reach="many"), "Overwrites uncommitted work in"),
    (
        effect("delete", kind="directory", objects=("build",), reach="many"),
        "Deletes the directory build and what is in it in",
    ),
    (effect("delete", kind="kubernetes.deployment", objects=(), reach="all"), "Deletes all deployments in"),
    (effect("delete", kind="aws.iam.policy", objects=(), reach="many"), "Deletes several IAM policies in"),
    (
        effect("delete", kind="file", objects=("*.log",), reach="unknown"),
        "Deletes an unknown number of files of *.log in",
    ),
    (effect("create", kind="git.branch", objects=()), "Creates a branch in"),
    (
        effect("unprotect", kind="aws.rds.db-instance", objects=("main",)),
        "Takes the protection off the RDS db instance",
    ),
    (effect("execute", kind="program", objects=("make",)), "Runs the program make in"),
    (effect("unknown", kind="code", objects=()), "Does something that could not be read in"),
]


@pytest.mark.parametrize(("one", "beginning"), FORMS)
def test_reach_and_kind_choose_the_words(one: Effect, beginning: str):
    assert consequence_of(lands(one, "staging")).startswith(beginning)


@pytest.mark.parametrize(
    ("objects", "text"),
    [
        ((), ""),
        (("a",), "a"),
        (("a", "b"), "a and b"),
        (("a", "b", "c"), "a, b and c"),
        ((*"abcd",), "a, b, c and 1 more"),
        ((*"abcdefg",), "a, b, c and 4 more"),
        ((f"{UNKNOWN_PART}.log",), "….log"),
    ],
)
def test_three_objects_are_named_and_the_others_counted(objects: tuple[str, ...], text: str):
    assert listed(objects) == text


def test_what_the_call_does_besides_is_counted() -> None:
    dropped, deleted = (
        (lands(effect("drop", objects=(name,)), "prod") for name in ("a", "b")),
        lands(effect("delete"), "prod"),
    )
    one, like = dropped
    assert consequence_of(one, [like]).endswith("it cannot be undone. And 1 more like it.")
    assert consequence_of(one, [like, like]).endswith("And 2 more like it.")
    assert consequence_of(one, [deleted]).endswith("And 1 more effect beside it.")
    assert consequence_of(one, [like, deleted]).endswith("And 2 more effects beside it.")
