"""A verdict explained to a person: the answer first, then everything that was found and why. Pure.

Promises: one band, one sentence of consequence, then each command with the wrappers it came through, its effects, where
they land and what says so; then the rule and the safer ways. The finding that decided is marked. Nothing is cut.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from agentguard.audit.redaction import Redactor
from agentguard.cli.display import argument, display, marked
from agentguard.cli.marks import ACTIONS, UNDOS, environment, named
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
    mark = ACTIONS[verdict.action]
    return [
        Line((Span(mark.text, mark.tone), Span(f"  {mark.meaning}"))),
        BLANK,
        *paragraph(display(verdict.consequence), columns, tone=Tone.STRONG),
        BLANK,
        *(line for group in _groups(made) for line in _group(*group, verdict, redactor, columns)),
        *_reasons(verdict, columns),
    ]


def _groups(made: Plan) -> Iterator[tuple[Source, list[Finding]]]:
    """Neighbouring findings of the same command, statement or unknown belong together."""
    for _, found in groupby(made.findings, key=lambda finding: id(finding.effect.source)):
        findings = list(found)
        yield findings[0].effect.source, findings


def _group(
    source: Source, findings: Sequence[Finding], verdict: Verdict, redactor: Redactor, columns: int
) -> Iterator[Line]:
    harmless = all(finding.class_ is Class.READ for finding in findings)
    yield from _heading(source, redactor, columns, Tone.FAINT if harmless else Tone.STRONG)
    for finding in findings:
        yield from _finding(finding, finding is verdict.finding, columns)
    yield BLANK


def _heading(source: Source, redactor: Redactor, columns: int, tone: Tone) -> list[Line]:
    lines = [line(piece, tone) for piece in marked(_words(source, redactor), columns)]
    through = " › ".join(map(_wrapper, _via(source)))
    return lines + (labelled("   through", through, columns, tone=Tone.FAINT) if through else [])


def _words(source: Source, redactor: Redactor) -> str:
    match source:
        case Command():
            words = redactor.words(tuple(map(str, source.argv)))
            return redactor.redact(" ".join(map(argument, words))) or "a redirect alone"  # `mysql -p…` needs both
        case Statement() | Unknown():
            return display(redactor.redact(source.text)) or "what could not be read"
        case None:
            return "the call itself"


def _via(source: Source) -> tuple[Via, ...]:
    if source is None or isinstance(source, Command):
        return source.via if source else ()
    return (*source.carrier.via, Via("carrier", source.carrier.program)) if source.carrier else ()


def _wrapper(via: Via) -> str:
    named = display(via.program) or via.how
    return f"{named} {display(via.place)}" if via.place else named


def _finding(finding: Finding, decided: bool, columns: int) -> Iterator[Line]:
    effect, class_ = finding.effect, finding.class_
    head = Span(" ▶ " if decided else " · ", Tone.BAD if decided else Tone.FAINT)
    yield Line((head, Span(effect.describe(), TONES[class_]), Span(_gravity(finding), Tone.FAINT)))
    if class_ is Class.READ and not decided:
        return
    for where, together in groupby(finding.targets, key=lambda target: target.environment):
        yield from _targets(where, [target.name for target in together], columns)
    if effect.because and not decided:  # the verdict's own reason says it for the one that decided
        yield from paragraph(display(effect.because), columns, indent=MARGIN)


def _gravity(finding: Finding) -> str:
    if finding.class_ is Class.READ:
        return ""
    return f"   {finding.class_}, {UNDOS[finding.effect.undo]}"


def _targets(where: Environment, names: Sequence[str], columns: int) -> Iterator[Line]:
    """What lies in one environment, one a line, and what says that it does."""
    for name in names:
        for piece in marked(named(name), columns - MARGIN):
            yield line(piece, indent=MARGIN)
    yield Line((Span(" " * MARGIN + "in "), *environment(where.tier, where.name)))
    for evidence in where.evidence:
        yield from paragraph(f"since {display(str(evidence))}", columns, indent=MARGIN + 3, tone=Tone.FAINT)


def _reasons(verdict: Verdict, columns: int) -> Iterator[Line]:
    yield from labelled("rule", display(verdict.rule), columns, tone=Tone.STRONG)
    yield from paragraph(display(verdict.because), columns, indent=12)
    for number, way in enumerate(verdict.safer if verdict.action is not Action.ALLOW else ()):
        yield from advice("" if number else "safer", display(way), columns, tone=Tone.GOOD)
