"""Where the policies that ship are: inside the installed package, or beside it in a checkout."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from agentguard.model.errors import PolicyError

CHECKOUT = Path(__file__).resolve().parents[2] / "policies"


def shipped_text(name: str) -> str:
    """The text of a shipped policy file such as `environments.toml`. Raises PolicyError where it does not ship."""
    for place in (files("agentguard") / "policies", CHECKOUT):
        source = place / name
        if source.is_file():
            return source.read_text(encoding="utf-8")
    raise PolicyError(f"`{name}` does not ship", hint="install agentguard again; its wheel holds the policies")
