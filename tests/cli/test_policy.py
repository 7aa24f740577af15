"""`agentguard policy`: what it says about good files and bad ones, and with which code it ends."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard.cli import main
from agentguard.model.errors import Exit

RULE = """[[rule]]
id = "no-drops"
because = "we keep our tables"
action = "block"
when = { verb = "drop", kind = "sql.table", tier = "prod" }
match = ["prod: psql -c 'drop table orders'"]
not_match = ["dev: psql -c 'drop table orders'"]
"""
MILD = RULE.replace("no-drops", "mild").replace('"block"', '"ask"')


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "policy.toml"
    path.write_text(RULE)
    return path


def test_check_tells_each_file_with_its_rules_and_examples(file: Path, capsys: pytest.CaptureFixture[str]):
    assert main.run(["policy", "check", str(file)]) == Exit.DONE
    base, mine, digest = capsys.readouterr().out.splitlines()
    assert base.startswith("✓ policies/default.toml  19 rules")
    assert mine == f"✓ {file}  1 rule, 2 examples"
    assert digest.startswith("  base default, policy ")


def test_check_ends_with_an_error_that_names_file_rule_and_hint(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(RULE.replace('"prod" }', '"prodd" }'))
    assert main.run(["policy", "check", str(file)]) == Exit.ERROR
    assert f"unknown tier `prodd` in {file}, rule `no-drops`: did you mean `prod`?" in capsys.readouterr().err


def test_check_without_a_file_takes_what_holds_here(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    project = tmp_path / "shop" / ".agentguard"
    project.mkdir(parents=True)
    (project / "policy.toml").write_text(MILD.replace('"ask"', '"allow"'))
    monkeypatch.chdir(project.parent)
    assert main.run(["policy", "check", "--config", str(tmp_path)]) == Exit.ERROR
    told = capsys.readouterr().out
    assert f"✓ {file}  1 rule, 2 examples" in told
    assert "! a project's file was refused: only the base may allow" in told


def test_check_reads_a_projects_file_as_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / ".agentguard" / "policy.toml"
    path.parent.mkdir()
    path.write_text(RULE)
    assert main.run(["policy", "check", str(path)]) == Exit.DONE
    path.write_text("[hold]\nminutes = 5\n" + RULE)
    assert main.run(["policy", "check", str(path)]) == Exit.ERROR
    assert "a project may not set `hold`" in capsys.readouterr().out


def test_check_reads_names_of_environments(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "environments.toml"
    entry = '[[environment]]\nname = "shop"\ntier = "prod"\nhosts = ["db1"]\nmatch = ["host:db1"]\n'
    entry += 'not_match = ["host:db2"]\n'
    path.write_text(entry)
    assert main.run(["policy", "check", str(path)]) == Exit.DONE
    assert f"✓ {path}  names of environments" in capsys.readouterr().out
    path.write_text(entry.replace('"prod"', '"prodd"'))
    assert main.run(["policy", "check", str(path)]) == Exit.ERROR


def test_test_shows_every_example_and_who_decides_it(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(RULE + MILD)
    assert main.run(["policy", "test", str(file)]) == Exit.DONE
    told = capsys.readouterr().out
    assert "  ✓     prod: psql -c 'drop table orders'\n        decided by no-drops\n" in told
    assert "  ✓ not dev: psql -c 'drop table orders'" in told
    assert "✓ 2 rules, 4 examples, all as they should be" in told
    assert "! `mild` decides none of its own examples" in told
    assert "! `no-drops`" not in told


def test_test_goes_on_after_an_example_that_fails(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text(RULE.replace("dev: psql", "prod: psql"))
    assert main.run(["policy", "test", str(file)]) == Exit.ERROR
    told = capsys.readouterr().out
    assert "  ✗ not prod: psql -c 'drop table orders'" in told
    assert "it reads as" in told
    assert "destructive: drop one" in told
    assert "✗ 1 rule, 2 examples, 1 failed" in told


def test_test_can_be_run_against_another_base(file: Path, capsys: pytest.CaptureFixture[str]):
    file.write_text('base = "team"\n' + MILD)
    assert main.run(["policy", "test", str(file)]) == Exit.DONE
    assert "decided by loss-in-prod" in capsys.readouterr().out
    assert main.run(["policy", "test", str(file), "--against", "solo"]) == Exit.DONE
    assert main.run(["policy", "test", str(file), "--against", "nobody"]) == Exit.USAGE


@pytest.mark.parametrize(("words", "name"), [([], "rule"), (["environments"], "environment")])
def test_schema_is_json_schema_of_the_file(words: list[str], name: str, capsys: pytest.CaptureFixture[str]):
    assert main.run(["policy", "schema", *words]) == Exit.DONE
    schema = json.loads(capsys.readouterr().out)
    assert name in schema["properties"]
    assert schema["additionalProperties"] is False


def test_the_schema_knows_the_words_of_a_condition(capsys: pytest.CaptureFixture[str]):
    main.run(["policy", "schema"])
    schema = json.loads(capsys.readouterr().out)
    word, several = schema["$defs"]["When"]["properties"]["tier"]["anyOf"]
    assert several["items"] == word
    assert "prod" in schema["$defs"]["Tier"]["enum"]
