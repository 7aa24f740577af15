"""The disagreements that are left, and why: `left.txt`."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path


@cache
def reasons() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Patterns of texts, each with its reason."""
    lines = Path(__file__).with_name("left.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" :: ", 1) for line in lines if line and not line.startswith("#"))
    return tuple((re.compile(pattern), reason) for pattern, reason in pairs)


def reason(text: str) -> str:
    """Why a text may run something unseen; empty where no reason is kept."""
    return next((why for pattern, why in reasons() if pattern.search(text)), "")
