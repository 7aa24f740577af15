"""`agentguard tool`: what it says of commands, and of a team's own tables, good ones and bad ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from agentguard.cli import main
from agentguard.model.errors import Exit

TABLE = """program = "shopctl"
about = "manages the shop's tenants"
at = "named"

[[row]]
path = ["tenant rm"]
verb = "delete"
kind = "shop.tenant"
because = "a tenant goes with its orders"
safer = ["shopctl tenant export NAME first"]
harmless = ["--dry-run"]

[[row]]
path = ["tenant list"]

[[example]]
run = "shopctl tenant rm acme"
is = "delete one shop.tenant"

[[example]]
run = "shopctl tenant rm acme --dry-run"
is = "read"

[[example]]
run = "shopctl tenant list"
is = "read"
"""

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A table of the team's own, where it would count."""
    path = tmp_path / "policy" / "tools" / "shopctl.toml"
    path.parent.mkdir(parents=True)
    path.write_text(TABLE)
    return path


def words(text: str) -> str:
    return " ".join(text.split())


def test_a_command_is_explained_from_its_row(capsys: Capture) -> None:
    assert main.run(["tool", "explain", "aws", "rds", "delete-db-instance"]) == Exit.DONE
    told = words(capsys.readouterr().out)
    assert told.startswith("aws rds delete-db-instance talks to Amazon Web Services does delete all")
    assert "told by the row `rds delete-db-instance` of its table" in told
    assert "--final-db-snapshot-identifier" in told


def test_options_belong_to_the_command_that_is_explained(capsys: Capture) -> None:
    assert main.run(["tool", "explain", "kubectl", "delete", "pod", "x", "--dry-run=client"]) == Exit.DONE
    assert "does read" in words(capsys.readouterr().out)


def test_a_command_that_no_row_names_is_explained_by_its_words(capsys: Capture) -> None:
    assert main.run(["tool", "explain", "aws", "nosuchservice", "delete-thing"]) == Exit.DONE
    assert "told by the words of `delete-thing`: no row names it" in words(capsys.readouterr().out)


def test_a_program_that_no_table_knows_is_an_error_with_a_hint(capsys: Capture) -> None:
    assert main.run(["tool", "explain", "kubectll", "delete"]) == Exit.ERROR
    assert "no table knows `kubectll`: did you mean `kubectl`?" in capsys.readouterr().err


def test_a_table_of_the_teams_own_counts_from_its_folder(table: Path, capsys: Capture) -> None:
    config = str(table.parent.parent)
    assert main.run(["tool", "explain", "--config", config, "shopctl", "tenant", "rm", "acme"]) == Exit.DONE
    assert "a tenant goes with its orders" in words(capsys.readouterr().out)
    assert main.run(["check", "--config", config, "shopctl tenant rm acme --dry-run"]) == Exit.DONE
    assert main.run(["check", "--config", config, "shopctl tenant rm acme"]) == Exit.HELD


def test_check_says_that_a_table_is_fine(table: Path, capsys: Capture) -> None:
    assert main.run(["tool", "check", str(table)]) == Exit.DONE
    assert capsys.readouterr().out == f"✓ {table}  2 rows, 3 examples\n"


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('is = "delete one shop.tenant"', 'is = "read"', "the example `shopctl tenant rm acme` is `delete one"),
        ('run = "shopctl tenant list"', 'run = "shopctl tenant rm --dry-run"', "no example reaches the row `tenant"),
        (
            'safer = ["shopctl tenant export NAME first"]\n',
            "",
            "the row `tenant rm` may be held, and says no safer way",
        ),
    ],
)
def test_check_says_what_a_table_lacks(was: str, becomes: str, told: str, table: Path, capsys: Capture) -> None:
    table.write_text(TABLE.replace(was, becomes))
    assert main.run(["tool", "check", str(table)]) == Exit.ERROR
    assert told in words(capsys.readouterr().out)


@pytest.mark.parametrize(
    ("was", "becomes", "told"),
    [
        ('verb = "delete"', 'verb = "remove"', "at `row.0.verb`"),
        ('about = "', "about = ", "this is not TOML"),
        ('"shopctl"', '"kubectl"', "`kubectl` has two tables"),
    ],
)
def test_a_table_that_does_not_load_names_its_file(
    was: str, becomes: str, told: str, table: Path, capsys: Capture
) -> None:
    table.write_text(TABLE.replace(was, becomes, 1))
    assert main.run(["tool", "check", str(table)]) == Exit.ERROR
    error = words(capsys.readouterr().err)
    assert told in error
    assert "shopctl.toml" in error


def test_a_broken_table_in_its_folder_stops_whoever_would_judge_by_it(table: Path, capsys: Capture) -> None:
    table.write_text(TABLE.replace('is = "delete one shop.tenant"', 'is = "read"'))
    assert main.run(["check", "--config", str(table.parent.parent), "ls"]) == Exit.ERROR
    assert "`agentguard tool check` shows every example" in words(capsys.readouterr().err)
