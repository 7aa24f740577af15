"""What an approval is bound to, and how a change is told."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from agentguard.audit.binding import (
    BRIEF,
    TooLong,
    bound_digest,
    brief,
    display_of,
    knowing,
    plan_digest,
    record_of,
)
from agentguard.audit.changes import differences
from agentguard.audit.redaction import KEY_BYTES, Redactor
from agentguard.model.call import Argv, Body, FileWrite, ShellLine, SqlText, ToolCall
from agentguard.model.hold import HeldCall
from agentguard.model.record import canonical, from_record, to_record
from agentguard.model.verdict import Look, Plan
from tests.audit.plans import EFFECT, elsewhere, plan

REDACTOR = Redactor(b"k" * KEY_BYTES)
SCRIPT = Look("script", "/home/ada/shop/x.sh", "DROP TABLE orders")

# Every thing an approval depends on: another plan than `plan(looks=(SCRIPT,))`, and the words that tell the change.
CHANGES: dict[str, tuple[Plan, str]] = {
    "the call": (plan("psql -c 'DROP TABLE users'", looks=(SCRIPT,)), "the call itself changed"),
    "one blank": (plan("psql -h db.prod -d shop -c 'DROP TABLE  orders'", looks=(SCRIPT,)), "the call itself changed"),
    "the directory": (plan(cwd="/home/ada/other", looks=(SCRIPT,)), "from /home/ada/shop to /home/ada/other"),
    "the user": (plan(user="bob", looks=(SCRIPT,)), "the user changed from ada to bob"),
    "the agent": (plan(agent="codex", looks=(SCRIPT,)), "the agent changed from claude-code to codex"),
    "the context": (plan(environment=elsewhere("context", "prod-2"), looks=(SCRIPT,)), "context is prod-2"),
    "the object": (plan(effect=replace(EFFECT, objects=("users",)), looks=(SCRIPT,)), "sql.table:users"),
    "a script": (plan(looks=(replace(SCRIPT, answer="rm -rf /"),)), "/home/ada/shop/x.sh was rewritten"),
    "a script is gone": (plan(looks=(replace(SCRIPT, answer=None),)), "/home/ada/shop/x.sh is gone"),
    "a script is new": (plan(looks=(SCRIPT, replace(SCRIPT, subject="/new.sh"))), "/new.sh is new"),
    "a variable": (plan(looks=(SCRIPT, Look("variable", "PGPORT", "6000"))), "PGPORT is set now"),
    "a configuration": (plan(looks=(SCRIPT, Look("facts:aws", "/c", {"a": "b"}))), "/c is new"),
    "a script is out": (plan(), "/home/ada/shop/x.sh is not read any more"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_whatever_changes_changes_the_digest_and_is_told(what: str) -> None:
    before, (now, told) = plan(looks=(SCRIPT,)), CHANGES[what]
    assert plan_digest(before, REDACTOR, "p") != plan_digest(now, REDACTOR, "p")
    assert told in "; ".join(differences(record_of(before, REDACTOR), record_of(now, REDACTOR)))


def test_what_a_variable_or_a_file_says_is_bound_and_not_shown() -> None:
    def record(value: str, told: str) -> HeldCall:
        looks = (Look("variable", "DATABASE_URL", value), Look("facts:aws", "/c", {"key": told}))
        return record_of(plan(looks=looks), REDACTOR)

    was, now = record("postgres://u:hunter1@h", "hunter1"), record("postgres://u:hunter2@h", "hunter2")
    assert differences(was, now) == ("/c says something else", "DATABASE_URL has another value")
    assert differences(was, record_of(plan(), REDACTOR)) == (
        "/c is gone, or says nothing any more",
        "DATABASE_URL is not set any more",
    )
    assert "hunter" not in str(replace(was, looks=()))


def test_the_policy_is_part_of_the_digest() -> None:
    assert plan_digest(plan(), REDACTOR, "p") != plan_digest(plan(), REDACTOR, "q")


def test_the_same_call_has_the_same_digest_and_no_differences() -> None:
    noise = (
        Look("variable", "EDITOR", None),
        Look("variables", "", ["EDITOR"]),
        Look("stat", "/x", ["file", 1, False, False, 1_700_000_000_000_000_000]),
    )
    assert plan_digest(plan(), REDACTOR, "p") == plan_digest(plan(looks=noise), REDACTOR, "p")
    assert differences(record_of(plan(), REDACTOR), record_of(plan(looks=noise), REDACTOR)) == ()


BODIES: tuple[tuple[Body, str], ...] = (
    (ShellLine("PGPASSWORD=hunter2 psql", preludes=("/tmp/snapshot",)), "PGPASSWORD="),
    (Argv(("tool", "--password", "hunter2", "a b", "it's")), "'a b' 'it'\\''s'"),
    (Argv(("psql", "shop"), stdin="ALTER ROLE x PASSWORD 'hunter2'"), "psql shop <<< 'ALTER ROLE x PASS"),
    (Argv(("psql", "shop"), piped=True), "psql shop"),
    (SqlText("ALTER ROLE x PASSWORD 'hunter2'"), "ALTER ROLE x PASSWORD"),
    (ToolCall("mcp__db__query", {"sql": "DROP TABLE x", "password": "hunter2", "limit": 1.5}), "mcp__db__query {"),
    (FileWrite("/etc/app.conf", "password = hunter2\n"), "write /etc/app.conf\n"),
    (FileWrite("/etc/app.conf", "token: hunter2\n", whole=False), "edit /etc/app.conf\n"),
)


@pytest.mark.parametrize(("body", "shown"), BODIES)
def test_a_record_shows_every_kind_of_call_without_its_secret(body: Body, shown: str) -> None:
    record = record_of(plan(body), REDACTOR)
    assert shown in display_of(record)
    assert b"hunter2" not in canonical(to_record(record))
    assert "hunter2" not in brief(body, REDACTOR)[0]


@pytest.mark.parametrize(("body", "_shown"), BODIES)
def test_a_record_comes_back_from_its_bytes(body: Body, _shown: str) -> None:
    record = record_of(plan(body, looks=(SCRIPT,)), REDACTOR)
    assert from_record(HeldCall, json.loads(canonical(to_record(record)))) == record
    assert bound_digest(record, "p") == plan_digest(plan(body, looks=(SCRIPT,)), REDACTOR, "p")


def test_a_start_up_file_is_bound_by_its_bytes_and_not_by_its_name() -> None:
    def started(path: str, content: str) -> Plan:
        return plan(ShellLine("make", preludes=(path,)), looks=(Look("script", path, content), SCRIPT))

    old, same, other = started("/snap-1.sh", "x"), started("/snap-2.sh", "x"), started("/snap-2.sh", "y")
    assert plan_digest(old, REDACTOR, "p") == plan_digest(same, REDACTOR, "p")
    assert record_of(same, REDACTOR).parts == ("make", "/snap-2.sh")
    assert differences(record_of(old, REDACTOR), record_of(same, REDACTOR)) == ()
    assert plan_digest(old, REDACTOR, "p") != plan_digest(other, REDACTOR, "p")
    told = differences(record_of(old, REDACTOR), record_of(other, REDACTOR))
    assert told == ("the shell's start-up file 1 was rewritten",)
    assert brief(same.call.body, REDACTOR)[0] == "make"


def test_two_calls_that_differ_only_in_a_secret_differ() -> None:
    one, other = (record_of(plan(f"PGPASSWORD={secret} psql"), REDACTOR) for secret in ("hunter2", "hunter3"))
    assert one.seal != other.seal
    assert differences(one, other) == ("the call itself changed",)


def test_looks_are_kept_for_replay_and_hide_what_is_secret() -> None:
    looks = (
        Look("variable", "PGPASSWORD", "hunter2"),
        Look("facts:kubeconfig", "/k", {"token": "hunter2", "server": "https://x", "n": [1, None]}),
        SCRIPT,
    )
    kept = record_of(plan(looks=looks), REDACTOR).looks
    assert [look.subject for look in kept] == ["PGPASSWORD", "/k", SCRIPT.subject]
    assert not any("hunter2" in look.answer for look in kept)
    assert json.loads(kept[1].answer)["server"] == "https://x"
    assert json.loads(kept[2].answer) == SCRIPT.answer


def test_bytes_that_are_no_text_have_a_record_too() -> None:
    record = record_of(plan("rm \udcff", cwd="/tmp/\udcfe"), REDACTOR)
    assert canonical(to_record(record))
    assert record.parts[0] == "rm \\udcff"
    assert record.seal != record_of(plan("rm \\udcff"), REDACTOR).seal


def test_what_nobody_would_read_is_put_before_nobody_and_costs_no_time() -> None:
    whole = plan("echo password=a1; " * 550_000)
    before = time.process_time()
    with pytest.raises(TooLong, match="9900000 characters"):
        record_of(whole, knowing(whole, REDACTOR))
    assert brief(whole.call.body, knowing(whole, REDACTOR))[0].startswith("echo password=‹secret")
    assert time.process_time() - before < 2
    assert record_of(plan("x" * 200_000), REDACTOR).parts


def test_a_brief_is_short_and_its_seal_stands_for_all() -> None:
    text, seal = brief(ShellLine("x" * 100_000), REDACTOR)
    assert len(text) < BRIEF + 40
    assert "100000 characters" in text
    assert seal != brief(ShellLine("x" * 100_001), REDACTOR)[1]
    assert seal == record_of(plan("x" * 100_000), REDACTOR).seal
