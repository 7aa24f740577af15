"""The checks: a table of small functions, each from what was seen to one result. Pure.

Promises: what was not seen to deny is not called good; every fault has a way out. What is not installed is no fault: it
is said, and counts for nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from agentguard.audit.verify import Finding
from agentguard.broker.become import REFUSED
from agentguard.cli.doctor.facts import Answer, Canary, Facts, Hook, Launcher
from agentguard.cli.install.claude_code import COULD_REWRITE, MANAGED, caution_of_version
from agentguard.cli.install.json_text import Json

ALL_TOOLS = ("*", ".*")  # the matchers that installs write: every version of every agent takes its own for all tools
INSTALL = "agentguard install {agent} --{level}"


class Result(StrEnum):
    """How a check ended. NONE: not installed, or nothing to say of it."""

    GOOD = "good"
    BAD = "bad"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Said:
    """One result: a sentence, and the way out where it is BAD (or worth something where it is NONE)."""

    result: Result
    told: str
    way: str = ""


@dataclass(frozen=True, slots=True)
class Checked:
    """A check by its name, what it was about, and its result."""

    about: str
    name: str
    said: Said


def _said(good: bool, told: str, otherwise: str, way: str) -> Said:
    return Said(Result.GOOD, told) if good else Said(Result.BAD, otherwise, way)


# A hook's answers -------------------------------------------------------------------------------------------------


def denied(agent: str, answer: Answer) -> bool:
    """Did the hook deny in its agent's words: exit 2, and the JSON decision that Claude Code reads the reason from."""
    if answer.status != 2 or not answer.error.strip():
        return False
    return agent != "claude-code" or _decision(answer.output) == "deny"


def _decision(output: str) -> Json:
    try:
        decision: Json = json.loads(output)["hookSpecificOutput"]["permissionDecision"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    return decision


def _ended(answer: Answer) -> str:
    """What a hook did instead, in a few words."""
    if answer.status is None:
        return "it had not ended after its own deadline"
    last = (answer.error.strip().splitlines() or ["it said nothing"])[-1][-200:]
    return f"it ended with {answer.status}: {last}"


DENIALS: Mapping[Canary, tuple[str, str]] = {  # what is denied, and what that would mean where it is not
    Canary.DESTRUCTIVE: ("`rm -rf /` is denied", "`rm -rf /` was not denied"),
    Canary.MALFORMED: ("an event that cannot be read is denied", "an event that cannot be read was not denied"),
    Canary.SETTINGS: ("writing over these settings is denied", "the agent may write over these settings"),
    Canary.RECORD: ("writing over the log is denied", "the agent may write over the log"),
    Canary.NO_BROKER: ("without a broker every call is denied", "without a broker the call was not denied"),
    Canary.SILENT_BROKER: (
        "where the broker does not answer, the hook's deadline denies",
        "where the broker does not answer, nothing denies in time",
    ),
}


WAYS = {  # the way out, where it is not another install
    Canary.RECORD: "`agentguard stop`: the next call starts a broker that knows where its record lies",
}


def _denies(canary: Canary) -> Callable[[Hook], Said]:
    def check(hook: Hook) -> Said:
        answer = hook.answers.get(canary)
        if answer is None:
            return Said(Result.BAD, "not tried: its broker is another one", f"{_again(hook)}, or name its --state here")
        good, otherwise = DENIALS[canary]
        way = WAYS.get(canary) or _again(hook)
        return _said(denied(hook.agent, answer), good, f"{otherwise} ({_ended(answer)})", way)

    return check


ROUND = {  # the ways round that hooks of agents are known to have, as far as a call goes that way
    Canary.BY_SHELL: "its settings from the shell",
    Canary.NESTED: "another agent without hooks",
    Canary.ENDING: "the end of the broker",
    Canary.APPROVING: "its own approval",
}


def _round(hook: Hook) -> Said:
    missing = [what for canary, what in ROUND.items() if not denied(hook.agent, hook.answers[canary])]
    told = f"the ways round it are denied: {', '.join(ROUND.values())}"
    return _said(not missing, told, f"an agent gets round it by {' and '.join(missing)}", _again(hook))


def _unseen(hook: Hook) -> Said:
    """What the agent runs without asking any hook."""
    if hook.agent != "claude-code":
        way = "`agentguard shell install` and `agentguard shims install`, in the agent's SHELL and PATH"
        return Said(Result.NONE, "what a subagent does never comes to it", way)
    if hook.skills:
        return Said(Result.GOOD, "lines that a skill runs by itself do not get past")
    way = "`agentguard shell install`, then install the hook again"
    return Said(Result.NONE, "lines that a skill runs by itself never come to it", way)


def _passes(hook: Hook) -> Said:
    answer = hook.answers[Canary.HARMLESS]
    silent = answer.status == 0 and not answer.output
    told = "`pwd` passes, in silence"
    return _said(silent, told, f"`pwd` did not pass ({_ended(answer)})", "see `agentguard check pwd`")


# A hook's settings ------------------------------------------------------------------------------------------------


def _again(hook: Hook) -> str:
    return f"`{INSTALL.format(agent=hook.agent, level=hook.level)}`"


def _there(hook: Hook) -> Said:
    told = "the settings parse, and the hook asks this broker"
    otherwise = "the hook in these settings asks another broker, or is not as an install writes it"
    return _said(hook.ours, told, otherwise, f"{_again(hook)}, or name its --state here")


def _all_tools(hook: Hook) -> Said:
    matcher = hook.entry.get("matcher")
    otherwise = f"its matcher is {json.dumps(matcher)}: other tools never come to it"
    return _said(matcher in ALL_TOOLS, "it is asked about every tool", otherwise, _again(hook))


DISARMED: Mapping[str, Callable[[Json], bool]] = {  # what keeps a hook from blocking, by the key that does
    "async": bool,
    "cache_ttl_seconds": bool,
    "enabled": lambda value: value is False,
    "if": lambda value: value is not None,
    "type": lambda value: value != "command",
}


def _waited_for(hook: Hook) -> Said:
    """The agent waits for the hook, always, for longer than the hook's own deadline, and blocks where it fails."""
    both = {**hook.entry, **hook.handler}
    wrong = [key for key, does in DISARMED.items() if key in both and does(both[key])]
    if wrong:
        return Said(Result.BAD, f"`{wrong[0]}` lets calls pass the hook", _again(hook))
    limit = _seconds(both)
    if limit is None or limit <= hook.deadline:
        told = f"no timeout over the hook's own {hook.deadline} s is set: the agent may run a call before it is denied"
        return Said(Result.BAD, told, _again(hook))
    if hook.agent != "claude-code":
        return Said(Result.GOOD, f"the agent waits {limit:g} s, and the hook denies after {hook.deadline}")
    told, otherwise = "a hook that fails blocks", "`onFailure` is not `block`: a hook that is killed lets the call pass"
    return _said(
        both.get("onFailure") == "block",
        f"{told}; it has {limit:g} s, and denies after {hook.deadline}",
        otherwise,
        _again(hook),
    )


def _seconds(handler: Mapping[str, Json]) -> float | None:
    for key, unit in (("timeout", 1), ("timeout_ms", 1000)):
        value = handler.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return value / unit
    return None


def _undisturbed(hook: Hook) -> Said:
    faults = [caution for caution in hook.cautions if COULD_REWRITE not in caution]
    if faults:
        return Said(Result.BAD, " ".join(faults), "take that out of the settings, or ask whoever put it there")
    if hook.cautions:
        return Said(Result.NONE, " ".join(hook.cautions), "read what those hooks do")
    return Said(Result.GOOD, "no settings switch it off, and no other hook changes what it judged")


def _version(hook: Hook) -> Said:
    if not hook.version:
        return Said(Result.NONE, "the agent's program is not in PATH; its version is not known")
    old = caution_of_version(hook.version) if hook.agent == "claude-code" else ()
    return _said(not old, hook.version, " ".join(old), "update it")


def _out_of_reach(hook: Hook) -> Said:
    if hook.level != MANAGED:
        way = "`agentguard install claude-code --managed`, as root" if hook.agent == "claude-code" else ""
        return Said(Result.NONE, "an agent that gets past the hook can edit these settings", way)
    if hook.shielded and hook.as_root:
        return Said(Result.NONE, "only root can change these settings, and you are root", "run agents as somebody else")
    otherwise, way = (
        "others than root can change these managed settings, or the program that they start",
        "`chown root`, `chmod go-w`, and their directories",
    )
    return _said(hook.shielded, "only root can change these settings", otherwise, way)


OF_HOOK: tuple[tuple[str, Callable[[Hook], Said]], ...] = (
    ("settings", _there),
    ("all tools", _all_tools),
    ("waits", _waited_for),
    ("denies", _denies(Canary.DESTRUCTIVE)),
    ("passes", _passes),
    ("bad event", _denies(Canary.MALFORMED)),
    ("no broker", _denies(Canary.NO_BROKER)),
    ("deadline", _denies(Canary.SILENT_BROKER)),
    ("itself", _denies(Canary.SETTINGS)),
    ("record", _denies(Canary.RECORD)),
    ("round it", _round),
    ("unseen", _unseen),
    ("others", _undisturbed),
    ("version", _version),
    ("reach", _out_of_reach),
)


# This machine -----------------------------------------------------------------------------------------------------


def _launcher(launcher: Launcher, what: str, install: str, names: str, naming: str) -> Said:
    if launcher.faults:
        return Said(Result.BAD, "; ".join(launcher.faults), f"`agentguard {install} install`")
    if not launcher.stands:
        return Said(Result.NONE, f"nothing stands before {what}", f"`agentguard {install} install`")
    if launcher.answer and launcher.answer.status != REFUSED:
        told = f"a change of the guard's own files was not refused ({_ended(launcher.answer)})"
        return Said(Result.BAD, told, f"`agentguard {install} install`")
    if not launcher.named:
        return Said(Result.NONE, f"{names} {launcher.path}, but no settings name that", naming)
    tried = "and refused what it must" if launcher.answer else "and was not tried"
    return Said(Result.GOOD, f"{names} {launcher.path}, named by {', '.join(launcher.named)}, {tried}")


def _shell(facts: Facts) -> Said:
    return _launcher(facts.shell, "the agent's shell", "shell", "a launcher stands at", "install the hook again")


def _shims(facts: Facts) -> Said:
    naming = "put that first in the agent's PATH: in `env` of its settings, or by an install with --managed"
    return _launcher(facts.shims, "programs", "shims", f"{facts.shims.count} shims stand in", naming)


def _state(facts: Facts) -> Said:
    if not facts.hooks:
        return Said(Result.NONE, "no hook has asked for a broker")
    told = f"{facts.state_place} and its socket are yours alone"
    return _said(not facts.state, told, "; ".join(facts.state), "`chmod 700` the directory, then `agentguard stop`")


def _persons(facts: Facts) -> Said:
    persons = facts.persons
    if persons.fault:
        return Said(Result.BAD, persons.fault, "mend it: until then nobody can approve")
    if not persons.approvers:
        told = "nobody is listed who could approve what you ask: no second person decides"
        return Said(Result.NONE, told, "`agentguard person add NAME --key FILE`")
    many = f"{persons.approvers} could approve what you ask, by {persons.place}"
    if persons.roots:
        return Said(Result.GOOD, f"{many}, which only root can change")
    return Said(Result.GOOD, f"{many}, which your account can change", "list them in /etc/agentguard/people.toml")


def _log(facts: Facts) -> Said:
    if facts.log is None:
        return Said(Result.NONE, "there is no log yet")
    if facts.log.finding is Finding.INTACT:
        return Said(Result.GOOD, f"intact, {facts.log.entries} entries")
    result = Result.NONE if facts.log.finding is Finding.UNWITNESSED else Result.BAD
    return Said(result, f"{facts.log.finding}: {facts.log.what}", "`agentguard log verify`")


OF_MACHINE: tuple[tuple[str, Callable[[Facts], Said]], ...] = (
    ("shell", _shell),
    ("shims", _shims),
    ("state", _state),
    ("persons", _persons),
    ("log", _log),
)


def checked(facts: Facts) -> tuple[Checked, ...]:
    """Every check: of each hook, of settings that should hold one and cannot, of this machine."""
    hooks = (
        Checked(f"{hook.agent}, {hook.level}: {hook.path}", name, check(hook))
        for hook in facts.hooks
        for name, check in OF_HOOK
    )
    broken = (
        Checked(
            f"{one.agent}, {one.level}: {one.path}",
            "settings",
            Said(Result.BAD, one.why, f"`{INSTALL.format(agent=one.agent, level=one.level)}`"),
        )
        for one in facts.broken
    )
    return (*hooks, *broken, *(Checked("this machine", name, check(facts)) for name, check in OF_MACHINE))
