"""Configuration files as plain values, and safe steps into them.

Readers here parse; each resolver's own reader keeps only the keys it names, so that no token or password is ever
recorded. A file that does not parse raises ValueError, which Surroundings answers as absent.
"""

from __future__ import annotations

import configparser
import re
from collections.abc import Callable, Iterable

import yaml

from agentguard.surroundings import Json

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C loader where PyYAML was built with it
_DOTENV = re.compile(r"^\s*(?:export\s+)?(?P<name>[A-Za-z_]\w*)\s*=\s*(?P<value>.*?)\s*$", re.MULTILINE)
_QUOTED = re.compile(r"""(?P<quote>["'])(?P<text>.*?)(?P=quote)""", re.DOTALL)

Table = dict[str, Json]


def ini(data: bytes, keep: Iterable[str]) -> Table:
    """Sections of an INI file with the keys of `keep` (in lower case). Raises ValueError."""
    parser = configparser.RawConfigParser(strict=False, allow_no_value=True, default_section="")
    try:
        parser.read_string(data.decode("utf-8-sig"))
    except configparser.Error as error:
        raise ValueError(str(error)) from error
    kept = frozenset(keep)
    return {
        name: {key: value.strip() for key, value in parser.items(name) if value and key in kept}
        for name in parser.sections()
    }


def ini_reader(*keep: str) -> Callable[[bytes], Json]:
    """A reader for Surroundings.facts that keeps only these keys of an INI file."""
    return lambda data: ini(data, keep)


def yaml_of(data: bytes) -> object:
    """A YAML document as Python values. Raises ValueError."""
    try:
        return yaml.load(data, Loader=_Loader)  # noqa: S506 - both loaders are the safe ones
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def dotenv(data: bytes) -> dict[str, str]:
    """The variables of a .env file; the last of a name wins, quotes and trailing comments are gone."""
    return {match["name"]: _unquoted(match["value"]) for match in _DOTENV.finditer(data.decode("utf-8-sig"))}


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
