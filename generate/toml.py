"""Tables as TOML that reads well in a diff: lists are filled to the width of the house, groups are one line each."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping, Sequence

WIDTH = 160  # of a filled line in a generated table


def strings(name: str, values: Sequence[str]) -> str:
    """`name = ["a", "b"]`, over several lines where it is long."""
    items = ", ".join(json.dumps(value) for value in values)
    if len(name) + len(items) + 5 <= WIDTH:
        return f"{name} = [{items}]\n"
    wrapped = textwrap.fill(items, WIDTH, initial_indent="  ", subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return f"{name} = [\n{wrapped},\n]\n"


def group(path: str, lists: Mapping[str, Iterable[str]]) -> str:
    """`"ec2" = { delete = ["release-address"] }`, on one line."""
    told = ", ".join(f"{name} = [{', '.join(map(json.dumps, values))}]" for name, values in lists.items())
    return f'"{path}" = {{ {told} }}\n'


def text(name: str, value: str) -> str:
    """`name = "value"`."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
