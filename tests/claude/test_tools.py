"""Every tool of Claude Code that can do harm comes to the hook, and is judged by what it would do."""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agentguard.classify.files import TEMPORARY
from examples.demo.world import held
from tests.claude.model import Dialogue, Use
from tests.claude.program import CACHE
from tests.claude.shop import DROP, Shop, bash

pytestmark = pytest.mark.claude

SQL_SERVER = Path(__file__).with_name("sql_server.py")


def written(path: Path, content: str = "new") -> Use:
    return Use("Write", {"file_path": str(path), "content": content})


def read(path: Path) -> Use:
    return Use("Read", {"file_path": str(path)})


def edited(path: Path, old: str, new: str) -> Use:
    return Use("Edit", {"file_path": str(path), "old_string": old, "new_string": new})


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A file of others: outside the checkout, and in no temporary directory, where all would be scratch."""
    if str(CACHE).startswith((*TEMPORARY, tempfile.gettempdir())):
        pytest.skip("this checkout lies in a temporary directory: there is no elsewhere that is not scratch")
    CACHE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=CACHE.parent, prefix="elsewhere-") as folder:
        path = Path(folder) / "notes.txt"
        path.write_text("old")
        yield path


def test_files_of_the_project_are_written_and_edited(shop: Shop):
    made = shop.checkout / "app.py"

    def dialogue() -> Dialogue:
        assert not (yield written(made, "x = 1\n")).failed
        assert not (yield edited(made, "x = 1", "x = 2")).failed

    shop.talk(dialogue())
    assert made.read_text() == "x = 2\n"


def test_a_file_of_others_is_not_overwritten_unasked(shop: Shop, elsewhere: Path):
    def dialogue() -> Dialogue:
        assert not (yield read(elsewhere)).failed
        told = yield written(elsewhere)
        assert told.failed
        assert held(told.text)

    shop.talk(dialogue())
    assert elsewhere.read_text() == "old"


def test_an_mcp_tool_that_carries_sql_is_judged_by_its_sql(shop: Shop):
    ran = shop.checkout / "sql"
    server = {"command": sys.executable, "args": ["-I", str(SQL_SERVER), str(ran)]}

    def query(sql: str) -> Use:
        return Use("mcp__shop__query", {"sql": sql})

    def dialogue() -> Dialogue:
        told = yield query("SELECT 1")
        assert (told.failed, told.text) == (False, "1 row")
        told = yield query("DROP TABLE orders")
        assert told.failed
        assert "Drops the table orders" in told.text
        assert held(told.text)

    shop.talk(dialogue(), "--mcp-config", json.dumps({"mcpServers": {"shop": server}}), "--strict-mcp-config")
    assert ran.read_text() == "SELECT 1\n"


def test_a_subagents_call_is_held_too(shop: Shop):
    heard = []

    def dialogue() -> Dialogue:
        yield Use("Agent", {"description": "work", "prompt": "HELPER: do it", "subagent_type": "general-purpose"})

    def helper() -> Dialogue:
        assert not (yield bash("touch made")).failed
        told = yield bash(DROP)
        assert told.failed
        heard.append(held(told.text))

    shop.talk(dialogue(), HELPER=helper())
    assert (len(heard), shop.ran, (shop.checkout / "made").exists()) == (1, [], True)


def test_a_call_in_the_background_is_held_too(shop: Shop):
    def dialogue() -> Dialogue:
        told = yield bash(DROP, run_in_background=True)
        assert told.failed
        shop.approve(held(told.text))
        assert not (yield bash(DROP, run_in_background=True)).failed
        assert not (yield bash("until test -s ran; do sleep 0.05; done")).failed

    shop.talk(dialogue())
    assert len(shop.ran) == 1


def test_nothing_rewrites_the_settings_that_hold_the_hook(shop: Shop):
    own, local, user = ".claude/settings.json", ".claude/settings.local.json", "~/.claude/settings.json"
    uses = [
        *(bash(f"echo '{{}}' > {name}") for name in (own, local, user)),
        bash(f"cp /dev/null {own}"),
        bash(f"rm -f {own}"),
        bash(f"sed -i s/PreToolUse/Nothing/ {own}"),
        bash("mv .claude aside"),
        bash('cd .claude && python3 -c \'open("settings.json", "w")\''),
        written(shop.settings, "{}"),
        edited(shop.settings, '"onFailure": "block"', '"onFailure": "continue"'),
        written(shop.settings.with_name("settings.local.json"), "{}"),
        written(shop.world.home / ".claude" / "settings.json", "{}"),
    ]

    def dialogue() -> Dialogue:
        yield read(shop.settings)
        for use in uses:
            told = yield use
            assert told.failed, use
            assert "BLOCKED" in told.text

    before = shop.settings.read_text()
    shop.talk(dialogue())
    assert shop.settings.read_text() == before
