"""Configuration files as plain values, and safe steps into them.

Readers here parse; each resolver's own reader keeps only the keys it names, so that no token or password is ever
recorded. A file that does not parse raises ValueError, which Surroundings answers as absent. Files may come with a
hostile checkout, so that every reader is linear in what it reads.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from agentguard.surroundings import Json

_DOTENV = re.compile(r"^[ \t]*(?:export[ \t]+)?(?P<name>[A-Za-z_]\w*)[ \t]*=(?P<value>.*)$", re.MULTILINE)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*?)(?P=quote)""", re.DOTALL)

Table = dict[str, Json]


def ini(data: bytes, keep: Iterable[str]) -> Table:
    """Sections of an INI file with the keys of `keep` (in lower case); what is no setting is passed over.

    Lines indented below a key without a value belong to that key (`s3 =` in AWS's files), and are passed over too.
    """
    kept = frozenset(keep)
    sections: dict[str, Table] = {}
    section: Table = {}
    nested_below: int | None = None
    for line in data.decode("utf-8-sig").splitlines():
        text = line.strip()
        indent = len(line) - len(line.lstrip())
        key, equals, value = (part.strip() for part in text.partition("="))
        if text.startswith("[") and "]" in text:
            section = sections.setdefault(text[1 : text.rindex("]")].strip(), {})
            nested_below = None
        elif text and text[0] not in "#;" and (nested_below is None or indent <= nested_below):
            nested_below = indent if equals and not value else None
            if value and key.casefold() in kept:
                section[key.casefold()] = value
    return {**sections}


def ini_reader(*keep: str) -> Callable[[bytes], Json]:
    """A reader for Surroundings.facts that keeps only these keys of an INI file."""
    return lambda data: ini(data, keep)


def dotenv(data: bytes) -> dict[str, str]:
    """The variables of a .env file; the last of a name wins, quotes and trailing comments are gone."""
    return {match["name"]: _unquoted(match["value"].strip()) for match in _DOTENV.finditer(data.decode("utf-8-sig"))}


def _unquoted(value: str) -> str:
    quoted = _QUOTED.match(value)
    return quoted["text"] if quoted else re.split(r"\s#", value, maxsplit=1)[0].strip()


def table_in(facts: object, *keys: str) -> Table:
    """The table that stands under these keys; empty where there is none."""
    for key in keys:
        facts = facts.get(key) if isinstance(facts, dict) else None
    return facts if isinstance(facts, dict) else {}


def text_in(facts: object, *keys: str) -> str:
    """The text that stands under these keys; empty where there is none."""
    value = table_in(facts, *keys[:-1]).get(keys[-1])
    return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else ""


def rows_in(facts: object, *keys: str) -> tuple[Table, ...]:
    """The tables of the list that stands under these keys; empty where there is none."""
    value = table_in(facts, *keys[:-1]).get(keys[-1])
    return tuple(row for row in value if isinstance(row, dict)) if isinstance(value, list) else ()
