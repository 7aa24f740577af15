"""The list of persons, and who is at this keyboard; with keys made on the spot, in a scratch home."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from agentguard.cli import main
from agentguard.cli.person_only import BEGINNINGS, MARKS, NotAPersonError, refuse_inside_agent
from agentguard.model.errors import Exit


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scratch home with keys of two persons, in a shell that no agent made."""
    for name in ("ada", "bo"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(tmp_path / name)]
        subprocess.run(words, check=True)
    monkeypatch.setattr("os.environ", {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"})
    return tmp_path


def run(home: Path, *words: str) -> int:
    return main.run([*words, "--config", str(home / "config"), "--state", str(home / "state")])


def test_init_lists_the_first_person_and_remembers_their_key(home: Path, capsys: pytest.CaptureFixture[str]):
    assert run(home, "init", "--name", "ada", "--key", str(home / "ada.pub")) == Exit.DONE
    assert f'key = "{home / "ada"}"' in (home / "config" / "identity.toml").read_text()
    assert run(home, "person", "list", "--json") == Exit.DONE
    (ada,) = json.loads(capsys.readouterr().out)
    assert (ada["name"], ada["roles"]) == ("ada", ["approver"])
    assert ada["os_user"]


def test_init_is_for_the_first_person_only(home: Path):
    run(home, "init", "--name", "ada", "--key", str(home / "ada.pub"))
    assert run(home, "init", "--name", "bo", "--key", str(home / "bo.pub")) == Exit.ERROR


def test_a_second_person_is_added(home: Path, capsys: pytest.CaptureFixture[str]):
    run(home, "init", "--name", "ada", "--key", str(home / "ada.pub"))
    assert run(home, "person", "add", "bo", "--key", str(home / "bo.pub"), "--role", "dba") == Exit.DONE
    capsys.readouterr()
    assert run(home, "person", "list") == Exit.DONE
    assert "bo  (dba)\n    ssh-ed25519 SHA256:" in capsys.readouterr().out


@pytest.mark.parametrize(("name", "key"), [("ada", "bo.pub"), ("bo", "ada.pub")])
def test_nobody_is_listed_twice(home: Path, name: str, key: str):
    run(home, "init", "--name", "ada", "--key", str(home / "ada.pub"))
    before = (home / "config" / "people.toml").read_text()
    assert run(home, "person", "add", name, "--key", str(home / key)) == Exit.ERROR
    assert (home / "config" / "people.toml").read_text() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no public SSH key"),
        ("ssh-ed25519 AAAA", "no public SSH key"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\nx", "this is a private key"),
    ],
)
def test_only_a_public_key_is_taken(home: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]):
    (home / "odd.pub").write_text(text)
    assert run(home, "init", "--name", "ada", "--key", str(home / "odd.pub")) == Exit.ERROR
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("name", ["a b", "ada\n", "*", "ad\u202ea", ""])
def test_a_name_that_could_be_mistaken_is_refused(home: Path, name: str):
    assert run(home, "person", "add", name, "--key", str(home / "bo.pub")) == Exit.ERROR


@pytest.mark.parametrize(
    "line",
    [
        ["init", "--key", "x.pub"],
        ["person", "add", "bo", "--key", "x.pub"],
        ["approve", "ag-aaaaaaaaaa"],
        ["confirm", "ag-aaaaaaaaaa"],
        ["deny", "ag-aaaaaaaaaa", "--reason", "no"],
    ],
    ids=lambda line: line[0],
)
def test_what_is_a_persons_is_refused_inside_an_agent(
    home: Path, line: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr("os.environ", {"HOME": str(home), "PATH": "/usr/bin:/bin", "CLAUDECODE": "1"})
    assert run(home, *line) == Exit.BLOCKED
    assert "CLAUDECODE is set" in capsys.readouterr().err
    assert not (home / "state").exists()


@pytest.mark.parametrize("variable", [*MARKS, *(f"{beginning}X" for beginning in BEGINNINGS)])
def test_every_agent_is_known_by_what_it_sets(variable: str):
    with pytest.raises(NotAPersonError, match=variable):
        refuse_inside_agent("approve", {"HOME": "/home/dev", variable: "1"})


def test_a_persons_own_shell_is_no_agents():
    refuse_inside_agent("approve", {"HOME": "/home/dev", "CLAUDE_DIRECTORY": "x", "EDITOR": "codex"})


def test_whoever_has_not_said_who_they_are_cannot_vote(home: Path, capsys: pytest.CaptureFixture[str]):
    assert run(home, "approve", "ag-aaaaaaaaaa") == Exit.ERROR
    assert "who are you?" in capsys.readouterr().err
