"""Everything a broker is made of, put together once when it starts.

Promises: tables and keys are loaded for good, policy files, names and persons asked anew; the first call is as fast as
the next. Refuses to start with anything that does not load.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from agentguard.audit.log import Log
from agentguard.audit.redaction import Redactor, load_key
from agentguard.broker.bench import Judged, Judging
from agentguard.broker.ledger import Ledger
from agentguard.broker.named_files import named_files
from agentguard.broker.own import own
from agentguard.broker.peer import is_there
from agentguard.broker.places import Places
from agentguard.broker.rulebook import Rulebook, Rulebooks, layers_of, names_of, of_file, people_here, tools_of
from agentguard.broker.service import Service
from agentguard.broker.signatures import SshKeygen, find_ssh_keygen
from agentguard.broker.startup import without
from agentguard.engine import judge, plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.errors import PolicyError
from agentguard.model.verdict import Action, Look, Plan, Standing
from agentguard.policy.schema import Policy
from agentguard.store.sqlite import SqliteStore
from agentguard.surroundings import Memory, Own, Surroundings
from agentguard.tools import Toolbox, shipped

FIRST_CALLS = (  # one of each reader, so that nothing is imported or compiled while an agent waits
    "git status && rm -rf build",
    "psql -h localhost -c 'SELECT 1'",
    "aws s3 ls",
    "kubectl get pods",
)


@dataclass(frozen=True, slots=True)
class ByPlace:
    """The `Judging` of this machine: each call by the rulebook of the directory it starts in.

    `own` tells what is the guard's own, at each call anew.
    """

    at: Callable[[str], Rulebook]
    own: Callable[[], Own] = Own

    def policy(self, cwd: str) -> Policy:
        return self.at(cwd).policy

    def judged(self, call: Call, surroundings: Surroundings, standing: Standing) -> Judged:
        rules = self.at(call.cwd)
        surroundings = replace(surroundings, own=self.own())
        planned = plan(call, surroundings, rules.toolbox)
        verdict = judge(planned, rules.policy, standing)
        if verdict.action not in (Action.ASK, Action.HOLD):
            return Judged(planned, verdict, rules.policy)
        # It may have to wait, and meanwhile the files it names may change.
        named = named_files(planned, surroundings.backend)
        bare = without(planned, surroundings, rules.toolbox)
        return Judged(_looking(planned, named), verdict, rules.policy, bare and _looking(bare, named))


def assemble(places: Places, policy: Path | None = None) -> Service:
    """The service of these places; with `policy`, that file decides instead of the rules of system and user.

    Raises AgentguardError for whatever does not load.
    """
    judging = ByPlace(_rulebooks(places, policy), lambda: own(places))
    _warm(judging)
    return Service(
        ledger=Ledger(SqliteStore(places.store), Log(places.log)),
        bench=judging,
        people=lambda: people_here(places, judging.policy("")),
        verifier=SshKeygen(find_ssh_keygen(), places.state),
        redactor=Redactor(load_key(places.key)),
        clock=lambda: time.time_ns() // 1_000_000,
        chance=os.urandom,
        is_there=is_there,
    )


def _looking(planned: Plan, more: Sequence[Look]) -> Plan:
    return replace(planned, looks=(*planned.looks, *more))


def _rulebooks(places: Places, path: Path | None) -> Callable[[str], Rulebook]:
    if path is None:
        return Rulebooks(shipped(), places).at
    toolbox = Toolbox(tools_of(shipped(), places), names_of(layers_of(places))[0])
    try:
        fixed = Rulebook(toolbox, of_file(path, toolbox))
    except OSError as error:
        raise PolicyError(
            f"this cannot be read ({error.strerror})", place=str(path), hint="name another file"
        ) from error
    return lambda _cwd: fixed


def _warm(judging: Judging) -> None:
    """Load the policy, and make every reader read once. Raises PolicyError."""
    judging.policy("")
    memory = Memory({}, {"HOME": "/home/x"})
    for line in FIRST_CALLS:
        judging.judged(Call(ShellLine(line), "/nonexistent"), Surroundings(memory, "/nonexistent"), Standing())
