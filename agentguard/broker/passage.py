"""A judged call on its way through one of three doors: the agent's hook, its shell, a program. Pure.

Promises: only a call that would have to be asked about is looked for among those that were let pass; a block is never
lifted, and what is not recognised goes on as any other call does.
"""

from __future__ import annotations

from dataclasses import dataclass

from agentguard.agents.dialect import Door
from agentguard.audit.binding import plan_digest
from agentguard.broker.case import Case
from agentguard.broker.deeds import deeds, is_read_whole, part_of
from agentguard.broker.passes import LASTS, Known, Line, Pass, Passes, Process, Way
from agentguard.model.hold import Answer
from agentguard.model.verdict import Action

NEAR = 3  # an agent starts its hook itself, or through a shell, or through ours


@dataclass(frozen=True, slots=True)
class Passage:
    """One case at one door."""

    passes: Passes
    case: Case
    way: Way

    def recognised(self) -> Known | None:
        """What is known of this call where an earlier door let it pass. A pass that says so is used up."""
        if self.case.judged.verdict.action not in (Action.ASK, Action.HOLD):
            return None
        match self.way.door:
            case Door.HOOK:
                return None
            case Door.SHELL:
                return self._taken(tuple(self.way.lineage()))
            case Door.SHIM:  # a part of a call: what came of the whole it cannot tell
                return Known() if self._below() or self._in_a_pass() else None

    def enter(self) -> None:
        """An agent's hook asks: whatever its prompt still asked about is over."""
        if self.way.door is Door.HOOK:
            self.passes.turn(self.case.asker.uid, self.case.asker.session, self.way.subagent)

    def leave(self, answer: Answer) -> None:
        """Remember what was let pass, for the doors that come after this one."""
        asked = answer.action is Action.ASK
        if self.way.door is Door.HOOK and (asked or answer.released):
            known = Known(answer.hold.id if answer.hold else "", self.case.asker.tool_use_id)
            self._leave(tuple(self.way.lineage()), known, asked=asked)
        elif self.way.door is Door.SHELL and answer.action is Action.ALLOW:
            self._run()

    def _taken(self, lineage: tuple[Process, ...]) -> Known | None:
        """Did the hook of the agent that starts this shell leave a pass for it."""
        case = self.case
        if len(lineage) < 2 or self.passes.is_below(lineage):
            return None
        return self.passes.take(self._digests(), case.standing, case.asker, lineage[1], case.now)

    def _below(self) -> bool:
        """Is it part of a line that runs above it."""
        lines = self.passes.above(self.way.lineage(), self.case.standing)
        return any(part_of(self.case.judged.plan, line.deeds, whole=line.whole) for line in lines)

    def _in_a_pass(self) -> bool:
        """Is it part of a call that was approved and no shell of ours took. Each part is good once.

        An answer in the agent's own prompt is not enough here: without our shell nobody can tell whose hook it was.
        """
        case = self.case
        for one in self.passes.waiting(case.standing, case.asker, case.now):
            if one.asked:
                continue
            done = part_of(case.judged.plan, one.line.deeds, whole=False)
            if done:
                self.passes.use(one, done)
                return True
        return False

    def _run(self) -> None:
        process = next(self.way.lineage(), None)
        if process is not None:
            self.passes.run(process, self._line())

    def _leave(self, lineage: tuple[Process, ...], known: Known, *, asked: bool) -> None:
        if self.passes.is_below(lineage):
            return
        asker, until, agent = self.case.asker, self.case.now + LASTS, frozenset(lineage[1 : 1 + NEAR])
        whose = (asker.uid, asker.session, self.way.subagent)
        self.passes.leave(Pass(self._digests(), *whose, until, asked, self._line(), agent, known))

    def _line(self) -> Line:
        plan = self.case.judged.plan
        return Line(deeds(plan), is_read_whole(plan), self.case.standing)

    def _digests(self) -> frozenset[str]:
        """The call's digest, and the one it has without the files its shell reads first where those change nothing.

        Claude Code writes its snapshot with the first line that runs: the hook of that line cannot have seen it.
        """
        judged = self.case.judged
        plans = (judged.plan, *([judged.bare] if judged.bare else []))
        return frozenset(plan_digest(plan, self.case.redactor, judged.policy.digest) for plan in plans)
