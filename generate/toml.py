"""Tables as TOML that reads well in a diff: lists are filled to the width of the house, groups are one line each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence

WIDTH = 160  # of a filled line in a generated table


def strings(name: str, values: Sequence[str]) -> str:
    """`name = ["a", "b"]`, over several lines where it is long."""
    items = [json.dumps(value) for value in values]
    line = f"{name} = [{', '.join(items)}]\n"
    return line if len(line) <= WIDTH else f"{name} = [\n{''.join(_filled(items))}]\n"


def _filled(items: Iterable[str]) -> Iterator[str]:
    line = " "
    for item in items:
        if len(line) + len(item) + 2 > WIDTH:
            yield f"{line}\n"
            line = " "
        line += f" {item},"
    yield f"{line}\n"


def group(path: str, lists: Mapping[str, Iterable[str]]) -> str:
    """`"ec2" = { delete = ["release-address"] }`, on one line."""
    told = ", ".join(f"{name} = [{', '.join(map(json.dumps, values))}]" for name, values in lists.items())
    return f'"{path}" = {{ {told} }}\n'


def text(name: str, value: str) -> str:
    """`name = "value"`."""
    return f"{name} = {json.dumps(value, ensure_ascii=False)}\n"
