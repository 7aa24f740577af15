"""What a command or statement would do: verb, objects, reach, undo; and the class that follows from them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agentguard.model.command import Command, Statement, Unknown
from agentguard.model.environment import Tier


class Verb(StrEnum):
    READ = "read"
    CREATE = "create"
    MODIFY = "modify"
    OVERWRITE = "overwrite"
    RECREATE = "recreate"
    DELETE = "delete"
    DROP = "drop"
    DISRUPT = "disrupt"
    UNPROTECT = "unprotect"
    EXPOSE = "expose"
    EXECUTE = "execute"
    UNKNOWN = "unknown"


class Reach(StrEnum):
    """How much of the kind it names: one, many, all of them, or not known."""

    ONE = "one"
    MANY = "many"
    ALL = "all"
    UNKNOWN = "unknown"


class Undo(StrEnum):
    """trivial: nothing is lost (absent, regenerable). backup: to be had back from elsewhere. none. unknown."""

    TRIVIAL = "trivial"
    BACKUP = "backup"
    NONE = "none"
    UNKNOWN = "unknown"


class Class(StrEnum):
    """How dangerous, from read to destructive. UNKNOWN stands beside them: it could be any."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"
    DESTRUCTIVE = "destructive"
    UNKNOWN = "unknown"


CLASS_ORDER = (Class.READ, Class.WRITE, Class.ADMIN, Class.UNKNOWN, Class.DESTRUCTIVE)
RECOVERABLE = frozenset({Undo.TRIVIAL, Undo.BACKUP})


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect. `at` names the resolver that finds where it lands; `row` the table row that says so.

    `whole` marks the whole of something: a database, an account, a cluster, a stack, a home, a disk, a protection.
    `objects` are the names as the tool reads them; for files, absolute paths.
    """

    verb: Verb
    kind: str
    objects: tuple[str, ...] = ()
    reach: Reach = Reach.ONE
    undo: Undo = Undo.UNKNOWN
    whole: bool = False
    at: str = "local"
    row: str = ""
    because: str = ""
    safer: tuple[str, ...] = ()
    source: Command | Statement | Unknown | None = None

    def describe(self) -> str:
        """The short form used in tables' examples: `delete all aws.s3.bucket`; a read is just `read`."""
        return "read" if self.verb is Verb.READ else f"{self.verb} {self.reach} {self.kind}"


def class_of(effect: Effect, tier: Tier) -> Class:
    """The class of an effect where it lands: the one table that says so (`Verb to class` of the design)."""
    match effect.verb:
        case Verb.READ:
            return Class.READ
        case Verb.CREATE | Verb.EXECUTE:
            return Class.WRITE
        case Verb.MODIFY:
            return Class.DESTRUCTIVE if effect.reach is Reach.ALL and effect.undo is not Undo.TRIVIAL else Class.WRITE
        case Verb.OVERWRITE:
            return Class.WRITE if effect.undo in RECOVERABLE else Class.DESTRUCTIVE
        case Verb.RECREATE | Verb.DELETE | Verb.DROP | Verb.UNPROTECT:
            pinned = effect.reach is Reach.ONE and effect.kind.endswith(".row")
            return Class.WRITE if effect.undo is Undo.TRIVIAL or pinned else Class.DESTRUCTIVE
        case Verb.DISRUPT:
            return Class.WRITE if tier is Tier.LOCAL and not effect.whole else Class.DESTRUCTIVE
        case Verb.EXPOSE:
            return _exposed(effect, tier)
        case Verb.UNKNOWN:
            return Class.UNKNOWN


def _exposed(effect: Effect, tier: Tier) -> Class:
    if effect.at != "files":
        return Class.WRITE if effect.undo is Undo.TRIVIAL else Class.ADMIN
    recursive = effect.reach in (Reach.MANY, Reach.ALL)
    if recursive and effect.undo not in RECOVERABLE:
        return Class.DESTRUCTIVE
    return Class.WRITE if tier is Tier.LOCAL else Class.ADMIN
