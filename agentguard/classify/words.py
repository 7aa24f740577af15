"""A sub-command that no row names: judged by its words, else as the table says of unlisted ones."""

from __future__ import annotations

from fnmatch import fnmatchcase

from agentguard.classify.row import holds_option, objects_at
from agentguard.model.command import Command
from agentguard.model.effect import Effect, Reach, Undo, Verb
from agentguard.tools.schema import Tool, Within, Words, pieces_of

SAME_IN_THE_PLURAL = ("ss", "us", "is", "series")  # access, status, analysis: no plural of anything
HISSING = ("sses", "shes", "ches", "xes", "zes", "uses", "aliases")  # an `es` that is the plural

HARMLESS = (Verb.READ, Verb.CREATE, Verb.MODIFY, Verb.EXECUTE)
CLOSE = 2  # a group, a group within it, the verb: no tool that is known goes deeper behind a word that is a verb, too


def by_words(tool: Tool, command: Command) -> Effect:
    """The effect that the words of a sub-command speak of."""
    name = " ".join((tool.program, *command.path)).strip()
    if tool.words is None or not command.path:
        return Effect(tool.unlisted, tool.program, objects_at("operands", command), Reach.UNKNOWN, at=tool.at, row=name,
                      because=f"`{name}` is in no table", source=command)  # fmt: skip
    verb, noun = _spoken(tool, tool.words, command.path)
    if "/" + " ".join(command.path) in tool.words.group and not command.operands:
        verb = Verb.READ  # a group alone prints what is in it
    verb = _graver(verb, tool.words, command)
    if is_dry(tool, tool.words, command):
        verb = Verb.READ
    kind = _kind(tool.words.kind, command.path[:-1], noun)
    because = "" if verb is Verb.READ else tool.words.because.get(verb, f"`{name}` changes what it names")
    return Effect(verb, kind or tool.program, objects_at(tool.words.objects, command), undo=Undo.NONE, at=tool.at,
                  row=name, because=because, safer=tool.words.safer.get(verb, ()), source=command)  # fmt: skip


def _graver(verb: Verb, words: Words, command: Command) -> Verb:
    """The verb, or one that destroys and stands close behind it: it may have been the name of a group.

    `atlas clusters search indexes delete` lists a `search` that reads before the word that tells.
    """
    if verb not in HARMLESS:
        return verb
    said = (words.verbs.get(word.text, verb) for word in command.operands[:CLOSE])
    return next((each for each in said if each not in HARMLESS), verb)


def _spoken(tool: Tool, words: Words, path: tuple[str, ...]) -> tuple[Verb, str]:
    """The verb of a path's last word, and the noun behind it: the closest group that knows the word decides."""
    last = path[-1]
    closest = [*(within.verbs for within in tool.withins(path)), words.verbs]
    pieces = pieces_of(last)
    whole = next((verbs[last] for verbs in closest if last in verbs), None)
    for place, piece in enumerate(pieces):
        verb = next((verbs[piece] for verbs in closest if piece in verbs), None)
        if verb is not None:
            return whole or verb, singular("-".join(pieces[place + 1 :])) or "object"
    return whole or tool.unlisted, singular("-".join(pieces[1:])) or "object"


def _kind(template: str, group: tuple[str, ...], noun: str) -> str:
    thing = (*group[:-1], *map(singular, group[-1:]))
    told = {"{path}": ".".join(group), "{thing}": ".".join(thing), "{noun}": noun}
    for place, words in told.items():
        template = template.replace(place, words)
    return template.rstrip(".")  # a sub-command of one word stands in no group


def singular(noun: str) -> str:
    """`instances` is `instance`, `policies` is `policy`, `addresses` is `address`; `access` and `status` stay."""
    if noun.endswith("ies") and not noun.endswith("series"):
        return noun.removesuffix("ies") + "y"
    if noun.endswith(HISSING):
        return noun.removesuffix("es")
    return noun if noun.endswith((*SAME_IN_THE_PLURAL, "alias")) else noun.removesuffix("s")


def is_dry(tool: Tool, words: Words, command: Command) -> bool:
    """Whether the command only tells what it would do, with an option that this sub-command really has."""
    if not any(holds_option(command, entry) for entry in words.harmless):
        return False
    told = next((within for within in tool.withins(command.path) if within.has is not None), None)
    return told is None or _has(told, command.path[-1])


def _has(within: Within, last: str) -> bool:
    return last not in within.lacks and any(fnmatchcase(last, glob) for glob in within.has or ())
