"""`agentguard log`: read the audit log, and verify it. Both read the files themselves and need no broker.

Promises: `verify` names the entry that is wrong and says what it was checked against; its exit code is the answer.
Refuses to mend anything.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import click

from agentguard.audit.chain import Entry, parse
from agentguard.audit.verify import Finding, Verification, Witness, verify
from agentguard.broker.places import Places
from agentguard.cli import terminal
from agentguard.cli.display import display
from agentguard.cli.text import Line, Span, Tone, advice
from agentguard.cli.where import at_places
from agentguard.model.errors import AgentguardError, Exit
from agentguard.model.record import Json, canonical
from agentguard.store import StoreError
from agentguard.store.sqlite import SqliteStore

ENDS = ("ended", "succeed", "fail", "lose")
UNSEEN = "nothing has told the outcome"
MARGIN = 37  # columns of number, time and the everyday kinds

Body = Mapping[str, Json]


@click.group()
def command() -> None:
    """Read the audit log, and verify it."""


@command.command("tail")
@click.option("-n", "count", type=click.IntRange(1), default=20, show_default=True, help="How many entries.")
@click.option("--json", "as_json", is_flag=True, help="The entries as they are, one a line.")
@at_places
def tail(places: Places, count: int, *, as_json: bool) -> int:
    """Show the newest entries, oldest first."""
    lines = _lines(places)[-count:]
    if as_json:
        for text in lines:
            _answer_as_it_is(text)
        return Exit.DONE
    ends = _ends(lines)
    for text in lines:
        terminal.paint(_row(text, ends, terminal.columns()))
    return Exit.DONE


@command.command("verify")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON.")
@at_places
def verify_log(places: Places, *, as_json: bool) -> int:
    """Check every entry of the log, against what the store and the votes remember of it.

    Ends with 0 intact, 5 tampered (the entry is named), 6 intact but its end unwitnessed, 7 cannot tell.
    """
    found = verified(places)
    if as_json:
        answer = {"finding": str(found.finding), "entry": found.entry, "what": found.what, "entries": found.entries}
        terminal.answer_json(answer)
    else:
        at = f" at entry {found.entry}" if found.entry else ""
        terminal.tell(f"{found.finding}{at}: {display(found.what)}")
    return found.exit


def verified(places: Places) -> Verification:
    """What the log is worth, against the store and the votes."""
    try:
        return verify(places.log, _witnesses(places))
    except StoreError as error:
        return Verification(Finding.CANNOT_TELL, 0, f"the store cannot be asked ({error})", 0)


def _witnesses(places: Places) -> tuple[Witness, ...]:
    """Who remembers the log beside itself: the store's head, and every vote that was taken."""
    if not places.store.exists():
        return ()
    store = SqliteStore(places.store)
    try:
        with store.read() as reading:
            votes = (Witness(head, f"the vote of {person}") for person, head in reading.ballot_heads())
            return (Witness(reading.head(), "the store"), *votes)
    finally:
        store.close()


def _lines(places: Places) -> list[bytes]:
    try:
        return places.log.read_bytes().splitlines()
    except OSError as error:
        hint = "it begins with the first call of an agent"
        raise AgentguardError(
            f"there is no log to read ({error.strerror})", place=str(places.log), hint=hint
        ) from error


def _answer_as_it_is(text: bytes) -> None:
    """The same JSON in ASCII; a line that is none cannot reach the screen's controls either."""
    try:
        terminal.answer_json(json.loads(text))
    except (ValueError, RecursionError):
        terminal.answer(display(text.decode("utf-8", "backslashreplace")))


def _ends(lines: list[bytes]) -> Mapping[int | str, str]:
    """What came of calls, by the number of their entry, or by their hold. An end stands after its call."""
    entries = filter(None, map(_entry, lines))
    return {_ended(entry): str(entry.body["message"]) for entry in entries if entry.kind in ENDS}


def _ended(entry: Entry) -> int | str:
    of = entry.body.get("entry", entry.body.get("hold"))
    return of if isinstance(of, int) else str(of)


def _entry(text: bytes) -> Entry | None:
    try:
        return parse(text)
    except (ValueError, RecursionError):
        return None


def _row(text: bytes, ends: Mapping[int | str, str], columns: int) -> list[Line]:
    entry = _entry(text)
    if entry is None:
        return [Line((Span("this line is no entry: `agentguard log verify` says more", Tone.BAD),))]
    label = f"{entry.number:>5} {_when(entry.time)}  {display(entry.kind)}"
    return advice(label, display(_told(entry) + _outcome(entry, ends)), columns, margin=max(MARGIN, len(label) + 2))


def _when(time: int) -> str:
    try:
        return datetime.fromtimestamp(time / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError, OSError):  # no broker wrote that
        return "at no time there is"


def _told(entry: Entry) -> str:
    """An entry in one sentence; one of a kind nobody has put into words is shown as it is."""
    tell = TELLING.get(entry.kind, _step if "message" in entry.body else _as_it_is)
    return tell(entry.body)


def _outcome(entry: Entry, ends: Mapping[int | str, str]) -> str:
    """What came of an entry's call, where the record wants to know."""
    if not entry.body.get("awaited"):
        return ""
    hold = entry.body.get("hold")
    return f": {ends.get(entry.number) or ends.get(str(hold)) or UNSEEN}"


def _end(body: Body) -> str:
    return f"entry {body.get('entry')} {body.get('message')}{_tries(body)}"


def _tries(body: Body) -> str:
    """How often this call came to nothing in its session so far."""
    counts = ((count, what) for what in ("refused", "failed") if isinstance(count := body.get(what), int) and count)
    told = ", ".join(f"{what} {count} times" if count > 1 else f"{what} once" for count, what in counts)
    return f" ({told} so far)" if told else ""


def _decision(body: Body) -> str:
    where = f" in {body['environment']}" if body.get("environment") else ""
    return f"{body.get('action')}{where} ({body.get('rule')}): {body.get('call')}{_tries(body)}"


def _passed(body: Body) -> str:
    return f"let pass before, recognised by the {body.get('door')}: {body.get('call')}"


def _held(body: Body) -> str:
    hold = body.get("hold")
    return f"{hold.get('id')} {hold.get('consequence')}" if isinstance(hold, dict) else _as_it_is(body)


def _refused(body: Body) -> str:
    return f"{body.get('hold')} {body.get('why')}"


def _standing(body: Body) -> str:
    return f"policy {str(body.get('policy'))[:12]}, {body.get('assurance')}"


def _step(body: Body) -> str:
    return f"{body.get('hold')} {body.get('message')}"


def _as_it_is(body: Body) -> str:
    return canonical(dict(body)).decode()


TELLING: Mapping[str, Callable[[Body], str]] = {
    "broker-start": _standing,
    "broker-stop": _standing,
    "decision": _decision,
    "ended": _end,
    "held": _held,
    "passed": _passed,
    "refused-vote": _refused,
}
