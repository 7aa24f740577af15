"""`agentguard env`: what it says of a home with settings, and of one without."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard.cli import main
from agentguard.model.errors import Exit

KUBECONFIG = """apiVersion: v1
kind: Config
current-context: prod-eu
contexts: [{name: prod-eu, context: {cluster: shop}}]
clusters: [{name: shop, cluster: {server: "https://k8s.example.com:6443"}}]
"""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with a kubeconfig, programs that are only names, and no other variable that leads anywhere."""
    bin_ = tmp_path / "bin"
    for name in ("kubectl", "psql", "terraform"):
        (bin_ / name).parent.mkdir(exist_ok=True)
        (bin_ / name).write_text("#!/bin/sh\n")
        (bin_ / name).chmod(0o755)
    (tmp_path / ".kube").mkdir()
    (tmp_path / ".kube" / "config").write_text(KUBECONFIG)
    for name in ("KUBECONFIG", "PGSERVICE", "PGHOSTADDR", "PGDATABASE", "PGPORT", "XDG_CONFIG_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(bin_))
    monkeypatch.setenv("PGHOST", "db.staging.example.com")
    monkeypatch.setenv("PGPASSWORD", "hunter2hunter2")
    (tmp_path / "shop").mkdir()
    monkeypatch.chdir(tmp_path / "shop")
    return tmp_path


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main.run(["env", *words]) == Exit.DONE
    return capsys.readouterr().out


def test_the_most_dangerous_place_comes_first_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    prod, staging, rest = printed(capsys).split("\n\n")
    assert prod.splitlines()[0] == "▓▓ PROD ▓▓      kubectl"
    assert "since ~/.kube/config current-context is prod-eu" in prod
    assert "the word `prod` means prod: environments.toml, environment `prod`" in prod
    assert staging.splitlines()[0] == "-- staging --   psql"
    assert rest.splitlines()[-1].strip() == "terraform"


def test_a_program_that_is_not_here_is_told_of_only_when_asked_for_all(capsys: pytest.CaptureFixture[str]) -> None:
    assert "helm" not in printed(capsys)
    assert "helm" in printed(capsys, "--all")


def test_a_name_of_the_team_counts_and_its_file_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = home / "policy"
    config.mkdir()
    (config / "environments.toml").write_text(
        '[[environment]]\nname = "live"\ntier = "prod"\nhosts = ["db.staging.example.com"]\n'
        'match = ["host:db.staging.example.com"]\nnot_match = ["host:db.example.com"]\n'
    )
    told = printed(capsys, "--config", str(config), "--explain", "psql")
    assert told.startswith("▓▓ PROD ▓▓ live  psql")
    assert f"the host `db.staging.example.com` means live: {config}/environments.toml" in " ".join(told.split())


def test_to_explain_takes_in_what_the_command_line_says(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(capsys, "--explain", "psql -h localhost")
    assert told.startswith(".. dev ..       psql")


def test_to_explain_tells_what_was_looked_at_and_prints_no_value(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed(capsys, "--explain", "psql")
    assert "PGHOST      set" in told
    assert "PGSERVICE   not set" in told
    assert "hunter2hunter2" not in told


def test_json_says_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    found = {place["tier"]: place for place in json.loads(printed(capsys, "--json"))}
    assert found["prod"]["programs"] == ["kubectl"]
    assert found["staging"]["because"] == [{"source": "PGHOST", "says": "db.staging.example.com"}]
    explained = json.loads(printed(capsys, "--json", "--explain", "psql"))
    assert {"kind": "variable", "subject": "PGHOST", "there": True} in explained["looked_at"]


@pytest.mark.parametrize("text", ["ls -l", "nosuchprogram"])
def test_what_reaches_nothing_is_an_error_with_a_way_out(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main.run(["env", "--explain", text]) == Exit.ERROR
    assert f"`{text.split(maxsplit=1)[0]}` acts on this machine, or no table knows it" in capsys.readouterr().err
