"""Labels to measure the tables of the clouds by, made without them: nothing of `words.py` or the tables is read here.

An AWS operation is labelled by its IAM access level and by the first sentence of its documentation; a command of gcloud
by its last word; a command of az by its description and its last word. Where these disagree or say nothing, it has no
label, and is not counted. `python -m generate.measure` measures by them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

READ, DESTRUCTIVE, NONE = "read", "destructive", ""

# The verb that a sentence of a documentation begins with, and what it says by itself.
LOSES = re.compile(
    r"^(permanently |immediately |irreversibly |forcefully )?(delete|destroy|erase|purge|remove|terminate|deregister"
    r"|unregister|disassociate|detach|revoke|release|drop|wipe|clear|flush|empty|evict|retire|undeploy|uninstall)(e?s)?\b"
    r"|^(marks?|schedules?) .{0,60}\bfor (permanent )?deletion|^batch (delete|remove)s?\b|^bulk deletes?\b"
    r"|\bpermanently (delete|remove|destroy)s?\b",
    re.IGNORECASE,
)
STOPS = re.compile(
    r"^(immediately |forcefully |gracefully )?(stop|cancel|reboot|restart|shut(s)? down|suspend|disable|deactivate"
    r"|pause|abort|kill|failover|fail(s)? over|deallocate|power(s)? off)(e?s|s)?\b",
    re.IGNORECASE,
)
TELLS = re.compile(
    r"^(returns?|lists?|gets?|describes?|retrieves?|shows?|displays?|searche?s?|queries|query|fetche?s?|counts?|prints?"
    r"|views?|reads?|looks? up|provides? (information|details|a (list|description)))\b",
    re.IGNORECASE,
)
# The same, of names.
LOSING_NAMES = frozenset(
    "delete destroy drop erase purge remove rm terminate undeploy uninstall unregister wipeout".split()
)
STOPPING_NAMES = frozenset(
    "abort cancel deactivate deallocate detach disable failover kill pause reboot restart revoke stop suspend".split()
)
TELLING_NAMES = frozenset("describe get list show ls search lookup".split())
MERELY = re.compile(r"\b(tags?|labels?)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Labelled:
    """One command, its label, and the words that it has it from."""

    command: str
    label: str
    says: str


def of_aws(service: str, name: str, level: str, says: str) -> Labelled:
    """A read where IAM calls it one and neither sentence nor name says otherwise; else by sentence and name."""
    first = name.split("-", maxsplit=1)[0]
    loses = bool(LOSES.search(says)) or first in LOSING_NAMES
    stops = bool(STOPS.search(says)) and first in STOPPING_NAMES
    label = NONE
    if level in ("Read", "List"):
        label = NONE if loses or stops else READ
    elif level != "Tagging" and (stops or (loses and not TELLS.search(says))):
        label = DESTRUCTIVE
    elif not level and TELLS.search(says) and first in TELLING_NAMES:
        label = READ
    return Labelled(f"aws {service} {name}", label, f"{level}: {says}")


def of_gcloud(command: str) -> Labelled:
    """By the last word alone, all that the published tree has."""
    return Labelled(command, _by_name(command), command.rsplit(" ", 1)[-1])


def of_az(command: str, says: str) -> Labelled:
    """By the description, where it begins with a verb that is known; else by the last word."""
    named = _by_name(command)
    told = DESTRUCTIVE if LOSES.search(says) or STOPS.search(says) else READ if TELLS.search(says) else NONE
    label = named if told in (NONE, named) else told if named == NONE else NONE
    return Labelled(command, label, says)


def _by_name(command: str) -> str:
    pieces = command.rsplit(" ", 1)[-1].split("-")
    if MERELY.search(command.rsplit(" ", 1)[-1]):
        return NONE
    if pieces[0] in LOSING_NAMES or (len(pieces) > 1 and pieces[0] in ("batch", "bulk") and pieces[1] in LOSING_NAMES):
        return DESTRUCTIVE
    if pieces[0] in STOPPING_NAMES:
        return DESTRUCTIVE
    return READ if pieces[0] in TELLING_NAMES else NONE
