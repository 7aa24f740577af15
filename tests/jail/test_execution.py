"""Against bash itself: a sample of what `python -m tests.jail.run` does with thousands of texts."""

from __future__ import annotations

import pytest

from tests.jail import cell, compare, generate, left

SAMPLE = 900  # texts: every hand-made alternative once, and some that chance made
SEED = 20


@pytest.mark.slow
def test_nothing_runs_that_was_neither_listed_nor_marked_as_unknown() -> None:
    texts = list(generate.texts(SAMPLE, SEED))
    try:
        ran = cell.run([("bash", text) for text in texts])
    except cell.NoJail as why:
        pytest.skip(f"no jail here: {why}")
    every = [compare.compared("bash", text, each) for text, each in zip(texts, ran, strict=True)]
    unseen = [(each.text, each.missed) for each in every if each.missed and not each.unknown]
    assert [each for each in unseen if not left.reason(each[0])] == []
    assert sum(map(len, ran)) > SAMPLE  # else the jail runs nothing, and proves nothing
    careful = sum(each.unknown and not each.missed for each in every)
    assert careful < SAMPLE / 25  # what is plain is read
