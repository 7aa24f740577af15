"""Laws 1, 2, 3, 5 and 8 over command lines, each with planted bugs it must catch; nestings: test_nesting_laws.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agentguard.classify import rows
from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.command import Reading
from agentguard.model.effect import Effect, Verb
from agentguard.model.verdict import Action, Finding, Look, Standing
from agentguard.parse import carried, reader
from agentguard.parse.budget import Budget
from agentguard.surroundings import Memory, Stat, Surroundings, replay
from tests.laws import world
from tests.laws.carriers import FORMS
from tests.laws.lines import DANGEROUS, HARMLESS, SNIPPETS

BUDGET = 60  # examples in which a planted bug must be found


def is_read_within_the_budget(text: str) -> None:
    read = world.planned(text)
    assert read.findings
    assert not any("guard itself failed" in unknown.why for unknown in read.reading.unknowns), read.reading.unknowns


@given(SNIPPETS)
@settings(max_examples=150, deadline=None)
def test_law_1_any_text_is_read_within_its_budget_and_nothing_escapes(text: str) -> None:
    is_read_within_the_budget(text)


EXHAUSTING = (
    "sudo " * 3000 + "x",
    "$(" * 3000,
    "(" * 3000,
    "{a,b}" * 40,
    "eval " * 500 + "x",
    "x" * 300_000,
    "a | " * 3000 + "b",
    "`" * 999,
    "((" * 999,
)


@pytest.mark.parametrize("text", EXHAUSTING, ids=[text[:6] for text in EXHAUSTING])
def test_law_1_holds_for_texts_made_to_exhaust_it(text: str) -> None:
    is_read_within_the_budget(text)


@pytest.mark.parametrize(
    "line",
    [
        f"echo {'x' * 300_000}; kubectl delete deployment api",
        f"echo {'x ' * 70_000}; kubectl delete deployment api",
        f"{'( ' * 80}kubectl delete deployment api{' )' * 80}",
        f"{'eval ' * 60}kubectl delete deployment api",
        f"{'sudo ' * 60}kubectl delete deployment api",
        "; ".join(f"rm b{n}" for n in range(5000)) + "; kubectl delete deployment api",
    ],
    ids=["long", "words", "subshells", "eval", "sudo", "commands"],
)
def test_law_4_padding_a_line_past_a_limit_never_lowers_it_below_hold(line: str) -> None:
    assert world.judged(line).action in (Action.HOLD, Action.BLOCK)


def wrapping_never_lowers(line: str, wrap: Callable[[str], str]) -> None:
    assert world.severity(wrap(line)) >= world.severity(line), wrap(line)


def adding_never_lowers(parts: list[str], more: str, joint: str, *, first: bool) -> None:
    line = joint.join(parts)
    longer = joint.join([more, *parts] if first else [*parts, more])
    assert world.severity(longer) >= world.severity(line), longer


@given(
    st.lists(st.sampled_from(DANGEROUS + HARMLESS), min_size=1, max_size=3),
    st.sampled_from(HARMLESS + DANGEROUS),
    st.sampled_from(["; ", " && ", " || ", "\n", " | "]),
    st.booleans(),
)
@settings(max_examples=120, deadline=None)
def test_law_3_adding_a_command_never_lowers_the_verdict(parts: list[str], more: str, joint: str, first: bool) -> None:
    adding_never_lowers(parts, more, joint, first=first)


class Broken:
    """A backend where every look of one kind fails."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.environ = world.ENVIRON

    def _fail(self, kind: str) -> None:
        if kind == self.kind:
            raise RuntimeError(f"{kind} broke")

    def read(self, path: str) -> bytes | None:
        self._fail("read")
        return world.WORLD.read(path)

    def stat(self, path: str) -> Stat | None:
        self._fail("stat")
        return world.WORLD.stat(path)

    def listdir(self, path: str) -> tuple[str, ...] | None:
        self._fail("listdir")
        return world.WORLD.listdir(path)

    def realpath(self, path: str) -> str:
        self._fail("realpath")
        return world.WORLD.realpath(path)

    def listener(self, port: int) -> tuple[str, ...]:
        self._fail("listener")
        return world.WORLD.listener(port)


LOOKS = ("read", "stat", "listdir")
LOOKING = ("rm -rf v*", "kubectl delete deployment api", "bash run.sh")


def a_failure_never_lowers(kind: str, line: str) -> None:
    verdict = world.judged(line, Broken(kind))
    if any("guard itself failed" in unknown.why for unknown in world.planned(line, Broken(kind)).reading.unknowns):
        assert verdict.action is Action.HOLD
    else:
        assert verdict.action is not Action.ALLOW or world.judged(line).action is Action.ALLOW


@pytest.mark.parametrize("kind", LOOKS)
@pytest.mark.parametrize("line", LOOKING)
def test_law_5_a_failure_inside_the_engine_never_lowers_a_verdict(kind: str, line: str) -> None:
    a_failure_never_lowers(kind, line)


def replays_the_same(line: str) -> None:
    surroundings = Surroundings(world.WORLD, world.CWD)
    call = Call(ShellLine(line), world.CWD)
    first = plan(call, surroundings, world.toolbox())
    again = plan(call, replay(first.looks, world.CWD), world.toolbox())
    assert again.findings == first.findings
    assert judge(again, world.policy(), Standing()) == judge(first, world.policy(), Standing())


@given(st.lists(st.sampled_from(DANGEROUS + HARMLESS), min_size=1, max_size=3).map("; ".join))
@settings(max_examples=40, deadline=None)
def test_law_8_a_plan_replayed_from_its_looks_is_the_same_plan(line: str) -> None:
    replays_the_same(line)


def lines_of_law(law: str) -> Iterator[Callable[[], None]]:
    """The law's own check over a fixed walk of its inputs, BUDGET of them at most."""
    if law == "1":
        yield from (partial(is_read_within_the_budget, text) for text in (*DANGEROUS, "echo $(ls)", *EXHAUSTING))
    elif law == "5":
        yield from (partial(a_failure_never_lowers, kind, line) for kind in LOOKS for line in LOOKING)
    elif law == "2":
        for form in FORMS:
            for line in DANGEROUS:
                yield partial(wrapping_never_lowers, line, form.wrap)
    elif law == "3":
        for line in DANGEROUS:
            for more in HARMLESS:
                yield partial(adding_never_lowers, [line], more, "; ", first=False)
    else:
        for line in DANGEROUS:
            yield partial(replays_the_same, line)


def a_reader_that_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = reader.invocations

    def raising(text: str, *rest: object) -> object:
        if "$(" in text:
            raise IndexError("planted")
        return whole(text, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(reader, "invocations", raising)


def wrappers_without_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Budget, "wrap", lambda *_: None)
    monkeypatch.setattr(reader, "WORDS_A_STEP", 1 << 20)  # which bounds them by their words, too


def a_failure_that_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("agentguard.engine.could_not_read", lambda _: Effect(Verb.READ, "nothing"))


def a_look_that_fails_is_nothing_there(monkeypatch: pytest.MonkeyPatch) -> None:
    look = Surroundings._look

    def forgiving(self: Surroundings, *rest: object) -> object:
        try:
            return look(self, *rest)  # type: ignore[arg-type]
        except RuntimeError:
            return None

    monkeypatch.setattr(Surroundings, "_look", forgiving)


def no_payloads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "payloads_of", lambda *_: iter(()))


def shell_text_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carried, "_code", lambda *_: Reading())


def only_the_last_command(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows.classify

    def last(reading: Reading, *rest: object) -> object:
        return whole(replace(reading, commands=reading.commands[-1:], statements=()), *rest)  # type: ignore[arg-type]

    monkeypatch.setattr("agentguard.engine.classify", last)


def a_read_hides_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    def mildest(plan: object, policy: object, standing: Standing) -> object:
        findings: tuple[Finding, ...] = plan.findings  # type: ignore[attr-defined]
        reads = tuple(f for f in findings if f.effect.verb is Verb.READ)
        return judge_as_it_is(replace(plan, findings=reads or findings), policy, standing)  # type: ignore[type-var, arg-type]

    judge_as_it_is = world.judge
    monkeypatch.setattr(world, "judge", mildest)


def looks_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    record = Surroundings.record

    def forgetful(self: Surroundings) -> tuple[Look, ...]:
        return tuple(look for look in record(self) if look.kind != "stat" and not look.kind.startswith("facts"))

    monkeypatch.setattr(Surroundings, "record", forgetful)


MUTANTS = [
    ("1", a_reader_that_raises),
    ("1", wrappers_without_a_limit),
    ("2", no_payloads),
    ("2", shell_text_forgotten),
    ("3", only_the_last_command),
    ("3", a_read_hides_the_rest),
    ("5", a_failure_that_reads),
    ("5", a_look_that_fails_is_nothing_there),
    ("8", looks_not_recorded),
]


@pytest.mark.parametrize(("law", "plant"), MUTANTS, ids=[f"law {law}: {plant.__name__}" for law, plant in MUTANTS])
def test_a_planted_bug_is_caught_within_the_budget(
    law: str, plant: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(monkeypatch)
    for count, check in enumerate(lines_of_law(law), 1):
        try:
            check()
        except AssertionError:
            assert count <= BUDGET
            return
    pytest.fail(f"law {law} does not see {plant.__name__}")


def test_the_world_has_what_the_lines_would_destroy() -> None:
    assert isinstance(world.WORLD, Memory)
    assert world.judged("rm -rf victim").action is Action.ASK
    assert world.judged("kubectl delete deployment api").action is Action.HOLD
