"""The broker's own log: readable by programs, private, without secrets, and of bounded size."""

from __future__ import annotations

import json
import logging
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import structlog

from agentguard.audit.redaction import Redactor
from agentguard.broker import journal
from agentguard.broker.journal import keep_journal
from agentguard.broker.places import places
from agentguard.broker.server import _built
from tests.broker.desk import POLICY, Desk, Told

REDACTOR = Redactor(b"k" * 32)


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_an_entry_is_a_line_of_json_without_its_secrets(tmp_path: Path) -> None:
    path = tmp_path / "broker.log"
    with keep_journal(path, REDACTOR.redact):
        structlog.get_logger("hook").warning("denied", command="psql postgres://ada:hunter2@db/x", count=3)
    entry = json.loads(path.read_text())
    assert (entry["event"], entry["level"], entry["count"]) == ("denied", "warning", 3)
    assert "hunter2" not in path.read_text()
    assert "‹secret " in entry["command"]


def test_a_crash_is_told_with_its_place_and_without_its_secrets(tmp_path: Path) -> None:
    path = tmp_path / "broker.log"
    with keep_journal(path, REDACTOR.redact):
        try:
            int("password=hunter2")
        except ValueError:
            structlog.get_logger("hook").exception("crashed")
    entry = json.loads(path.read_text())
    assert "test_journal.py" in entry["exception"]
    assert "hunter2" not in path.read_text()


def test_what_libraries_log_comes_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "broker.log"
    with keep_journal(path, REDACTOR.redact):
        logging.getLogger("uvicorn.error").error("boom: %s", "password=hunter2")
    logging.getLogger("uvicorn.error").error("after the end")
    entry = json.loads(path.read_text())
    assert (entry["level"], "hunter2" in entry["event"]) == ("error", False)


def test_a_journal_is_its_owners_alone_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "broker.log"
    for event in ("one", "two"):
        with keep_journal(path, REDACTOR.redact):
            structlog.get_logger("x").info(event)
    assert [json.loads(line)["event"] for line in path.read_text().splitlines()] == ["one", "two"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_large_journal_is_set_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "LARGE", 10)
    path = tmp_path / "broker.log"
    path.write_text("old entries\n")
    with keep_journal(path, REDACTOR.redact):
        structlog.get_logger("x").info("new")
    assert (tmp_path / "broker.log.1").read_text() == "old entries\n"
    assert len(path.read_text().splitlines()) == 1


def test_a_broker_that_starts_tells_its_policy_and_what_of_it_is_not_heard(tmp_path: Path) -> None:
    desk = Desk(tmp_path, judging=Told(rules=replace(POLICY, warnings=("persons in x do not count",))))
    path = tmp_path / "broker.log"
    with keep_journal(path, REDACTOR.redact):
        assert _built(places(tmp_path), lambda _places: desk.service) is desk.service
    desk.close()
    ready, warning = map(json.loads, path.read_text().splitlines())
    assert (ready["event"], ready["policy"], ready["digest"]) == ("ready", "test", POLICY.digest)
    assert (warning["level"], warning["what"]) == ("warning", "persons in x do not count")
