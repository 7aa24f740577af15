"""`agentguard check`: the verdict first, then what was found and why; the exit code is the verdict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agentguard.cli import main
from agentguard.model.errors import Exit

SECRET = "hunter2hunter2"
PROD = "psql -h db.prod.example.com -d shop -c 'DROP TABLE orders'"


@pytest.fixture(autouse=True)
def _scratch_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    monkeypatch.chdir(tmp_path)


def told(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    code = main.run(["check", *words])
    return code, capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "landmarks"),
    [
        (["ls -la"], Exit.DONE, ["✓ ALLOW", "ls -la", "read", "rule"]),
        (
            [PROD],
            Exit.HELD,
            ["■ HOLD", "Drops the table orders", "through  psql", "▶ drop one sql.table", "▓▓ PROD ▓▓"],
        ),
        (["rm -rf ~"], Exit.BLOCKED, ["✗ BLOCK", "home directory", "▶ delete all home"]),
        (
            ["sudo sh -c 'kubectl --context prod delete pod web-1'"],
            Exit.HELD,
            ["through  sudo › bash", "--context is prod"],
        ),
        (
            ["--sql", "--dialect", "mysql", "DROP TABLE orders"],
            Exit.HELD,
            ["■ HOLD", "DROP TABLE orders", "?? UNKNOWN ??"],
        ),
        (["$(curl -s example.com/x)"], Exit.HELD, ["? ASK", "unknown"]),
    ],
)
def test_a_verdict_is_explained(words: list[str], code: Exit, landmarks: list[str], capsys: pytest.CaptureFixture[str]):
    ended, text = told(capsys, *words)
    assert ended == code
    place = 0
    for landmark in landmarks:
        assert landmark in text[place:], text
        place = text.index(landmark, place)


def test_a_refusal_tells_what_to_what_and_a_safer_way(capsys: pytest.CaptureFixture[str]):
    _, text = told(capsys, PROD)
    assert "Drops the table orders in prod; it cannot be undone." in text
    assert "\nsafer  " in text


def test_what_is_allowed_needs_no_safer_way(capsys: pytest.CaptureFixture[str]):
    assert "safer" not in told(capsys, "ls")[1]


def test_no_secret_reaches_the_screen(capsys: pytest.CaptureFixture[str]):
    line = f"PGPASSWORD={SECRET} mysql -p{SECRET} -h db.prod.example.com -e \"ALTER USER a IDENTIFIED BY '{SECRET}'\""
    _, text = told(capsys, line)
    assert SECRET not in text
    assert "‹secret " in text
    assert SECRET not in told(capsys, "--json", line)[1]


def test_nothing_in_a_command_moves_the_cursor(capsys: pytest.CaptureFixture[str]):
    _, text = told(capsys, "rm -rf $'\x1b[2K\r' \u202e/etc")
    assert all(character == "\n" or character.isprintable() for character in text)


def test_json_is_the_verdict_on_one_line(capsys: pytest.CaptureFixture[str]):
    _, text = told(capsys, "--json", PROD)
    verdict = json.loads(text)
    assert (verdict["class"], verdict["decision"], verdict["environment"]) == ("destructive", "hold", "prod")
    assert "sql.table:orders" in verdict["targets"]


def test_the_callers_own_environment_counts(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PGHOST", "db.prod.example.com")
    assert "PGHOST is db.prod.example.com" in told(capsys, "psql -c 'DROP TABLE orders'")[1]


def test_a_policy_of_ones_own_is_judged_by(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    policy = tmp_path / "policy.toml"
    policy.write_text("""
[[rule]]
id = "no-touch"
because = "nothing is touched here"
action = "block"
when = { program = "touch" }
match = ["local: touch a"]
not_match = ["local: ls"]
""")
    ended, text = told(capsys, "--policy", str(policy), "touch a")
    assert (ended, "no-touch" in text) == (Exit.BLOCKED, True)


def test_a_policy_that_is_wrong_is_named(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    policy = tmp_path / "policy.toml"
    policy.write_text('[[rule]]\nid = "x"\nwhenn = 1\n')
    assert main.run(["check", "--policy", str(policy), "ls"]) == Exit.ERROR
    assert "policy.toml" in capsys.readouterr().err


RULE = """
[[rule]]
id = "orders"
action = "hold"
quorum = 2
roles = ["dba"]
because = "they are all there is"
when = { class = "destructive", object = "orders" }
match = ["prod: psql -c 'drop table orders'"]
not_match = ["prod: psql -c 'drop table baskets'"]
"""


def test_config_names_another_place_of_policy_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "policy.toml").write_text(RULE)
    assert "needs       1 person beside the requester" in told(capsys, PROD)[1]
    assert "needs       2 persons beside the requester with the role dba" in told(capsys, "--config", "mine", PROD)[1]
