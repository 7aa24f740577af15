"""`check --batch`: JSON lines in, one verdict a line out, in order.

Promises: every line that is not blank gets exactly one answer; a line that cannot be used answers with an error, class
unknown and decision hold. Refuses to know anything the line does not say: `env` is the whole environment of the call,
and nothing of this process's own reaches the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from agentguard.engine import judge, plan
from agentguard.model.call import Body, Call, ShellLine, SqlText
from agentguard.model.effect import Class
from agentguard.model.environment import Tier
from agentguard.model.verdict import Action, Plan, Standing, Verdict
from agentguard.policy import Policy
from agentguard.surroundings import Machine, Surroundings
from agentguard.tools import Toolbox

Json = str | int | bool | list[str] | None


class Line(BaseModel):
    """One line of the batch. Keys beyond these are labels of whoever wrote the line, and are left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    id: str | int
    cmd: str | None = None
    sql: str | None = None
    cwd: Annotated[str, Field(pattern=r"^/")] = "/"
    env: dict[str, str] = Field(default_factory=dict)
    shell: Literal["bash", "sh", "zsh"] = "bash"
    dialect: str = "postgres"
    channel: str = "wire"

    @model_validator(mode="after")
    def one_body(self) -> Line:
        if (self.cmd is None) == (self.sql is None):
            raise ValueError("a line holds either `cmd` or `sql`")
        return self

    def call(self) -> Call:
        """The call this line describes."""
        body: Body = ShellLine(self.cmd, self.shell) if self.cmd is not None else self._sql()
        return Call(body, self.cwd)

    def _sql(self) -> SqlText:
        return SqlText(self.sql or "", self.dialect, self.channel)


@dataclass(frozen=True, slots=True)
class Bench:
    """What every line of one batch is judged with."""

    toolbox: Toolbox
    policy: Policy
    standing: Standing = field(default_factory=Standing)


def answers(lines: Iterable[str], bench: Bench) -> Iterator[dict[str, Json]]:
    """One answer for each line that is not blank, in order; never raises for what a line holds."""
    return (answer(line, bench) for line in lines if line.strip())


def answer(text: str, bench: Bench) -> dict[str, Json]:
    """The answer to one line: `id, class, decision, environment, verbs, targets, rule, because`, or with `error`."""
    try:
        line = Line.model_validate_json(text)
    except ValidationError as error:
        return _refused(text, error)
    surroundings = Surroundings(Machine(line.env), line.cwd)
    made = plan(line.call(), surroundings, bench.toolbox)
    return {"id": line.id, **told(made, judge(made, bench.policy, bench.standing))}


def told(made: Plan, verdict: Verdict) -> dict[str, Json]:
    """A verdict for programs: class, decision and environment of the worst finding, verbs and targets of all."""
    verbs = dict.fromkeys(str(finding.effect.verb) for finding in made.findings)
    targets = dict.fromkeys(str(target) for finding in made.findings for target in finding.targets)
    return {
        "class": str(verdict.finding.class_),
        "decision": str(verdict.action),
        "environment": str(verdict.finding.tier),
        "verbs": list(verbs),
        "targets": list(targets),
        "rule": verdict.rule,
        "because": verdict.because,
    }


def _refused(text: str, error: ValidationError) -> dict[str, Json]:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return {
        "id": _id_of(text),
        "class": str(Class.UNKNOWN),
        "decision": str(Action.HOLD),
        "environment": str(Tier.UNKNOWN),
        "verbs": [],
        "targets": [],
        "rule": "",
        "because": "the line cannot be read, so nothing is known of it",
        "error": f"{where}: {first['msg']}" if where else first["msg"],
    }


def _id_of(text: str) -> str | int | None:
    """The id of a line that is otherwise not usable, so that its sender can tell which one it was."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return None
    id_ = told.get("id") if isinstance(told, dict) else None
    return id_ if isinstance(id_, str | int) else None
