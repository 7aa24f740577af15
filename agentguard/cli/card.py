"""The card: what a person sees of a held call before they decide. Pure: a Hold and the time in, lines out.

Promises: the order is always the same: environment, consequence, the exact call, what it does and where, who asks,
what a no means. What comes from elsewhere is shown through `display`; nothing is cut, and two holds that differ in
what would run never look the same. Refuses to know more than the record says: what nobody looked up is not on it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby

from agentguard.cli.display import argument, display
from agentguard.cli.layout import gutter, laid_out
from agentguard.cli.marks import UNDOS, environment, named, needs
from agentguard.cli.text import BLANK, Line, Span, Tone, advice, labelled, line, paragraph
from agentguard.model.effect import Class, Undo
from agentguard.model.environment import Tier
from agentguard.model.hold import Asker, HeldCall, HeldEffect, HeldTarget, Hold, Kind, State, Tries
from agentguard.model.noun import noun

MARGIN = 12  # columns of the labels
MINUTE = 60_000  # milliseconds
TYPEABLE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@:/-]{2,47}")  # what a person can be asked to type

FORMS = {
    "shell": "this line",
    "argv": "this program",
    "sql": "this SQL",
    "tool": "this tool call",
    "write": "this change of a file",
}
WAITS = {
    Kind.HOLD: "a second person must approve",
    Kind.ASK: "waits for the one who asked to confirm it",
}


def card(hold: Hold, now: int, columns: int) -> list[Line]:
    """The lines of the card, at most `columns` wide where a single character allows. `now` in milliseconds UTC."""
    return [
        *_band(hold, now),
        BLANK,
        *paragraph(display(hold.consequence), columns, tone=Tone.STRONG),
        BLANK,
        *_call(hold, columns),
        BLANK,
        *(found for effect in hold.record.effects for found in _effect(effect, columns)),
        *_who(hold.asker, columns),
        *_before(hold.tries, now, columns),
        BLANK,
        *_why(hold, columns),
        BLANK,
        *_no(hold, columns),
        *_votes(hold, columns),
    ]


def _band(hold: Hold, now: int) -> list[Line]:
    head = Line((*environment(hold.tier, hold.environment), Span(f"   {hold.id}", Tone.STRONG)))
    return [head, line(f"{_standing(hold)}; asked {span(now - hold.created)} ago{_left(hold, now)}", Tone.FAINT)]


def _standing(hold: Hold) -> str:
    if hold.state is not State.HELD:
        said = hold.message.startswith(str(hold.state))
        return (
            display(hold.message) if said else f"{hold.state}" + (f" ({display(hold.message)})" if hold.message else "")
        )
    if hold.kind is Kind.HOLD and hold.quorum > 1:
        return f"held: {hold.quorum} persons beside the requester must approve"
    return f"held: {WAITS[hold.kind]}"


def _left(hold: Hold, now: int) -> str:
    if hold.state is State.HELD:
        return f", expires in {span(hold.expires - now)}"
    return f", to be used within {span(hold.approved_until - now)}" if hold.state is State.APPROVED else ""


def span(milliseconds: int) -> str:
    """A length of time as people say it: `40 s`, `12 min`, `3 h`, `2 d`."""
    seconds = max(milliseconds, 0) // 1000
    for limit, unit, name in ((120, 1, "s"), (7200, 60, "min"), (172_800, 3600, "h")):
        if seconds < limit:
            return f"{seconds // unit} {name}"
    return f"{seconds // 86_400} d"


def _call(hold: Hold, columns: int) -> Iterator[Line]:
    record = hold.record
    what = FORMS.get(record.form, record.form) + (f" ({record.dialect})" if record.dialect else "")
    yield line(display(f"{record.agent} wants to run {what}:"))
    yield from gutter(_shown(record), columns)
    for label, text in (("in", record.cwd), *_beside(record), *(("reads", script.path) for script in record.scripts)):
        yield from labelled(f"  {label}", argument(text), columns, margin=MARGIN)


def _shown(record: HeldCall) -> list[str]:
    """The call in displayed pieces, one an argument or a line."""
    if record.form == "argv":
        return list(map(argument, record.parts))
    return laid_out(record.parts[-1] if record.form in ("tool", "write") else record.parts[0])


def _beside(record: HeldCall) -> Iterator[tuple[str, str]]:
    """What belongs to the call and is not its text, each with its label."""
    if record.form in ("tool", "write"):
        yield ("tool" if record.form == "tool" else "file"), record.parts[0]
    elif record.form == "sql":
        yield "sent by", record.parts[-1]
    elif record.form == "shell":
        yield from (("after", prelude) for prelude in record.parts[1:])


def _effect(effect: HeldEffect, columns: int) -> Iterator[Line]:
    """One effect; of a read only what it reads and where, since nobody is asked about it."""
    reads = effect.class_ == Class.READ
    told = f"read {effect.kind}" if reads else f"{effect.verb} {effect.reach} {effect.kind}"
    grave = effect.class_ in (Class.DESTRUCTIVE, Class.UNKNOWN)
    gravity = "" if reads else f"   {effect.class_}, {UNDOS[Undo(effect.undo)]}"
    yield Line((Span(display(told), Tone.BAD if grave else Tone.PLAIN), Span(gravity, Tone.FAINT)))
    for _, together in groupby(effect.targets, key=lambda target: (target.tier, target.environment, target.evidence)):
        yield from _targets(list(together), columns, evidence=not reads)
    if effect.because and not reads:
        yield from advice("  why", display(effect.because), columns, margin=MARGIN)
    yield BLANK


def _targets(together: Sequence[HeldTarget], columns: int, *, evidence: bool) -> Iterator[Line]:
    """What lies in one environment, one a line, and what says that it does."""
    where = together[0]
    for number, target in enumerate(together):
        label = "" if number else "  hits"
        yield from labelled(label, named(target.name), columns, margin=MARGIN, tone=Tone.STRONG)
    yield Line((Span("  in".ljust(MARGIN), Tone.FAINT), *environment(where.tier, where.environment)))
    for fact in where.evidence if evidence else ():
        yield from labelled("  since", display(fact), columns, margin=MARGIN)


def _who(asker: Asker, columns: int) -> Iterator[Line]:
    person = f"{asker.person} ({asker.os_user})" if asker.person not in ("", asker.os_user) else asker.os_user
    agent = f"{asker.agent} {asker.agent_version}".strip()
    place = f" on {asker.host}" if asker.host else ""
    yield from labelled("asked by", display(f"{agent} for {person}{place}"), columns, margin=MARGIN)
    if asker.session:
        yield from labelled("session", display(asker.session), columns, margin=MARGIN)


def _why(hold: Hold, columns: int) -> Iterator[Line]:
    yield from labelled("rule", display(hold.rule), columns, margin=MARGIN)
    yield from paragraph(display(hold.because), columns, indent=MARGIN)
    if hold.kind is Kind.HOLD:
        told = needs(hold.quorum, hold.roles, hardware=hold.hardware)
        yield from advice("needs", told, columns, margin=MARGIN)
    yield from labelled("assurance", display(hold.assurance), columns, margin=MARGIN)
    if hold.supersedes:
        yield from advice(
            "instead of", f"{display(hold.supersedes)}, an earlier hold of this call", columns, margin=MARGIN
        )
    yield from labelled("digest", display(hold.plan), columns, margin=MARGIN, tone=Tone.FAINT)


def _before(tries: Tries, now: int, columns: int) -> Iterator[Line]:
    """What came of the very same call before, in this session of the agent."""
    counts = ((tries.refused, "refused"), (tries.failed, "run and failed"))
    told = " and ".join(f"{what} {count} {'time' if count == 1 else 'times'}" for count, what in counts if count)
    if told:
        last = f"the last {span(now - tries.at)} ago: {display(tries.last)}"
        yield from advice("asked again", f"{told}; {last}", columns, margin=MARGIN, tone=Tone.STRONG)


def _no(hold: Hold, columns: int) -> Iterator[Line]:
    yield from paragraph("If you say no, or nobody answers: nothing runs, and the agent is told why.", columns)
    for number, way in enumerate(hold.safer):
        yield from advice("" if number else "safer", display(way), columns, margin=MARGIN, tone=Tone.GOOD)


def _votes(hold: Hold, columns: int) -> Iterator[Line]:
    for vote in hold.votes:
        reason = f": {vote.ballot.reason}" if vote.ballot.reason else ""
        yield from labelled(
            "vote", display(f"{vote.ballot.decision} of {vote.ballot.person}{reason}"), columns, margin=MARGIN
        )
    if hold.confirmed_by:
        yield from labelled("confirmed", display(f"by {hold.confirmed_by}"), columns, margin=MARGIN)


@dataclass(frozen=True, slots=True)
class Challenge:
    """What to type to say yes: where on the card it stands, and what it is."""

    asks: str
    answer: str


def challenge(hold: Hold) -> Challenge:
    """Something that is on the card and differs from hold to hold, so that no hand learns it.

    A name it hits or a value of the evidence where one can be typed; else the end of the hold's id.
    """
    candidates = [Challenge(asks, answer) for asks, answer in _facts(hold.record.effects) if _typeable(answer)]
    if not candidates:
        return Challenge("the last four characters of the hold's id", hold.id[-4:])
    distinct = sorted(set(candidates), key=lambda candidate: (candidate.asks, candidate.answer))
    drawn = int.from_bytes(sha256(hold.nonce.encode()).digest()[:4], "big")
    return distinct[drawn % len(distinct)]


def _facts(effects: tuple[HeldEffect, ...]) -> Iterator[tuple[str, str]]:
    """What stands on the card of the first effect that is not a read, as (where to look, what is there)."""
    grave = [effect for effect in effects if effect.class_ != Class.READ]
    for target in (target for effect in grave[:1] for target in effect.targets[:1]):
        yield f"the name of the first {display(noun(target.kind))} it hits", target.name
        for evidence in target.evidence:
            source, _, says = evidence.partition(" is ")
            yield f"what {display(source)} is", says


def _typeable(text: str) -> bool:
    return TYPEABLE.fullmatch(text) is not None and text not in tuple(Tier)
