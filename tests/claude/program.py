"""Where the real Claude Code is found: AGENTGUARD_CLAUDE names it, else it is what `.ci/run` has installed.

An empty AGENTGUARD_CLAUDE says that there is none.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

CACHE = Path(__file__).parents[2] / ".cache" / "claude"
INSTALLED = "node_modules/@anthropic-ai/claude-code-*/claude"


def claude_code() -> Path:
    """The program. Skips the test where it is absent."""
    named = os.environ.get("AGENTGUARD_CLAUDE")
    found = sorted(CACHE.glob(INSTALLED)) if named is None else [Path(named)]
    if not found or not found[0].is_file():
        pytest.skip("absent")
    return found[0]
