"""What an approval is bound to.

Promises: the digest covers the call to the last character (by a keyed seal), the agent's kind and the OS user, the
directory, every effect with its targets and their evidence, the bytes of every script and of every file the call names,
each variable that was asked for and what each configuration file told, and the policy. Not the session:
the same call asked again in another one joins the same hold. What the agent's shell reads first (a snapshot with a name
of its own for each session) is bound by its bytes and not by its name.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from itertools import starmap

from agentguard.audit.redaction import Redactor
from agentguard.audit.secrets import SECRET_NAME
from agentguard.model.call import Argv, Body, FileWrite, ShellLine, SqlText, ToolCall
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import HeldCall, HeldEffect, HeldFact, HeldLook, HeldScript, HeldTarget
from agentguard.model.record import Json, digest, to_record
from agentguard.model.verdict import Finding, Look, Plan

START_UP = "the shell's start-up file"
FED, UNSEEN = "with its input", "with input nobody saw"  # what a program is fed, where a call's dialect stands
ABSENT = ""  # the seal of a script that is not there
READ_WHOLE = frozenset({"script", "named file"})  # looks that an approval is bound to by the bytes
READABLE = 1 << 18  # characters: as much as is read of a shell line, and far more than a person reads
BRIEF = 300  # characters of a call that the log shows of an everyday decision; its seal stands for all of it
ENOUGH = 8192  # characters that are redacted for that: a secret that begins in the first 300 ends within them


class TooLong(AgentguardError):
    """A call that must wait for somebody, and that nobody would read to its end."""


def record_of(plan: Plan, redactor: Redactor, *, replayable: bool = True) -> HeldCall:
    """What is written down of a plan: redacted, and (where that is asked) enough to replay it. Raises TooLong."""
    form, dialect, exact = _taken_apart(plan.call.body)
    length = sum(map(len, exact))
    if length > READABLE:
        raise TooLong(
            f"this call needs somebody's yes, and its {length} characters are more than anybody reads; nothing has run",
            hint="split it, or put the data into a file that it names",
        )
    words = exact[: len(plan.call.body.words)] if isinstance(plan.call.body, Argv) else ()
    parts = (*redactor.words(words), *map(redactor.redact, exact[len(words) :]))
    return HeldCall(
        form=form,
        dialect=dialect,
        parts=tuple(map(unicode, (*parts, *_preludes(plan.call.body)))),
        seal=_seal(form, dialect, exact, redactor),
        agent=plan.call.agent,
        user=plan.call.user,
        cwd=unicode(plan.call.cwd),
        effects=tuple(_effect(finding, redactor) for finding in plan.findings),
        scripts=tuple(_script(look, redactor) for look in plan.looks if look.kind in READ_WHOLE),
        facts=_facts(plan.looks, redactor),
        looks=tuple(_look(look, redactor) for look in plan.looks if replayable),
    )


def knowing(plan: Plan, redactor: Redactor) -> Redactor:
    """The redactor that also knows the secrets of this call, and of the variables that were asked for."""
    form, _, exact = _taken_apart(plan.call.body)
    texts = (" ".join(exact),) if form == "argv" else exact  # a flag and its value belong together
    texts = texts if sum(map(len, texts)) <= READABLE else ()  # no card is made of it
    variables = [look for look in plan.looks if look.kind == "variable" and isinstance(look.answer, str)]
    named = (str(look.answer) for look in variables if SECRET_NAME.search(look.subject))
    return redactor.knowing((*texts, *(str(look.answer) for look in variables)), named)


def plan_digest(plan: Plan, redactor: Redactor, policy_digest: str) -> str:
    """The digest an approval is bound to, 64 hex digits."""
    return bound_digest(record_of(plan, redactor, replayable=False), policy_digest)


def bound_digest(record: HeldCall, policy_digest: str) -> str:
    """The same, of a record: anyone who has a card can work it out again."""
    return digest({"call": bound(record), "policy": policy_digest})


def bound(record: HeldCall) -> dict[str, Json]:
    """The part of a record that an approval is bound to."""
    parts = record.parts[:1] if record.form == "shell" else record.parts
    return shown(
        replace(record, parts=parts, scripts=tuple(starmap(HeldScript, sorted(scripts_by_name(record).items()))))
    )


def shown(record: HeldCall) -> dict[str, Json]:
    """The part of a record that a card shows: all but the looks. The bound part can be worked out from it."""
    whole = to_record(record)
    return {key: value for key, value in whole.items() if key != "looks"} if isinstance(whole, dict) else {}


def scripts_by_name(record: HeldCall) -> dict[str, str]:
    """The seals of what would be run or read first, by name; start-up files go by their place among them."""
    first = record.parts[1:] if record.form == "shell" else ()
    names = {path: f"{START_UP} {number}" for number, path in enumerate(first, start=1)}
    return {names.get(script.path, script.path): script.seal for script in record.scripts}


def display_of(record: HeldCall) -> str:
    """The call as one redacted text."""
    match record.form:
        case "argv":
            *words, last = map(_quoted, record.parts)
            return " ".join((*words, "<<<", last) if record.dialect == FED else (*words, last))
        case "tool":
            return f"{record.parts[0]} {record.parts[1]}"
        case "write":
            return f"{record.dialect} {record.parts[0]}\n{record.parts[1]}"
        case _:
            return record.parts[0]


def _quoted(word: str) -> str:
    plain = word and all(letter.isalnum() or letter in "-_./:=@%+,‹›" for letter in word)
    return word if plain else "'" + word.replace("'", "'\\''") + "'"


def _preludes(body: Body) -> tuple[str, ...]:
    return body.preludes if isinstance(body, ShellLine) else ()


def _taken_apart(body: Body) -> tuple[str, str, tuple[str, ...]]:
    """Form, dialect and the exact parts."""
    match body:
        case ShellLine(text, dialect):
            return "shell", dialect, (text,)
        case Argv(words, None, piped):
            return "argv", UNSEEN if piped else "", words
        case Argv(words, text):
            return "argv", FED, (*words, text or "")
        case SqlText(text, dialect, channel):
            return "sql", dialect, (text, channel)
        case ToolCall(tool, arguments):
            return "tool", "", (tool, json.dumps(dict(arguments), ensure_ascii=False, sort_keys=True, default=str))
        case FileWrite(path, content, whole):
            return "write", "write" if whole else "edit", (path, content)


def _seal(form: str, dialect: str, exact: tuple[str, ...], redactor: Redactor) -> str:
    return redactor.seal("\x00".join((form, dialect, *(f"{len(part)}:{part}" for part in exact))))


def brief(body: Body, redactor: Redactor) -> tuple[str, str]:
    """The beginning of a call, redacted, and the seal of all of it: what the log keeps of an everyday decision."""
    form, dialect, exact = _taken_apart(body)
    whole = " ".join(exact)
    shown = redactor.redact(whole[:ENOUGH])
    more = f"… ({len(whole)} characters)" if max(len(shown), len(whole)) > BRIEF else ""
    return unicode(shown[:BRIEF]) + more, _seal(form, dialect, exact, redactor)


def unicode(text: str) -> str:
    r"""The text with bytes that were none shown as `\udc80`: JSON has no lone surrogates. The seal keeps them apart."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _effect(finding: Finding, redactor: Redactor) -> HeldEffect:
    def clean(text: str) -> str:
        return unicode(redactor.redact(text))

    effect = finding.effect
    return HeldEffect(
        verb=str(effect.verb),
        kind=clean(effect.kind),
        objects=tuple(clean(name) for name in effect.objects),
        reach=str(effect.reach),
        undo=str(effect.undo),
        whole=effect.whole,
        class_=str(finding.class_),
        row=clean(effect.row),
        because=clean(effect.because),
        targets=tuple(
            HeldTarget(
                clean(target.kind),
                clean(target.name),
                clean(target.environment.name),
                target.environment.tier,
                tuple(clean(str(fact)) for fact in target.environment.evidence),
            )
            for target in finding.targets
        ),
    )


def _script(look: Look, redactor: Redactor) -> HeldScript:
    seal = ABSENT if look.answer is None else redactor.seal(str(look.answer))
    return HeldScript(unicode(redactor.redact(look.subject)), seal)


def _facts(looks: Iterable[Look], redactor: Redactor) -> tuple[HeldFact, ...]:
    """Variables and configuration, sealed; what is absent is left out, and is new once it is there."""
    told: dict[str, list[str]] = {}
    for look in looks:
        if (look.kind == "variable" or look.kind.startswith("facts:")) and look.answer is not None:
            answer = json.dumps([look.kind, look.answer], sort_keys=True, default=str)
            told.setdefault(unicode(redactor.redact(look.subject)), []).append(answer)
    return tuple(HeldFact(subject, redactor.seal("\x00".join(answers))) for subject, answers in sorted(told.items()))


def _look(look: Look, redactor: Redactor) -> HeldLook:
    name = look.subject if look.kind == "variable" else ""
    return HeldLook(
        look.kind, unicode(redactor.redact(look.subject)), unicode(json.dumps(_clean(look.answer, name, redactor)))
    )


def _clean(answer: object, name: str, redactor: Redactor) -> object:
    if isinstance(answer, str):
        return redactor.value(name, answer)
    if isinstance(answer, (list, tuple)):
        return [_clean(inner, name, redactor) for inner in answer]
    if isinstance(answer, dict):
        return {key: _clean(inner, str(key), redactor) for key, inner in answer.items()}
    return answer
