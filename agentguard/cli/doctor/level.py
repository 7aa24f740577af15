"""What the checks prove together: one honest sentence. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agentguard.cli.doctor.checks import Checked, Result
from agentguard.cli.doctor.facts import Facts
from agentguard.cli.install.claude_code import MANAGED

ADVISORY = "advisory"
WORTH = "This catches accidents; an agent that wants to can walk around it."
MANAGED_WORTH = "No settings below take it back; what runs as root can walk around it."
NOTHING = (
    "No agent's settings hold the hook: nothing is guarded. `agentguard install claude-code --user` puts it there."
)
FAULTY = "Nothing is proved while something that is installed does not work: mend what is marked ✗."


@dataclass(frozen=True, slots=True)
class Level:
    """`works`: a hook is installed, and all that is installed works. `layers` are those that were proved."""

    works: bool
    assurance: str
    layers: tuple[str, ...]
    sentence: str


def level(facts: Facts, checks: Sequence[Checked]) -> Level:
    """What was proved, and what it is worth."""
    if any(one.said.result is Result.BAD for one in checks):
        return Level(False, "", (), FAULTY)
    if not facts.hooks:
        return Level(False, "", (), NOTHING)
    layers = tuple(_layers(facts, checks))
    return Level(True, ADVISORY, layers, f"Proved: {ADVISORY} ({' + '.join(layers)}): {_worth(facts, layers)}")


def _layers(facts: Facts, checks: Sequence[Checked]) -> Iterator[str]:
    """The layers that stand, each with whatever it rests on."""
    managed = any(hook.level == MANAGED and hook.shielded and not hook.as_root for hook in facts.hooks)
    yield "managed hook" if managed else "hook"
    good = {one.name for one in checks if one.said.result is Result.GOOD}
    yield from (name for name in ("shell", "shims") if name in good)


def _worth(facts: Facts, layers: tuple[str, ...]) -> str:
    agents = " and ".join(sorted({hook.agent for hook in facts.hooks}))
    subagents = ", which Kiro's subagents never ask" if "kiro" in agents else ""
    hook = f"the hook of {agents}{subagents}"
    behind = [(name, one) for name, one in (("shell", facts.shell), ("shims", facts.shims)) if name in layers]
    *also, last = [hook, *(f"the launcher of the {name}" for name, one in behind if one.answer)]
    denied = f"{', '.join(also)} and {last} were" if also else f"{last} was"
    stand = [f" The launcher of the {name} was not tried." for name, one in behind if not one.answer]
    alone = "" if behind else ", and nothing stands behind it"
    tried = f"{denied} seen to deny{alone}."
    worth = MANAGED_WORTH if "managed hook" in layers else WORTH
    return f"{tried}{''.join(stand)} {worth}"
