"""The only file that prints. Standard output is the answer, standard error is for people."""

from __future__ import annotations

import json
import sys

from agentguard.model.errors import AgentguardError


def answer(text: str) -> None:
    """The answer itself, on standard output."""
    print(text)


def answer_json(value: object) -> None:
    """The answer for a program: one line of JSON on standard output."""
    print(json.dumps(value, ensure_ascii=False))


def say(text: str) -> None:
    """A sentence for the person, on standard error."""
    print(text, file=sys.stderr)


def fail(error: AgentguardError) -> int:
    """Say what went wrong, where and the way out; returns the exit code."""
    say(f"agentguard: {error}")
    return int(error.exit)
