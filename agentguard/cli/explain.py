"""A verdict explained to a person: the answer first, then everything that was found and why. Pure.

Promises: one band, one sentence of consequence, then each command with the wrappers it came through, its effects, where
they land and what says so; then the rule and the safer ways. The finding that decided is marked, no secret is shown,
and nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from agentguard.audit.redaction import Redactor
from agentguard.cli.display import argument, display, marked
from agentguard.cli.marks import ACTIONS, UNDOS, environment, named, needs
from agentguard.cli.text import BLANK, Line, Span, Tone, advice, labelled, line, paragraph
from agentguard.model.command import Command, Statement, Unknown, Via
from agentguard.model.effect import Class
from agentguard.model.environment import Environment
from agentguard.model.verdict import Action, Finding, Plan, Verdict

Source = Command | Statement | Unknown | None

MARGIN = 5  # columns of the tree before an effect
TONES = {
    Class.READ: Tone.FAINT,
    Class.WRITE: Tone.PLAIN,
    Class.ADMIN: Tone.CARE,
    Class.UNKNOWN: Tone.BAD,
    Class.DESTRUCTIVE: Tone.BAD,
}


def explain(made: Plan, verdict: Verdict, redactor: Redactor, columns: int) -> list[Line]:
    """The lines that tell a person what `made` would do and why the verdict is what it is."""
    return list(_Explanation(made, verdict, redactor, columns).lines())


@dataclass(frozen=True, slots=True)
class _Explanation:
    made: Plan
    verdict: Verdict
    redactor: Redactor
    columns: int

    def lines(self) -> Iterator[Line]:
        mark = ACTIONS[self.verdict.action]
        yield Line((Span(mark.text, mark.tone), Span(f"  {mark.meaning}")))
        yield BLANK
        yield from paragraph(self._clean(self.verdict.consequence), self.columns, tone=Tone.STRONG)
        yield BLANK
        # Neighbouring findings of the same command, statement or unknown belong together.
        for _, found in groupby(self.made.findings, key=lambda finding: id(finding.effect.source)):
            yield from self._group(list(found))
            yield BLANK
        yield from self._reasons()

    def _clean(self, text: str) -> str:
        return display(self.redactor.redact(text))

    def _group(self, findings: Sequence[Finding]) -> Iterator[Line]:
        source = findings[0].effect.source
        harmless = all(finding.class_ is Class.READ for finding in findings)
        for piece in marked(self._words(source), self.columns):
            yield line(piece, Tone.FAINT if harmless else Tone.STRONG)
        if through := " › ".join(map(self._wrapper, _via(source))):
            yield from labelled("   through", through, self.columns, tone=Tone.FAINT)
        for finding in findings:
            yield from self._finding(finding)

    def _words(self, source: Source) -> str:
        match source:
            case Command():
                words = self.redactor.words(tuple(map(str, source.argv)))
                text = " ".join(map(argument, words))
                return self.redactor.redact(text) or "a redirect alone"  # `mysql -p…` shows in the whole line only
            case Statement() | Unknown():
                return self._clean(source.text) or "what could not be read"
            case None:
                return "the call itself"

    def _wrapper(self, via: Via) -> str:
        program = self._clean(via.program) or via.how
        return f"{program} {self._clean(via.place)}" if via.place else program

    def _finding(self, finding: Finding) -> Iterator[Line]:
        effect, decided = finding.effect, finding is self.verdict.finding
        head = Span(" ▶ " if decided else " · ", Tone.BAD if decided else Tone.FAINT)
        told = Span(self._clean(effect.describe()), TONES[finding.class_])
        yield Line((head, told, Span(_gravity(finding), Tone.FAINT)))
        if finding.class_ is Class.READ and not decided:
            return
        for where, together in groupby(finding.targets, key=lambda target: target.environment):
            yield from self._targets(where, [target.name for target in together])
        if effect.because and not decided:  # the verdict's own reason says it for the one that decided
            yield from paragraph(self._clean(effect.because), self.columns, indent=MARGIN)

    def _targets(self, where: Environment, names: Sequence[str]) -> Iterator[Line]:
        """What lies in one environment, one a line, and what says that it does."""
        for name in map(self.redactor.redact, names):
            for piece in marked(named(name), self.columns - MARGIN):
                yield line(piece, indent=MARGIN)
        yield Line((Span(" " * MARGIN + "in "), *environment(where.tier, self.redactor.redact(where.name))))
        for fact in where.evidence:
            since = f"since {self._clean(str(fact))}"
            yield from paragraph(since, self.columns, indent=MARGIN + 3, tone=Tone.FAINT)

    def _reasons(self) -> Iterator[Line]:
        verdict = self.verdict
        yield from labelled("rule", display(verdict.rule), self.columns, tone=Tone.STRONG)
        yield from paragraph(self._clean(verdict.because), self.columns, indent=12)
        if verdict.action is Action.HOLD:
            told = needs(verdict.quorum, verdict.roles, hardware=verdict.hardware)
            yield from advice("needs", told, self.columns)
        for number, way in enumerate(verdict.safer if verdict.action is not Action.ALLOW else ()):
            yield from advice("" if number else "safer", self._clean(way), self.columns, tone=Tone.GOOD)


def _via(source: Source) -> tuple[Via, ...]:
    if source is None or isinstance(source, Command):
        return source.via if source else ()
    return (*source.carrier.via, Via("carrier", source.carrier.program)) if source.carrier else ()


def _gravity(finding: Finding) -> str:
    return "" if finding.class_ is Class.READ else f"   {finding.class_}, {UNDOS[finding.effect.undo]}"
