"""Is the log what was written? Answered from the file and from what others remember of it.

Promises: an entry that was changed, dropped, swapped or put in is named. A tail that was cut, or a chain that was made
anew from some entry on, shows against a witness: the store's head, or the log heads that approvers signed in their
votes. Where nobody remembers as far as the end, the answer says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType

from agentguard.audit.chain import Entry, follows, parse
from agentguard.model.errors import Exit
from agentguard.model.record import Head


class Finding(StrEnum):
    INTACT = "intact"
    TAMPERED = "tampered"
    UNWITNESSED = "unwitnessed"
    CANNOT_TELL = "cannot tell"


EXITS: Mapping[Finding, Exit] = MappingProxyType(
    {
        Finding.INTACT: Exit.DONE,
        Finding.TAMPERED: Exit.TAMPERED,
        Finding.UNWITNESSED: Exit.UNWITNESSED,
        Finding.CANNOT_TELL: Exit.CANNOT_TELL,
    }
)


@dataclass(frozen=True, slots=True)
class Verification:
    """The answer: `entry` is the number of the entry it is about (0: none), `what` says it in words."""

    finding: Finding
    entry: int
    what: str
    entries: int

    @property
    def exit(self) -> Exit:
        return EXITS[self.finding]


@dataclass(frozen=True, slots=True)
class Witness:
    """A head that somebody remembers, and who: `the store`, or `the vote of bob`."""

    head: Head
    who: str


def verify(path: Path, witnesses: Iterable[Witness] = ()) -> Verification:
    """Check the log at `path`, against what the witnesses remember. Never raises."""
    witnesses = tuple(witnesses)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        data = b""
        if not any(w.head.number for w in witnesses):
            return Verification(Finding.CANNOT_TELL, 0, f"there is no log at {path}", 0)
    except OSError as error:
        return Verification(Finding.CANNOT_TELL, 0, f"{path} cannot be read ({error.strerror})", 0)
    return verify_lines(data, witnesses)


def verify_lines(data: bytes, witnesses: tuple[Witness, ...] = ()) -> Verification:
    """The same for the bytes of a log."""
    *lines, torn = data.split(b"\n")
    head = Head()
    hashes = [head.hash]
    for line in lines:
        entry = _entry(line, head, hashes)
        if isinstance(entry, str):
            return Verification(Finding.TAMPERED, head.number + 1, entry, head.number)
        head = entry.head
        hashes.append(head.hash)
    return _against(witnesses, hashes, head, torn=bool(torn))


def _entry(line: bytes, head: Head, hashes: list[str]) -> Entry | str:
    """The entry, or what is wrong with it: its form, its place in the chain, or the head that its vote remembers."""
    try:
        entry = parse(line)
    except (ValueError, RecursionError) as error:
        return f"it cannot be read: {error}"
    return follows(entry, head) or _forgets(entry, hashes) or entry


def _forgets(entry: Entry, hashes: list[str]) -> str:
    """Every vote in the log remembers the head that its voter saw: it must stand before the vote."""
    vote = entry.body.get("vote")
    ballot = vote.get("ballot") if isinstance(vote, dict) else None
    if not isinstance(ballot, dict):
        return ""
    number = ballot.get("entry")
    there = isinstance(number, int) and 0 <= number < len(hashes) and hashes[number] == ballot.get("head")
    return "" if there else f"the vote of {ballot.get('person')} remembers an entry {number} that is not there"


def _against(witnesses: tuple[Witness, ...], hashes: list[str], head: Head, *, torn: bool) -> Verification:
    for witness in sorted(witnesses, key=lambda w: w.head.number):
        number = witness.head.number
        if number > head.number:
            what = f"the log ends at {head.number}, and {witness.who} remembers {number}"
            return Verification(Finding.TAMPERED, head.number + 1, what, head.number)
        if hashes[number] != witness.head.hash:
            return Verification(Finding.TAMPERED, number, f"{witness.who} remembers another entry", head.number)
    last = max(witnesses, key=lambda w: w.head.number, default=Witness(Head(), "nobody"))
    return _ending(last, head, torn=torn)


def _ending(last: Witness, head: Head, *, torn: bool) -> Verification:
    known = last.head.number
    if torn:
        what = "the last line is torn, as by a crash while it was written; nothing can have come of it"
        return Verification(Finding.UNWITNESSED, head.number + 1, what, head.number)
    if known < head.number:
        what = f"nobody but the log itself remembers the entries from {known + 1} on"
        return Verification(Finding.UNWITNESSED, known + 1, what, head.number)
    if not head.number:
        return Verification(Finding.CANNOT_TELL, 0, "the log is empty", 0)
    return Verification(Finding.INTACT, 0, f"{head.number} entries, witnessed to the end by {last.who}", head.number)
