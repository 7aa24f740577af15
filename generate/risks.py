"""Which members of an AWS request take a protection off, leave nothing, or open something: decided by name and type.

The models say which members there are, how they are spelt and what they may be; the patterns here say what that means.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from generate.toml import strings, text

# By the last key, in plain letters (no dashes, no capitals).
GUARDS = re.compile(
    r"(deletion|delete|termination|stop|change)protect(ion|ed)?(enabled|status)?$|^managedterminationprotection$"
    r"|^(new)?(instances)?protectedfromscalein$|^(new)?(gamesession|gameserver)?protectionpolicy$|^protectionenabled$"
    r"|^pointintimerecovery(enabled)?$|^(enable|is)?(continuous|automatic)?backups?(retention|enabled)?$"
    r"|^enable(termination|deletion)protection$|^(is)?loggingenabled$|^enable(logging|logfilevalidation|keyrotation)$"
    r"|^objectlockenabled$|^(is)?multiregiontrail$|^s3backupmode$|^mfadelete$|^replicationoverwriteprotection$"
)
GUARDING_PARTS = re.compile(r"protection|versioningconfiguration|pointintimerecovery|backuppolicy|logging$|logs$")
SWITCHES = re.compile(r"^(is)?enabled$|^status$|^state$")
BLOCKS = re.compile(r"^(block|ignore|restrict)public(acls|policy|buckets|access)|^blockpublicaccess$")
OPENS = re.compile(r"^(publiclyaccessible|ispublic|public(access)?(enabled)?|publicaccess|makepublic)$")
DISABLES = re.compile(r"^disable(logging|backup\w*|deletionprotection)$|^bypassgovernance\w*$")
KEPT = re.compile(r"retention(period)?(limit)?(indays|inhours|days|hours)?$|^(automatic)?backupretention\w*$")
CAPACITY = re.compile(
    r"^desired(count|capacity|size|instances|ec2instances|inferenceunits|numberofinstances|nodecount)$"
    r"|^max(size|capacity|instances)$|^(total)?targetcapacity(specification)?$|^(new)?(replica|node|instance)count$"
    r"|^numberof(nodes|brokernodes|instances)$|^numnodes$|^reservedconcurrent\w*$|^numcachenodes$"
)
FORCE = re.compile(r"^force(delete|remove|terminate)?(addons)?$|^skipfinal|^deleteautomatedbackups$")
DETAILS = "findings."  # of Security Hub: they tell of other services, and set nothing
OFF = frozenset({"disabled", "inactive", "suspended", "off", "none", "noprotection", "disable", "paused"})
NUMBERS = frozenset({"integer", "long", "float", "double"})

KINDS = {"expose": "expose", "disrupt": "disrupt", "retention": "unprotect", "unprotect": "unprotect"}
BECAUSE = {
    "unprotect": "what kept it from being deleted, or brought it back, or told of it, is off",
    "retention": "what would bring it back is kept no longer, and what is kept now goes",
    "disrupt": "no capacity is left: the service stops",
    "expose": "it can be reached from outside",
}
SAFER = {
    "unprotect": "leave the protection on, and take it off in the change that deletes, with a second person",
    "retention": "leave at least one day of backups",
    "disrupt": "scale to one",
    "expose": "leave it closed, and open a tunnel or a single address",
}


def risks_of(members: Iterable[tuple[str, str]]) -> dict[str, set[str]]:
    """The members that are a risk, each kind of risk with `keys=glob` for each."""
    found: dict[str, set[str]] = defaultdict(set)
    for name, kind in members:
        keys = plain(name)
        if not keys.startswith(DETAILS):
            for risk, value in _risks(keys.split("."), kind):
                found[risk].add(f"{keys}={value}")
    return found


def tables(changing: Mapping[str, set[str]], forced: Mapping[str, set[str]]) -> Iterator[str]:
    """The risks as a table has them; the later ones win, so that the gravest comes last.

    Args:
        changing: of commands that would otherwise modify or overwrite something.
        forced: of commands that delete.
    """
    for risk, verb in KINDS.items():
        if changing.get(risk):
            whole = "whole = true\n" if verb == "unprotect" else ""
            of = strings("of", ["modify", "overwrite"]) + text("verb", verb) + whole
            why = text("because", BECAUSE[risk]) + strings("safer", [SAFER[risk]])
            yield "[[risk]]\n" + strings("member", sorted(changing[risk])) + of + why
    if forced.get("force"):
        of = strings("of", ["delete"]) + text("reach", "all")
        yield "[[risk]]\n" + strings("member", sorted(forced["force"])) + of


def plain(name: str) -> str:
    """A name as members are compared."""
    return re.sub(r"[-_]", "", name).lower()


def _risks(keys: list[str], kind: str) -> Iterator[tuple[str, str]]:
    last, above = keys[-1], ".".join(keys[:-1])
    guards = GUARDS.search(last) or (SWITCHES.search(last) and GUARDING_PARTS.search(above))
    if kind == "boolean":
        yield from (("unprotect", "false"),) if guards else ()
        yield from (("unprotect", "true"),) if DISABLES.search(last) else ()
        yield from (("expose", "false"),) if BLOCKS.search(last) else ()
        yield from (("expose", "true"),) if OPENS.search(last) else ()
        yield from (("force", "true"),) if FORCE.search(last) and len(keys) == 1 else ()
    elif kind in NUMBERS:
        yield from (("retention", "0"),) if KEPT.search(last) else ()
        yield from (("disrupt", "0"),) if CAPACITY.search(last) else ()
    elif guards:
        yield from (("unprotect", value.lower()) for value in kind.split("|") if plain(value) in OFF)
