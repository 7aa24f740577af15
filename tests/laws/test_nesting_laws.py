"""Laws 1, 2 and 3 over nestings of every wrapper and quoting, those of the tools' tables and those of the shell."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.laws import world
from tests.laws.carriers import FORMS, LANGUAGES, NO_SHELL, Carrier, carriers, languages
from tests.laws.lines import DANGEROUS, HARMLESS, SNIPPETS

EVERY = (*FORMS, *carriers())
LOCAL, SHARED = "rm -rf victim", "kubectl delete deployment api"
CARRIERS = st.one_of(st.sampled_from(FORMS), st.sampled_from(carriers()))  # as many of the one as of the other
NESTS = st.lists(CARRIERS, min_size=1, max_size=4)


def nested(line: str, carried: list[Carrier]) -> str:
    """The line inside all of them, the first one innermost; one that cannot hold it is passed over."""
    for carrier in carried:
        if set(carrier.unfit).isdisjoint(line) and not (carrier.name == "trap" and "trap" in line):
            line = carrier.wrap(line)  # bash runs no EXIT trap that an EXIT trap sets
    return line


def test_every_language_that_a_table_carries_has_its_way_to_run_a_shell_line_or_has_none() -> None:
    assert languages() <= set(LANGUAGES) | NO_SHELL


def test_the_tables_carry_in_a_great_many_ways() -> None:
    assert len(carriers()) > 200


@pytest.mark.parametrize("line", [LOCAL, SHARED])
@pytest.mark.parametrize("carrier", EVERY, ids=[carrier.name for carrier in EVERY])
def test_law_2_no_wrapper_of_the_tables_and_no_form_of_the_shell_lowers_a_verdict(carrier: Carrier, line: str) -> None:
    assert world.severity(carrier.wrap(line)) >= world.severity(line), carrier.wrap(line)


@given(st.sampled_from(DANGEROUS), NESTS)
@settings(max_examples=200, deadline=None)
def test_law_2_no_nesting_of_them_lowers_a_verdict(line: str, carried: list[Carrier]) -> None:
    whole = nested(line, carried)
    assert world.severity(whole) >= world.severity(line), whole


@given(SNIPPETS, NESTS)
@settings(max_examples=100, deadline=None)
def test_law_1_any_text_inside_them_is_read_within_its_budget(text: str, carried: list[Carrier]) -> None:
    read = world.planned(nested(text, carried))
    assert read.findings
    assert not any("guard itself failed" in unknown.why for unknown in read.reading.unknowns), read.reading.unknowns


@given(st.sampled_from(DANGEROUS), NESTS, st.sampled_from(HARMLESS + DANGEROUS), NESTS, st.sampled_from([";", "\n"]))
@settings(max_examples=100, deadline=None)
def test_law_3_a_nested_command_added_never_lowers_the_verdict(
    line: str, carried: list[Carrier], more: str, around: list[Carrier], joint: str
) -> None:
    whole = nested(line, carried)
    longer = (
        f"{whole}\n{joint}{nested(more, around)}" if joint == "\n" else f"{{ {whole}\n}}{joint} {nested(more, around)}"
    )
    assert world.severity(longer) >= world.severity(whole), longer
