"""The table that the README writes for its reader: it loads, and its examples do what they say."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import Verb
from agentguard.surroundings import Memory, Surroundings
from agentguard.tools import Toolbox, by_name, schema
from agentguard.tools.schema import Tool


def table_of_the_readme() -> Tool:
    readme = files("agentguard.tools").joinpath("README.md").read_text(encoding="utf-8")
    block = re.search(r"```toml\n(.*?)```", readme, re.DOTALL)
    assert block is not None
    return Tool.model_validate(tomllib.loads(block[1]))


def test_the_table_of_the_readme_does_what_its_examples_say() -> None:
    table = table_of_the_readme()
    toolbox = Toolbox(by_name((table,)))
    for example in table.example:
        found = plan(Call(ShellLine(example.run), "/work"), Surroundings(Memory(), "/work"), toolbox)
        assert [finding.effect.describe() for finding in found.findings] == [example.is_], example.run


def test_the_readme_names_every_key_of_the_grammar() -> None:
    readme = files("agentguard.tools").joinpath("README.md").read_text(encoding="utf-8")
    models = (
        schema.Tool,
        schema.Options,
        schema.Row,
        schema.Change,
        schema.Carries,
        schema.Words,
        schema.Within,
        schema.Risk,
    )
    keys = {field.alias or name for model in models for name, field in model.model_fields.items()} - set(Verb)
    assert {key for key in keys if f"`{key}`" not in readme and f"[{key}]" not in readme} == set()
