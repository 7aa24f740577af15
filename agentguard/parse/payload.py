"""One thing a command carries for something else to run."""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.model.command import Landing, Word


@dataclass(frozen=True, slots=True)
class Payload:
    """One thing carried, in a `language` (argv, shell, sql, python, make, …).

    `words` for argv; `text` or `file` for every other language; where neither is known, `missing` says why. `rest` are
    the payload's own arguments, $0 first. `how` is the word for it in Via.
    """

    language: str
    words: tuple[Word, ...] = ()
    text: Word | None = None
    file: Word | None = None
    missing: str = ""
    rest: tuple[Word, ...] = ()
    lands: Landing = Landing.HERE
    place: str = ""
    dialect: str = ""
    how: str = "wrapper"
    variables: tuple[tuple[str, Word | None], ...] = ()
    bare_environment: bool = False
    directory: Word | None = None  # where it starts, as written; None: where its carrier does
