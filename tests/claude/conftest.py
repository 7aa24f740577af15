"""A shop for each test of the real Claude Code."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.claude.program import claude_code
from tests.claude.shop import Shop, a_shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    program = claude_code()
    with a_shop(tmp_path, program) as made:
        yield made
