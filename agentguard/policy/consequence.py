"""One plain sentence of what would happen, to what, and where.

"Drops the table orders in prod; it cannot be undone." is one of them.
Built from tables of phrases by verb, kind and undo; nothing here decides. Characters that could spoof a screen are
written out.
"""

from __future__ import annotations

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Class, Effect, Reach, Undo, Verb
from agentguard.model.environment import Environment, Tier
from agentguard.model.verdict import Finding

NAMED = 3  # objects told by name; the rest is a number, and the card lists them all

DOES = {
    Verb.READ: "Reads",
    Verb.CREATE: "Creates",
    Verb.MODIFY: "Changes",
    Verb.OVERWRITE: "Overwrites",
    Verb.RECREATE: "Destroys and makes anew",
    Verb.DELETE: "Deletes",
    Verb.DROP: "Drops",
    Verb.DISRUPT: "Stops or restarts",
    Verb.UNPROTECT: "Takes the protection off",
    Verb.EXPOSE: "Changes who may use",
    Verb.EXECUTE: "Runs",
    Verb.UNKNOWN: "Runs something that could not be read:",
}

HOW_MUCH = {
    Reach.ONE: "the",
    Reach.MANY: "more than one",
    Reach.ALL: "every",
    Reach.UNKNOWN: "an unknown number of",
}

NOUNS = {  # kinds whose last word does not say it
    "": "what it names",
    "disk": "disk",
    "git.history": "commits of",
    "git.worktree": "uncommitted work",
    "home": "home directory",
    "root": "root of the file system",
    "sql.column": "column",
    "sql.role": "database role",
    "sql.row": "row of",
    "terraform.stack": "resources of the stack",
}
FAMILIES = {"docker": "Docker ", "redis": "Redis ", "mongo": "Mongo ", "git": "", "sql": "", "kubernetes": ""}
INITIALS = 4  # letters: s3, ec2, rds, iam, ecr are initials; lambda and dynamodb are words

UNDONE = {
    Undo.TRIVIAL: "nothing is lost by it",
    Undo.BACKUP: "it can be had back",
    Undo.NONE: "it cannot be undone",
    Undo.UNKNOWN: "nothing says that it can be undone",
}


def consequence_of(finding: Finding) -> str:
    """The sentence about one finding."""
    environment = finding.targets[0].environment
    sentence = f"{DOES[finding.effect.verb]} {_what(finding.effect)} {_where(environment)}"
    lasting = finding.class_ is Class.DESTRUCTIVE
    return f"{sentence}; {UNDONE[finding.effect.undo]}." if lasting else f"{sentence}."


def _what(effect: Effect) -> str:
    names = listed(effect.objects)
    if effect.verb is Verb.UNKNOWN:
        return names or noun(effect.kind)
    if effect.reach is Reach.MANY and len(effect.objects) > 1:
        return f"the {plural(noun(effect.kind))} {names}"
    much = "all of the" if effect.whole and effect.reach is not Reach.ONE else HOW_MUCH[effect.reach]
    return f"{much} {noun(effect.kind)} {names}".rstrip()


def noun(kind: str) -> str:
    """What people call a kind: `aws.s3.bucket` is an S3 bucket, `kubernetes.deployment` a deployment."""
    if kind in NOUNS:
        return NOUNS[kind]
    *families, last = kind.split(".")
    return "".join(FAMILIES.get(family, _service(family)) for family in families) + last.replace("-", " ")


def _service(family: str) -> str:
    return "" if family in CLOUDS else f"{family.upper() if len(family) < INITIALS else family} "


CLOUDS = frozenset({"aws", "gcloud", "azure", "github"})  # the environment already says which


def plural(word: str) -> str:
    """`row of` becomes `rows of`; good enough for the nouns of the tables."""
    head, of, rest = word.partition(" of")
    return (head if head.endswith("s") else f"{head}s") + of + rest


def listed(objects: tuple[str, ...]) -> str:
    """The first names and the number of the rest: `orders, items, carts and 4 more`."""
    names = [_shown(name) for name in objects]
    if len(names) > NAMED + 1:
        return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"
    return " and ".join(filter(None, (", ".join(names[:-1]), *names[-1:])))


def _shown(name: str) -> str:
    name = name.replace(UNKNOWN_PART, "…")
    return "".join(char if char.isprintable() else f"\\u{{{ord(char):x}}}" for char in name)


def _where(environment: Environment) -> str:
    if environment.tier is Tier.LOCAL:
        return "on this machine"
    if environment.tier is Tier.UNKNOWN:
        return "in an environment that is not known"
    told = environment.name != environment.tier.value
    return f"in {_shown(environment.name)} ({environment.tier})" if told else f"in {environment.tier}"
