"""A finding made small: the shortest text found that breaks in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.fuzz.targets import Input
from tests.fuzz.watch import Finding, judged

PATIENCE = 20.0  # seconds that one finding is worth


def minimised(finding: Finding) -> Finding:
    """The finding with as much taken out of its text as could be in PATIENCE seconds."""
    until = time.monotonic() + PATIENCE

    def breaks(text: str) -> bool:
        again, _ = judged(Input(finding.item.target, text))
        return again is not None and again.kind == finding.kind

    text = shortened(finding.item.text, breaks, lambda: time.monotonic() > until)
    return Finding(finding.why, Input(finding.item.target, text))


def shortened(text: str, breaks: Callable[[str], bool], tired: Callable[[], bool]) -> str:
    """Stretches are taken out, half of the text first and single characters last, while it still breaks."""
    size = max(1, len(text) // 2)
    while size and not tired():
        at, shorter = 0, text
        while at < len(shorter) and not tired():
            without = shorter[:at] + shorter[at + size :]
            if breaks(without):
                shorter = without
            else:
                at += size
        size = min(size, len(shorter)) // 2 if shorter == text or size > 1 else size
        text = shorter
    return text
