"""The verb of a sub-command is found in its words, wherever a tool puts them; asking for help does nothing."""

from __future__ import annotations

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, shipped
from agentguard.tools.schema import pieces_of

TOOLBOX = Toolbox(shipped())


def found(line: str) -> str:
    surroundings = Surroundings(Memory({}, {"HOME": "/home/dev"}), "/home/dev/shop")
    return plan(Call(ShellLine(line), "/home/dev/shop"), surroundings, TOOLBOX).findings[0].effect.describe()


@pytest.mark.parametrize(
    ("word", "pieces"),
    [
        ("delete-bucket", ("delete", "bucket")),
        ("deleteBucket", ("delete", "bucket")),
        ("purge_queue", ("purge", "queue")),
        ("spaces:peerings:destroy", ("destroy",)),
        ("ls", ("ls",)),
        ("", ("",)),
    ],
)
def test_a_verb_is_looked_for_in_the_pieces_of_a_word(word: str, pieces: tuple[str, ...]) -> None:
    assert pieces_of(word) == pieces


@pytest.mark.parametrize(
    "line",
    [
        "heroku ci:config:unset KEY",
        "appwrite users deleteSessions --userId 1",
        "atlas clusters search indexes delete 5",
    ],
)
def test_a_verb_that_destroys_is_found_behind_colons_capitals_and_groups_called_like_a_verb(line: str) -> None:
    assert found(line).startswith("delete ")


@pytest.mark.parametrize(
    "line", ["doctl compute cdn", "fly help apps destroy", "helm repo help", "atlas help clusters delete"]
)
def test_a_group_alone_and_a_page_of_help_are_reads(line: str) -> None:
    assert found(line) == "read"


@pytest.mark.parametrize(
    "line",
    ["fly apps destroy help", "doctl compute droplet delete help", "kubectl delete pod help", "npm unpublish help"],
)
def test_an_object_called_help_is_destroyed_as_any_other(line: str) -> None:
    assert found(line).startswith("delete ")


@pytest.mark.parametrize("line", ["fly frobnicate x", "heroku apps:frobnicate", "hasura md frobnicate", "netlify x:y"])
def test_a_verb_that_no_table_knows_stays_unknown(line: str) -> None:
    assert found(line).startswith("unknown ")
