"""One call about which an agent starts several hooks, and gives it no id: who asks tells that it is one. Pure.

Kiro runs the hooks of every file it finds, and an approval is good for one call. Each file's hook asks under a name of
its own, so the second hook of a call is known from a second run of it, about which a hook asks that has asked before.

Promises: the same call, of the same session, asked about within seconds by the hooks of one agent, each once, gets one
id; everything else gets one of its own. Refuses to remember: what is not recognised is judged as a call of its own.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from threading import Lock

from agentguard.broker.passes import Process
from agentguard.model.call import Call

WITHIN = 10_000  # milliseconds from the first hook of a call to its last: each has four seconds to answer
MOST = 1_000  # calls that are remembered


@dataclass(frozen=True, slots=True)
class Question:
    """A hook that asks about a call: its name, whose it is, and the processes above it."""

    hook: str
    uid: int
    session: str
    call: Call
    above: frozenset[Process]

    @property
    def key(self) -> tuple[int, str, str]:
        return self.uid, self.session, hashlib.sha256(repr(self.call).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class _Use:
    """One use of a tool: its id, since when, which hooks have asked, and the processes above all of them."""

    id: str
    since: int
    hooks: frozenset[str]
    above: frozenset[Process]


@dataclass
class Twins:
    """The last use of each call. `chance` gives an id that nobody had."""

    chance: Callable[[], str]
    _last: OrderedDict[tuple[int, str, str], _Use] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def use_of(self, question: Question, now: int) -> str:
        """The id of the use that a hook asks about. `now` in milliseconds of a clock that never goes back."""
        with self._lock:
            last = self._last.pop(question.key, None)
            if last is not None and _is_another_hook_of(last, question, now):
                use = replace(last, hooks=last.hooks | {question.hook}, above=last.above & question.above)
            else:
                use = _Use(self.chance(), now, frozenset({question.hook}), question.above)
            self._last[question.key] = use
            while len(self._last) > MOST:
                self._last.popitem(last=False)
            return use.id


def _is_another_hook_of(last: _Use, question: Question, now: int) -> bool:
    is_new = question.hook not in last.hooks
    return is_new and now - last.since < WITHIN and bool(last.above & question.above)
