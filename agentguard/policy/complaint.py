"""Pydantic's errors as sentences with a place and a hint: ``unknown tier `prodution` in team.toml: did you mean …``."""

from __future__ import annotations

import re
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agentguard.model.errors import PolicyError, did_you_mean
from agentguard.policy.schema import PersonEntry, PolicyFile, Rule, Waiting, When
from agentguard.tools.schema import Closed

MODELS: dict[tuple[str, ...], type[Closed]] = {
    (): PolicyFile,
    ("rule",): Rule,
    ("rule", "when"): When,
    ("person",): PersonEntry,
    ("hold",): Waiting,
}

MUST = {  # what a value must be, by pydantic's name of the error
    "bool_type": "be true or false",
    "dict_type": "be a table",
    "greater_than_equal": "be at least {ge}",
    "int_type": "be a whole number",
    "less_than_equal": "be at most {le}",
    "model_type": "be a table",
    "string_pattern_mismatch": "be lower-case letters, digits and dashes",
    "string_too_long": "be at most {max_length} characters long",
    "string_too_short": "not be empty",
    "string_type": "be a text",
    "too_short": "not be empty",
    "tuple_type": "be a list",
}


def complaint(error: ValidationError, place: str, raw: dict[str, Any]) -> PolicyError:
    """The most telling of the errors, as a PolicyError: a misspelt key also shows as one that is missing."""
    first = min(error.errors(), key=lambda one: one["type"] != "extra_forbidden")
    problem, hint = _said(first)
    return PolicyError(problem, place=_place(place, first["loc"], raw), hint=hint)


def _said(error: ErrorDetails) -> tuple[str, str]:
    keys = tuple(part for part in error["loc"] if isinstance(part, str))
    key, kind = (keys or ("",))[-1], error["type"]
    if kind == "extra_forbidden":
        return f"unknown key `{key}`", did_you_mean(key, _known_keys(keys[:-1]))
    if kind in ("enum", "literal_error"):
        known = tuple(re.findall(r"'([^']*)'", str(error["ctx"]["expected"])))
        return f"unknown {key} `{error['input']}`", did_you_mean(str(error["input"]), known)
    if kind == "missing":
        return f"`{key}` is missing", ""
    if kind == "value_error":
        return str(error["ctx"]["error"]), ""
    must = MUST.get(kind)
    return (f"`{key}` must {must.format(**error.get('ctx', {}))}" if must else f"`{key}`: {error['msg']}"), ""


def _known_keys(path: tuple[str, ...]) -> tuple[str, ...]:
    model = MODELS.get(path, When)
    return tuple(field.alias or name for name, field in model.model_fields.items())


def _place(place: str, loc: tuple[int | str, ...], raw: dict[str, Any]) -> str:
    if len(loc) < 2 or loc[0] not in ("rule", "person") or not isinstance(loc[1], int):
        return place
    entry = raw[loc[0]][loc[1]]
    name = entry.get("id", entry.get("name")) if isinstance(entry, dict) else None
    return f"{place}, {loc[0]} `{name}`" if name else f"{place}, {loc[0]} {loc[1] + 1}"
