"""What people call a kind of thing: `aws.s3.bucket` is an S3 bucket, `kubernetes.deployment` a deployment."""

from __future__ import annotations

NOUNS = {  # kinds whose last word does not say it
    "git.history": "commit",
    "git.worktree": "uncommitted work",
    "home": "home directory",
    "root": "root of the file system",
    "sql.role": "database role",
    "sql.server": "database server",
}
SAID_BY_THE_PLACE = frozenset({"aws", "azure", "gcloud", "git", "github", "kubernetes", "machine", "sql", "tool"})
NAMES_OF_FAMILIES = {"docker": "Docker", "mongo": "Mongo", "redis": "Redis", "ssh": "SSH", "terraform": "Terraform"}
INITIALS = 3  # letters: s3, ec2, rds, iam, ecr are initials; lambda and dynamodb are words


def noun(kind: str) -> str:
    """The noun of a kind, without its article."""
    if kind in NOUNS:
        return NOUNS[kind]
    *families, last = kind.split(".")
    words = [_family(family) for family in families if family not in SAID_BY_THE_PLACE]
    return " ".join((*words, last.replace("-", " ") or "thing"))


def _family(family: str) -> str:
    return NAMES_OF_FAMILIES.get(family) or (family.upper() if len(family) <= INITIALS else family)


def article(word: str) -> str:
    """`a` or `an`."""
    spelt = word[:2].isupper()  # an EC2 instance, an S3 bucket, an SSH session
    return "an" if word.startswith(tuple("AEFHILMNORSX" if spelt else "aeiou")) else "a"


def plural(word: str) -> str:
    """Good enough for the nouns of the tables: policies, databases, gateways, roots of the file system."""
    head, joint, rest = word.partition(" of ")
    if head.endswith("y") and not head.endswith(("ay", "ey", "oy")):
        head = f"{head[:-1]}ie"
    return (head if head.endswith("s") else f"{head}s") + joint + rest
