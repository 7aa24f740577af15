"""What an agent's own texts make it run by itself: lines of skills and commands, hooks in their heads. Pure.

Claude Code runs `` !`line` `` and fences that begin with three backticks and `!` when it loads a skill or a command,
and starts the hooks that their heads name; no hook is asked about either. Promises: of a whole file each is found.
Of an edit only the new text is known, so one that could complete such a line counts as one that holds it.
"""

from __future__ import annotations

import re

from agentguard.model.call import FileWrite

AMONG = re.compile(r"(?:^|/)\.claude/(?:skills|commands|agents)(?:/|$)", re.IGNORECASE)
RUNS = re.compile(r"!`|^\s*`{3,}!|^hooks\s*:", re.MULTILINE)
COMPLETES = re.compile(r"!\Z|\A`")  # of an edit: what it stands beside is in the file


def is_skill(path: str) -> bool:
    """Whether Claude Code reads a file for a skill, a command or a subagent."""
    return is_among_skills(path) and path.lower().endswith(".md")


def is_among_skills(path: str) -> bool:
    """Whether a path lies where Claude Code looks for skills, commands and subagents."""
    return AMONG.search(path) is not None


def runs_by_itself(text: str) -> bool:
    """Whether a skill of this text runs something that no hook is asked about."""
    return RUNS.search(text) is not None


def makes_run(written: FileWrite) -> bool:
    """Whether a file that an agent writes itself makes another run something by itself."""
    completes = not written.whole and COMPLETES.search(written.content) is not None
    return is_skill(written.path) and (completes or runs_by_itself(written.content))
