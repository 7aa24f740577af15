"""The part of an argument that is code: behind a beginning, under a key, or written as a list of lines."""

from __future__ import annotations

import json
from collections.abc import Iterator

from agentguard.model.command import UNKNOWN_PART, Word
from agentguard.parse.documents import argument


def behind(beginning: str, words: tuple[Word, ...], *, hidden: bool) -> tuple[Word, ...]:
    """What stands behind `beginning` in the words that start with it, in any case, or that have it as a key.

    Args:
        beginning: `ProxyCommand=`, `commands=`; all of each word where it is empty.
        words: the arguments.
        hidden: a word that is wholly made at run time could hold it, and counts.
    """
    if not beginning:
        return words
    return tuple(found for word in words for found in _behind(beginning.lower(), word, hidden=hidden))


def _behind(beginning: str, word: Word, *, hidden: bool) -> Iterator[Word]:
    rest = word.text[len(beginning) :] if word.text.lower().startswith(beginning) else ""
    if rest and rest[0] not in "'\"":
        yield Word(rest, word.known)
    elif hidden and not word.known and not word.text.strip(UNKNOWN_PART):
        yield word
    elif beginning.endswith("="):
        yield from (Word(text, word.known) for text in _under(beginning[:-1], argument(word.text)))


def _under(key: str, value: object) -> Iterator[str]:
    """What stands under a key, of a dictionary or of each in a list."""
    for each in value if isinstance(value, list) else [value]:
        for name, inner in each.items() if isinstance(each, dict) else ():
            if name.lower() == key:
                yield _joined(inner)


def lines(word: Word) -> Word:
    """Shell text that is written as a JSON list of lines, as `aws ssm send-command` takes it, line by line.

    What stands behind the list belongs to other keys.
    """
    if not word.text.startswith("["):
        return word
    try:
        found, _ = json.JSONDecoder().raw_decode(word.text)
    except ValueError:
        return word
    return Word(_joined(found), word.known)


def _joined(value: object) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)
