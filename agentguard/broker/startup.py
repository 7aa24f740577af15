"""What the files that an agent's shell reads first change about a call: nothing, as a rule.

Claude Code writes its snapshot of aliases and functions with the first line of a session that runs, and removes it at
the end. So a first line that is held has none, and the `agentguard wait` after it makes one; an approval would be void
as soon as anybody waited for it. Promises: `without` gives the plan of a call without those files only where they leave
every command, statement and effect as it was. Refuses everything else: what one of them defines and the call uses, be
it a variable that its program would read, makes it another call.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from agentguard.engine import plan
from agentguard.model.call import ShellLine
from agentguard.model.command import Command, Reading, Via
from agentguard.model.verdict import Finding, Plan
from agentguard.surroundings import Surroundings
from agentguard.tools import Toolbox


def without(planned: Plan, surroundings: Surroundings, toolbox: Toolbox) -> Plan | None:
    """The plan of the same call without files that the shell reads first; None where there are none, or it differs."""
    call = planned.call
    if not isinstance(call.body, ShellLine) or not call.body.preludes:
        return None
    bare = replace(call, body=replace(call.body, preludes=()))
    found = plan(bare, replace(surroundings, looks={}), toolbox)
    environ = surroundings.backend.environ
    return found if _told(found, environ) == _told(planned, environ) else None


def _told(planned: Plan, environ: Mapping[str, str]) -> tuple[Reading, tuple[Finding, ...]]:
    """What a plan says of a call. Which command an effect comes from is told by the reading."""
    effects = (replace(finding, effect=replace(finding.effect, source=None)) for finding in planned.findings)
    return _plain(planned.reading, environ), tuple(effects)


def _plain(reading: Reading, environ: Mapping[str, str]) -> Reading:
    """The reading without variables that are set to what they are anyhow: a snapshot sets PATH again."""

    def command(one: Command) -> Command:
        kept = tuple((n, value) for n, value in one.variables if value is None or value.text != environ.get(n))
        return replace(one, variables=kept, via=tuple(map(via, one.via)))

    def via(one: Via) -> Via:
        return replace(one, carrier=command(one.carrier)) if one.carrier else one

    return replace(
        reading,
        commands=tuple(map(command, reading.commands)),
        statements=tuple(replace(s, carrier=s.carrier and command(s.carrier)) for s in reading.statements),
        unknowns=tuple(replace(u, carrier=u.carrier and command(u.carrier)) for u in reading.unknowns),
    )
