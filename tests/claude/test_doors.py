"""What stands behind the hook: before the shell and before programs, named in settings of each level.

The prefix sees what no hook does; shims see what a program is really given. Who was asked at one door is not asked at
the next. Managed settings are tried on a machine of our own, where only they hold the hook.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest

from examples.demo.world import AGENTGUARD, held
from tests.claude.model import Dialogue, Told, Use
from tests.claude.shop import DROP, Shop, bash
from tests.everybody import own_machine

pytestmark = pytest.mark.claude

DEPLOY = f"#!/bin/sh\n{DROP}\necho ended with $?\n"
SKILL = "---\nname: clean\ndescription: cleans up\n---\nThe state: !`{line}`\n"


def settings(shop: Shop, **more: object) -> None:
    """Put more into the settings that hold the hook."""
    shop.settings.write_text(json.dumps(json.loads(shop.settings.read_text()) | more))


def skill(shop: Shop, line: str) -> Use:
    """A skill that runs a line by itself, and its use."""
    file = shop.checkout / ".claude" / "skills" / "clean" / "SKILL.md"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(SKILL.format(line=line))
    return Use("Skill", {"skill": "clean"})


def told_of(shop: Shop, use: Use) -> Told:
    heard: list[Told] = []

    def dialogue() -> Dialogue:
        heard.append((yield use))

    shop.talk(dialogue())
    return heard[0]


def test_the_line_of_a_skill_is_what_no_hook_sees(shop: Shop):
    told_of(shop, skill(shop, DROP))
    assert len(shop.ran) == 1


def test_the_line_of_a_skill_is_refused_by_the_prefix(shop: Shop):
    prefix = shop.world.guard("shell", "install").strip()
    settings(shop, env={"CLAUDE_CODE_SHELL_PREFIX": prefix})
    told_of(shop, skill(shop, DROP))
    assert shop.ran == []
    assert "Drops the table orders" in shop.world.guard("pending")


def test_a_skill_whose_line_is_harmless_runs_behind_the_prefix(shop: Shop):
    prefix = shop.world.guard("shell", "install").strip()
    settings(shop, env={"CLAUDE_CODE_SHELL_PREFIX": prefix})
    told_of(shop, skill(shop, "echo fine > made"))
    assert (shop.checkout / "made").read_text() == "fine\n"


def test_a_prefix_that_is_gone_lets_nothing_run(shop: Shop):
    settings(shop, env={"CLAUDE_CODE_SHELL_PREFIX": "/nonexistent/agentguard-shell"})
    assert told_of(shop, bash("touch made")).failed
    assert not (shop.checkout / "made").exists()


@dataclass(frozen=True)
class Managed:
    """A shop on a machine whose managed settings hold hook, prefix and shims; its project's hold nothing."""

    shop: Shop
    machine: tuple[str, ...]

    def ask(self, use: Use) -> Told:
        heard: list[Told] = []

        def dialogue() -> Dialogue:
            heard.append((yield use))

        self.talk(dialogue())
        return heard[0]

    def talk(self, dialogue: Dialogue, *options: str) -> None:
        """Claude Code's own prompts cannot be bypassed here, so it is allowed what would be asked about."""
        self.shop.talk(
            dialogue, "--allowedTools", "Bash", "--permission-mode", "default", *options, machine=self.machine
        )


@pytest.fixture
def managed(shop: Shop, tmp_path: Path) -> Managed:
    machine = own_machine(tmp_path / "machine", shop.world.home)
    if not machine:
        pytest.skip("this system gives no namespaces")
    guard, path = (*machine, str(AGENTGUARD)), shop.world.environment["PATH"]
    shop.world.run(*guard, "shell", "install", "--managed")
    shop.world.run(*guard, "shims", "install", "--managed")
    shop.world.run(*guard, "install", "claude-code", "--managed", "--yes", "--path", path)
    shop.settings.unlink()
    return Managed(shop, machine)


def test_managed_settings_hold_a_call_and_let_it_run_once_when_it_is_approved(managed: Managed):
    shop = managed.shop

    def dialogue() -> Dialogue:
        told = yield bash(DROP)
        assert told.failed
        shop.approve(held(told.text))
        told = yield bash(DROP)  # past the hook, the prefix and the shim of psql, none of which asks again
        assert (told.failed, len(shop.ran)) == (False, 1)
        assert (yield bash(DROP)).failed

    managed.talk(dialogue())
    assert len(shop.ran) == 1
    log = (shop.world.home / ".local/state/agentguard/audit.jsonl").read_text()
    entries = [json.loads(line) for line in log.splitlines()]
    doors = [entry["body"].get("door") for entry in entries if entry["kind"] == "passed"]
    assert "shell" in doors
    assert len(json.loads(shop.world.guard("pending", "--json"))) == 1  # the third call's


def test_a_harmless_call_passes_every_door_untouched(managed: Managed):
    told = managed.ask(bash("echo one; git --version > made"))
    assert (told.failed, told.text.splitlines()[0]) == (False, "one")
    assert (managed.shop.checkout / "made").read_text().startswith("git version")


def test_what_only_a_program_of_ones_own_reaches_is_refused_by_the_shim(managed: Managed):
    deploy = managed.shop.world.server.programs / "deploy"
    deploy.write_text(DEPLOY)
    deploy.chmod(0o755)
    told = managed.ask(bash("deploy --now"))
    assert "ended with 77" in told.text  # neither the hook nor the prefix knows what it does
    assert "Drops the table orders" in told.text
    assert managed.shop.ran == []


def test_managed_settings_keep_a_skill_from_running_lines(managed: Managed):
    managed.ask(skill(managed.shop, "touch made"))
    assert not (managed.shop.checkout / "made").exists()


WAYS_ROUND = {
    "settings that switch hooks off": ("--settings", '{"disableAllHooks": true}'),
    "bare": ("--bare",),
    "safe mode": ("--safe-mode",),
    "only the user's settings": ("--setting-sources", "user"),
    "the flag that skips prompts": ("--dangerously-skip-permissions",),
}


@pytest.mark.parametrize("options", WAYS_ROUND.values(), ids=WAYS_ROUND)
def test_no_switch_leads_round_managed_settings(managed: Managed, options: tuple[str, ...]):
    def dialogue() -> Dialogue:
        assert (yield bash(DROP)).failed

    managed.talk(dialogue(), *options)
    assert managed.shop.ran == []


@pytest.mark.parametrize("name", ["settings.json", "settings.local.json"])
def test_a_checkout_does_not_switch_managed_settings_off(managed: Managed, name: str):
    (managed.shop.settings.parent / name).write_text('{"disableAllHooks": true, "disableSkillShellExecution": false}')
    assert managed.ask(bash(DROP)).failed
    assert managed.shop.ran == []


@pytest.mark.parametrize("switch", ["--bare", "--safe-mode", "--dangerously-skip-permissions"])
def test_an_agent_does_not_start_another_one_past_the_hook(shop: Shop, switch: str):
    told = told_of(shop, bash(f"claude -p 'do it' {switch}"))
    assert told.failed
    assert "BLOCKED" in told.text
