"""boto3 in Python: a call of a client or resource as the `aws` command that does the same.

A method of a client is the operation's name with underscores; a resource is known by its service alone, and what it
deletes as objects of it.
"""

from __future__ import annotations

import ast

from agentguard.model.command import Word
from agentguard.parse.code.python_values import DEPTH, Values

COMMANDS = {"s3": "s3api"}  # the aws command of a service whose own name is that of another command
DESTROYS = ("delete", "terminate", "purge", "remove", "stop")


def words(node: ast.Call, values: Values) -> tuple[Word, ...] | None:
    """`aws SERVICE OPERATION --option value …`, or None where the call is not one of boto3's."""
    if not isinstance(node.func, ast.Attribute):
        return None
    maker, direct = _maker(node.func.value, values)
    if maker is None or not maker.args:
        return None
    service = values.word(maker.args[0]).text
    method = node.func.attr
    if _kind(maker, values) == "resource":
        if not method.startswith(DESTROYS):
            return None
        method = "delete-objects" if method == "delete" else method
    elif not direct:
        return None
    options = [word for keyword in (*node.keywords, *_profile(maker)) for word in _option(keyword, values)]
    return (Word("aws"), Word(COMMANDS.get(service, service)), Word(method.replace("_", "-")), *options)


def _maker(node: ast.expr, values: Values) -> tuple[ast.Call | None, bool]:
    """The `boto3.client(…)` or `.resource(…)` that an expression starts from, and whether it is that itself."""
    direct = True
    for _ in range(DEPTH):
        node = values.resolved(node)
        if isinstance(node, ast.Call) and _kind(node, values):
            return node, direct
        if isinstance(node, ast.Call):
            node = node.func
        if not isinstance(node, ast.Attribute):
            return None, False
        node, direct = node.value, False
    return None, False


def _kind(node: ast.Call, values: Values) -> str:
    """`client` or `resource` of boto3 or of a session of it; "" for any other call."""
    if not isinstance(node.func, ast.Attribute) or node.func.attr not in ("client", "resource"):
        return ""
    owner = values.resolved(node.func.value)
    name = values.dotted(owner.func if isinstance(owner, ast.Call) else owner)
    return node.func.attr if name in ("boto3", "boto3.Session", "boto3.session.Session") else ""


def _profile(maker: ast.Call) -> list[ast.keyword]:
    """The options of the client that say where it lands."""
    return [keyword for keyword in maker.keywords if keyword.arg in ("region_name", "endpoint_url")]


def _option(keyword: ast.keyword, values: Values) -> tuple[Word, ...]:
    """`DBInstanceIdentifier="x"` is `--db-instance-identifier x`."""
    if keyword.arg is None:
        return ()
    name = "region" if keyword.arg == "region_name" else _kebab(keyword.arg.replace("_", "-"))
    listed = values.words(keyword.value)
    return (Word(f"--{name}"), *(listed if listed is not None else (values.word(keyword.value),)))


def _kebab(name: str) -> str:
    found = ""
    for place, letter in enumerate(name):
        after = name[place + 1 : place + 2]
        starts = letter.isupper() and place and (not name[place - 1].isupper() or after.islower())
        found += ("-" if starts and not found.endswith("-") else "") + letter.lower()
    return found
