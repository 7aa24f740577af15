"""Laws 9 and 10: whoever touches the log is named, and no secret of a call is written down.

As for every law, bugs are planted below, and each must be found within BUDGET examples.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from agentguard.audit import chain, redaction, verify
from agentguard.audit.binding import brief, record_of
from agentguard.audit.chain import Entry, link
from agentguard.audit.redaction import KEY_BYTES, Redactor
from agentguard.audit.verify import Finding, Witness, verify_lines
from agentguard.model.call import Argv, Body, FileWrite, ShellLine, ToolCall
from agentguard.model.record import Head, canonical, to_record
from tests.audit.plans import plan
from tests.audit.test_redaction import PLACES

BUDGET = 200
QUICK = settings(max_examples=BUDGET, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
BODIES = st.dictionaries(st.sampled_from(("call", "rule", "n")), st.text(max_size=5) | st.integers(0, 9), max_size=3)


def written(bodies: list[dict[str, str | int]]) -> tuple[list[bytes], Head]:
    """The lines of a log, and its head."""
    lines, head = [], Head()
    for time, body in enumerate(bodies):
        entry = link(head, time, "decision", dict(body))
        lines.append(entry.line())
        head = entry.head
    return lines, head


@dataclass(frozen=True)
class Edit:
    """One edit of a log: what is done, at which line, and with which byte of it or other line."""

    what: str
    at: int
    other: int

    def __call__(self, lines: list[bytes]) -> tuple[list[bytes], int]:
        """The lines after it, and the number of the first entry that is not what was written."""
        at, other = self.at % len(lines), self.other % len(lines)
        edited = list(lines)
        match self.what:
            case "drop":
                edited.pop(at)
                return edited, at + 1
            case "swap":
                edited[at], edited[other] = edited[other], edited[at]
                return edited, min(at, other) + 1
            case "insert":
                edited.insert(at, lines[other])
                return edited, at + 1 + (at == other)
            case "rewrite":
                entry = chain.parse(lines[at])
                edited[at] = link(Head(at, entry.previous), entry.time, "decision", {"call": "nothing to see"}).line()
                return edited, at + 1
            case _:
                byte = self.other % len(lines[at])
                edited[at] = lines[at][:byte] + bytes([lines[at][byte] ^ 1]) + lines[at][byte + 1 :]
                return edited, at + 1


EDITS = st.builds(
    Edit,
    st.sampled_from(("drop", "swap", "insert", "rewrite", "change")),
    st.integers(0, 1000),
    st.integers(0, 1000),
)


@QUICK
@given(st.lists(BODIES, min_size=2, max_size=8), EDITS)
def whoever_touches_the_log_is_named(bodies: list[dict[str, str | int]], edit: Edit) -> None:
    lines, head = written(bodies)
    edited, number = edit(lines)
    answer = verify_lines(b"".join(line + b"\n" for line in edited), (Witness(head, "the store"),))
    if edited == lines:
        assert answer.finding is Finding.INTACT
        return
    assert answer.finding is Finding.TAMPERED
    # an entry rewritten in keeping with the one before it shows at the next one, which does not hold its hash
    assert answer.entry in ((number, number + 1) if edit.what == "rewrite" else (number,))


def test_law_9_whoever_touches_the_log_is_named() -> None:
    whoever_touches_the_log_is_named()


Plant = Callable[[pytest.MonkeyPatch], None]


def lenient(line: bytes) -> Entry:
    """A reader that takes any spelling."""
    return Entry(**chain.json.loads(line))


LOG_MUTANTS: dict[str, Plant] = {
    "hashes are not worked out again": lambda patch: patch.setattr(
        verify, "follows", lambda entry, head: "" if entry.previous == head.hash else "apart"
    ),
    "the chain is not followed": lambda patch: patch.setattr(verify, "follows", lambda _entry, _head: ""),
    "any spelling will do": lambda patch: patch.setattr(verify, "parse", lenient),
    "the store is not asked": lambda patch: patch.setattr(
        verify,
        "_against",
        lambda _witnesses, _hashes, head, torn: verify._ending(Witness(head, "all"), head, torn=torn),
    ),
}


@pytest.mark.parametrize("mutant", LOG_MUTANTS)
def test_law_9_finds_a_planted_bug(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    LOG_MUTANTS[mutant](monkeypatch)
    with pytest.raises((AssertionError, IndexError, KeyError, TypeError)):
        whoever_touches_the_log_is_named()


LETTERS = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789!#%*+-_.~^"
SECRETS = st.text(LETTERS, min_size=8, max_size=60).map("Zq{}".format)  # so that no word of a record is one
FORMS: tuple[Callable[[str], Body], ...] = (
    ShellLine,
    lambda text: ToolCall("mcp__shell__run", {"command": text}),
    lambda text: FileWrite("/home/ada/run.sh", text),
    lambda text: Argv(("bash", "-c", text)),
)


@QUICK
@given(st.sampled_from(PLACES), SECRETS, SECRETS, st.sampled_from(FORMS))
def no_secret_is_written_down(place: str, secret: str, other: str, form: Callable[[str], Body]) -> None:
    redactor = Redactor(b"k" * KEY_BYTES)
    one, two = (form(place.replace("@@", text)) for text in (secret, other))
    records = [canonical(to_record(record_of(plan(body), redactor))).decode() for body in (one, two)]
    assert secret not in records[0]
    assert secret not in brief(one, redactor)[0]
    assert (records[0] != records[1]) == (secret != other)


def test_law_10_no_secret_is_written_down_and_two_that_differ_still_do() -> None:
    no_secret_is_written_down()


def without(piece: str) -> Plant:
    """The redactor without the patterns that hold this piece."""
    kept = tuple(pattern for pattern in redaction.PATTERNS if piece not in pattern.pattern)
    return lambda patch: patch.setattr(redaction, "PATTERNS", kept)


SECRET_MUTANTS: dict[str, Plant] = {
    "nothing is replaced": lambda patch: patch.setattr(Redactor, "redact", lambda _self, text: text),
    "only what has the shape of a token is": lambda patch: patch.setattr(
        redaction, "PATTERNS", redaction.PATTERNS[-2:]
    ),
    "names that tell a secret are not known": without("passphrase|passcode"),
    "two secrets have one seal": lambda patch: patch.setattr(Redactor, "seal", lambda _self, _text: "0" * 64),
}


@pytest.mark.parametrize("mutant", SECRET_MUTANTS)
def test_law_10_finds_a_planted_bug(mutant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    SECRET_MUTANTS[mutant](monkeypatch)
    if mutant == "two secrets have one seal":
        monkeypatch.setattr(Redactor, "mark", lambda _self, _secret: "‹secret 0000›")
    with pytest.raises(AssertionError):
        no_secret_is_written_down()
