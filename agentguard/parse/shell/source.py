"""What a text maker may look at: its input and files, of which the ones on disk are only read when that is allowed."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.command import UNKNOWN_PART
from agentguard.parse.shell.host import Host


class NeedsFile(Exception):
    """The output depends on a file that the line did not write: it is read only if the output would run."""


@dataclass(frozen=True, slots=True)
class Source:
    """What a maker may look at: its shell, its input, and whether files may be read now."""

    shell: Host
    stdin: str | None
    reads: bool = False

    def fed(self) -> str | None:
        """The input; None where it is not known."""
        if self.stdin is None or UNKNOWN_PART not in self.stdin:
            return self.stdin
        if not self.reads:
            raise NeedsFile
        text = self.shell.scope.forced(self.stdin)
        return None if UNKNOWN_PART in text else text

    def file(self, name: str) -> str | None:
        """The text of a file operand."""
        path = self.shell.scope.path(name)
        known = self.shell.scope.files.get(path)
        if known is not None:
            return known
        if not self.reads:
            raise NeedsFile
        return self.shell.text_of(path)
