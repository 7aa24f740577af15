"""One plain sentence of what would happen, to what, and where.

"Drops the table orders in prod; it cannot be undone." is one of them. Built from tables of phrases by verb, reach,
kind and undo; nothing here decides. Characters that could spoof a screen are written out.
"""

from __future__ import annotations

from collections.abc import Sequence

from agentguard.model.command import UNKNOWN_PART
from agentguard.model.effect import Class, Effect, Reach, Undo, Verb
from agentguard.model.environment import Environment, Tier
from agentguard.model.noun import article, noun, plural
from agentguard.model.verdict import Finding

NAMED = 3  # objects told by name; the rest is a number, and the card lists them all

DOES = {
    Verb.CREATE: "Creates",
    Verb.MODIFY: "Changes",
    Verb.OVERWRITE: "Overwrites",
    Verb.RECREATE: "Destroys and makes anew",
    Verb.DELETE: "Deletes",
    Verb.DROP: "Drops",
    Verb.DISRUPT: "Stops or restarts",
    Verb.UNPROTECT: "Takes the protection off",
    Verb.EXPOSE: "Changes the permissions of",
    Verb.EXECUTE: "Runs",
}
UNNAMED = {  # of a kind, where no object is named
    Reach.ONE: "{a} {noun}",
    Reach.MANY: "several {nouns}",
    Reach.ALL: "all {nouns}",
    Reach.UNKNOWN: "an unknown number of {nouns}",
}
INSIDE = {  # where the one name is that of what holds it all
    Reach.ONE: "the {noun} {names}",
    Reach.MANY: "the {noun} {names} and what is in it",
    Reach.ALL: "everything in the {noun} {names}",
    Reach.UNKNOWN: "an unknown part of the {noun} {names}",
}
PARTS = {  # where the one name is that of the place in which the parts lie
    Reach.ONE: "the {noun} {names}",
    Reach.MANY: "several {nouns} of {names}",
    Reach.ALL: "every {noun} of {names}",
    Reach.UNKNOWN: "an unknown number of {nouns} of {names}",
}
PART_WORDS = frozenset({"column", "file", "image", "key", "message", "object", "record", "row", "version"})
NAMELESS = frozenset({"row"})  # parts without a name: even of one, the name is that of the place
MASSES = frozenset({"uncommitted work"})  # nouns without a number
WHOLE = "the whole {noun} {names}"

UNDONE = {
    Undo.TRIVIAL: "nothing is lost by it",
    Undo.BACKUP: "it can be had back",
    Undo.NONE: "it cannot be undone",
    Undo.UNKNOWN: "nothing says that it can be undone",
}


def consequence_of(finding: Finding, others: Sequence[Finding] = ()) -> str:
    """The sentence about one finding, and how many `others` of the same call do not simply pass either."""
    return " ".join(filter(None, (_sentence(finding), _more(finding, others))))


def _more(finding: Finding, others: Sequence[Finding]) -> str:
    def like(other: Finding) -> bool:
        return (other.effect.verb, other.effect.kind) == (finding.effect.verb, finding.effect.kind)

    what = "like it" if all(map(like, others)) else f"effect{'s' * (len(others) > 1)} beside it"
    return f"And {len(others)} more {what}." if others else ""


def _sentence(finding: Finding) -> str:
    environment = finding.targets[0].environment
    sentence = f"{_deed(finding.effect)} {_where(environment)}"
    lasting = finding.class_ is Class.DESTRUCTIVE
    return f"{sentence}; {UNDONE[finding.effect.undo]}." if lasting else f"{sentence}."


def _deed(effect: Effect) -> str:
    if effect.verb is Verb.READ:
        return "Only reads,"
    if effect.verb is Verb.UNKNOWN:
        names = listed(effect.objects)
        return f"Does something that could not be read ({names})" if names else "Does something that could not be read"
    return f"{DOES[effect.verb]} {_what(effect)}"


def _what(effect: Effect) -> str:
    objects = tuple(name for name in effect.objects if name != effect.kind.rpartition(".")[2])  # `delete pod api-1`
    word, names = noun(effect.kind), listed(objects)
    if word in MASSES:
        return f"{word} {names}".rstrip()
    if len(objects) > 1 and word not in NAMELESS:
        return f"the {plural(word)} {names}"
    phrase = _phrase(effect, word, named=bool(objects))
    return phrase.format(a=article(word), noun=word, nouns=plural(word), names=names).rstrip()


def _phrase(effect: Effect, word: str, *, named: bool) -> str:
    if effect.whole and effect.reach is Reach.ALL:
        return WHOLE
    if not named:
        return UNNAMED[effect.reach]
    if word in NAMELESS and effect.reach is Reach.ONE:
        return "one {noun} of {names}"
    return (PARTS if word.rpartition(" ")[2] in PART_WORDS else INSIDE)[effect.reach]


def listed(objects: tuple[str, ...]) -> str:
    """The first names and the number of the rest: `orders, items, carts and 4 more`."""
    names = [_shown(name) for name in objects[:NAMED]]
    if len(objects) > NAMED:
        return f"{', '.join(names)} and {len(objects) - NAMED} more"
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
