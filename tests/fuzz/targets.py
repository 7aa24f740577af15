"""What every input must keep to, whatever it is: the oracle of the fuzzer.

Nothing but a declared error escapes; a plan has findings; the engine never says that it failed; the same input read
twice, and read from its own record, gives the same plan; a budget that ran out holds; what stands before a text on
lines of their own is judged whatever follows; nothing that is shown moves a cursor; redaction settles.
"""

from __future__ import annotations

import json
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from agentguard import engine
from agentguard.agents import DIALECTS
from agentguard.agents.dialect import Before, MalformedEvent, Surrounds
from agentguard.audit.redaction import KEY_BYTES, Redactor
from agentguard.cli.display import display
from agentguard.engine import judge, plan
from agentguard.model.call import Body, Call, ShellLine, SqlText, ToolCall
from agentguard.model.command import Unknown
from agentguard.model.verdict import ACTION_ORDER, Action, Plan, Standing, Verdict
from agentguard.parse import budget, reader
from agentguard.surroundings import LOOK_LIMIT, Memory, Surroundings, replay
from tests.corpus import checkout
from tests.laws import world

WORLD = Memory(
    {**world.FILES, **checkout.FILES, f"{checkout.CWD}/self.sh": ". ./self.sh\n. ./self.sh\nrm x\n"},
    checkout.ENVIRON,
    frozenset({"/tmp", "/home/dev/shop/empty"}),
)
REDACTOR = Redactor(bytes(range(KEY_BYTES)))
SURROUNDS = Surrounds(checkout.ENVIRON, checkout.CWD, "dev")
FIRST = "kubectl delete deployment api"  # what a second person must see
SECONDS = 2.0  # CPU that one plan and its verdict may take
TAIL = 200  # steps that may still be counted while a budget that ran out is being told
REPLAYED = 4  # one input in so many is read again


class Broke(AssertionError):
    """An input for which something that must hold did not."""


@dataclass(frozen=True, slots=True)
class Input:
    """One thing to read: `target` names how, `text` is it."""

    target: str
    text: str


@dataclass
class Watched(budget.Budget):
    """A budget that counts what is still asked of it after it ran out."""

    after: int = 0

    def step(self, count: int = 1) -> None:
        self.after += self.steps < 0
        super().step(count)


@contextmanager
def metered() -> Iterator[list[Watched]]:
    """Sees the budgets of the plans made inside."""
    spent, made = list[Watched](), reader.Budget

    def counted() -> Watched:
        spent.append(Watched())
        return spent[-1]

    reader.Budget = counted  # type: ignore[misc, assignment]  # the one way to see a budget from outside
    try:
        yield spent
    finally:
        reader.Budget = made  # type: ignore[misc]


def check(item: Input) -> frozenset[str]:
    """Read one input and hold it to everything; what was seen in it, as words. Raises Broke."""
    kind, _, name = item.target.partition(" ")
    return CHECKS[kind](name, item.text)


def _shell(dialect: str, text: str) -> frozenset[str]:
    made, verdict = _planned(ShellLine(text, dialect))
    if len(text) % REPLAYED == 1 and dialect != "zsh":
        _first_line_counts(dialect, text)
    return _features(made, verdict)


def _sql(name: str, text: str) -> frozenset[str]:
    dialect, _, channel = name.partition(" ")
    return _features(*_planned(SqlText(text, dialect, channel)))


def _tool(name: str, text: str) -> frozenset[str]:
    arguments: dict[str, object] = {name: text, "nested": [{"x": {name: [text[:100]]}}]}
    return _features(*_planned(ToolCall(f"mcp__db__{text[:20]}", arguments)))


def _event(name: str, text: str) -> frozenset[str]:
    """The bytes of an agent's hook: refused in so many words, or a call like any other."""
    try:
        event = DIALECTS[name].read(text.encode("utf-8", "surrogateescape"), SURROUNDS)
    except MalformedEvent as refused:
        _visible(str(refused))
        return frozenset({"refused"})
    return _features(*_planned(event.call.body)) if isinstance(event, Before) else frozenset({type(event).__name__})


def _shown(_: str, text: str) -> frozenset[str]:
    _visible(text)
    return frozenset()


CHECKS: dict[str, Callable[[str, str], frozenset[str]]] = {
    "shell": _shell,
    "sql": _sql,
    "tool": _tool,
    "event": _event,
    "shown": _shown,
}


def _planned(body: Body) -> tuple[Plan, Verdict]:
    call, begun = Call(body, checkout.CWD), time.process_time()
    with metered() as spent:
        made = plan(call, Surroundings(WORLD, checkout.CWD), world.toolbox())
    verdict = judge(made, world.policy(), Standing())
    taken = time.process_time() - begun
    if taken > SECONDS:
        raise Broke(f"took over {SECONDS} s ({taken:.1f})")
    _is_whole(made, verdict, spent)
    if len(made.looks) % REPLAYED == 0:
        _again(call, made)
    for text in (verdict.because, verdict.consequence, *(unknown.text for unknown in made.reading.unknowns[:3])):
        _visible(text)
    return made, verdict


def _is_whole(made: Plan, verdict: Verdict, spent: list[Watched]) -> None:
    if not made.findings:
        raise Broke("a plan without findings")
    failed = [unknown.why for unknown in made.reading.unknowns if "guard itself failed" in unknown.why]
    if failed:
        raise Broke(failed[0])
    after = sum(each.after for each in spent)
    if after > TAIL:
        raise Broke(f"read on for {after} steps after the budget ran out")
    if len(made.looks) > LOOK_LIMIT:
        raise Broke("more looks than the limit")
    limited = any(each.steps < 0 for each in spent) or any(_here(unknown) for unknown in made.reading.unknowns)
    if limited and not _holds(verdict):
        raise Broke(f"a budget ran out and the verdict is {verdict.action}")


def _here(unknown: Unknown) -> bool:
    """Whether a limit was hit on this machine: what runs in a container is judged there, read or unread."""
    return unknown.anywhere and (unknown.carrier is None or unknown.carrier.landing is None)


def _holds(verdict: Verdict) -> bool:
    return ACTION_ORDER.index(verdict.action) >= ACTION_ORDER.index(Action.HOLD)


def _again(call: Call, made: Plan) -> None:
    """The same call again, and from the record of the first."""
    if plan(call, Surroundings(WORLD, checkout.CWD), world.toolbox()) != made:
        raise Broke("read twice, it gives two plans")
    replayed = plan(call, replay(made.looks, checkout.CWD), world.toolbox())
    if (replayed.findings, replayed.reading) != (made.findings, made.reading):
        raise Broke("read from its record, it gives another plan")


def _first_line_counts(dialect: str, text: str) -> None:
    """A shell runs line by line: whatever follows, the line before it has run."""
    made = plan(
        Call(ShellLine(f"{FIRST}\n{text}", dialect), checkout.CWD), Surroundings(WORLD, checkout.CWD), world.toolbox()
    )
    if not _holds(judge(made, world.policy(), Standing())):
        raise Broke("what stands on the line before it is no longer held")


def _visible(text: str) -> None:
    shown = display(text)
    bad = {character for character in shown if unicodedata.category(character)[0] == "C"}
    if bad:
        raise Broke(f"display lets {bad!r} through")
    if display(REDACTOR.redact(text)).isprintable() is False:
        raise Broke("what is redacted and displayed is not printable")


def _features(made: Plan, verdict: Verdict) -> frozenset[str]:
    """What is new about an input, roughly: reasons, programs and deeds. Inputs with something new are kept as seeds."""
    reading = made.reading
    whys = {"?" + "".join(c for c in unknown.why if not c.isdigit())[:40] for unknown in reading.unknowns}
    vias = {f"{via.how}/{via.lands}" for command in reading.commands for via in command.via}
    deeds = {f"{f.effect.verb} {f.effect.kind} {f.effect.reach} {f.effect.undo} {f.tier}" for f in made.findings}
    phrases = {deed.phrase for statement in reading.statements for deed in statement.deeds}
    return frozenset(whys | vias | deeds | phrases | {str(verdict.action)})


def event(text: str, tool: str, name: str, *, escaped: bool) -> str:
    """The event of a hook whose tool is given this text."""
    told = {"hook_event_name": "PreToolUse", "tool_name": tool, "tool_input": {name: text}, "cwd": checkout.CWD}
    return json.dumps(told, ensure_ascii=escaped)


@contextmanager
def raising() -> Iterator[None]:
    """Inside, a failure within the engine is not caught: its traceback is what one wants to see."""

    def raised(*_: object) -> Plan:
        raise  # noqa: PLE0704 - called from the except clause of the engine

    kept, engine._failed = engine._failed, raised
    try:
        yield
    finally:
        engine._failed = kept
