"""What keeps a hook from working although it is installed is found and said."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from agentguard.broker.launchers import PREFIX
from agentguard.broker.places import places
from agentguard.cli.install import claude_code, kiro
from agentguard.cli.install.agents import INSTALLERS, Launchers, Where, named, standing
from agentguard.cli.install.settings_file import apply, installing

OURS = {"type": "command", "command": "/usr/bin/python /x/agentguard/client.py s claude-code 30"}


def hooks(*handlers: dict[str, object], event: str = "PreToolUse") -> str:
    return json.dumps({"hooks": {event: [{"matcher": "*", "hooks": list(handlers)}]}})


SAID = {
    "every hook off": ('{"disableAllHooks": true}', "`disableAllHooks` is true in F"),
    "only managed hooks": ('{"allowManagedHooksOnly": true}', "`allowManagedHooksOnly` is true in F"),
    "permissions that are a text": ('{"permissions": {"allow": "Bash"}}', "`permissions.allow` in F is badly typed"),
    "permissions that are numbers": ('{"permissions": {"deny": [1]}}', "`permissions.deny` in F is badly typed"),
    "a timeout of nothing": (hooks({"command": "x", "timeout": 0}), "the timeout of the hook `x` in F is badly typed"),
    "a timeout below that": (hooks({"command": "x", "timeout": -1}), "the timeout of the hook `x`"),
    "a timeout that is true": (hooks({"command": "x", "timeout": True}), "the timeout of the hook `x`"),
    "a timeout of ours": (hooks({**OURS, "timeout": "60"}), "the timeout of the hook `/usr/bin/python"),
    "another hook": (hooks({"command": "lint"}), "the hook `lint` in F runs before tools too, and could rewrite"),
    "another hook by HTTP": (hooks({"type": "http", "url": "http://x"}), "the hook `http://x` in F runs before"),
    "one that rewrites": (hooks({"command": "echo updatedInput"}), "the hook `echo updatedInput` in F rewrites"),
    "a script that rewrites": (hooks({"command": 'sh "fix.sh"'}), 'the hook `sh "fix.sh"` in F rewrites'),
    "a byte order mark": ('\ufeff{"a": 1}', "a byte order mark begins F"),
}


@pytest.mark.parametrize(("text", "said"), SAID.values(), ids=SAID.keys())
def test_what_is_wrong_with_settings_is_one_sentence(text: str, said: str) -> None:
    found = claude_code.cautions(text, "F", "user", {"fix.sh": 'print({"updatedInput": 1})'})
    assert [sentence.startswith(said) for sentence in found][:1] == [True]
    assert all(sentence.endswith(".") for sentence in found)


SILENT = {
    "nothing": "{}",
    "no object": "[]",
    "switches that are off": '{"disableAllHooks": false, "allowManagedHooksOnly": false}',
    "permissions": '{"permissions": {"allow": ["Bash(ls)"], "deny": []}}',
    "ours": hooks({**OURS, "timeout": 60}),
    "a hook after tools": hooks({"command": "updatedInput"}, event="PostToolUse"),
    "hooks that are none": '{"hooks": {"PreToolUse": [1, {"hooks": "x"}, {"hooks": [2]}]}}',
}


@pytest.mark.parametrize("text", SILENT.values(), ids=SILENT.keys())
def test_about_settings_that_are_well_nothing_is_said(text: str) -> None:
    assert claude_code.cautions(text, "F", "user") == ()


def test_nothing_below_switches_a_managed_hook_off() -> None:
    assert claude_code.cautions('{"disableAllHooks": true}', "F", "managed") == ()


def said(agent: str, where: Where) -> str:
    return "\n".join(INSTALLERS[agent].cautions(where))


def made(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.fixture
def where(tmp_path: Path) -> Where:
    environ = {"HOME": str(tmp_path / "home"), "PATH": str(tmp_path / "bin")}
    launchers = Launchers("/s/shell/agentguard-shell", "/s/shims", "/s/shims:/bin")
    return Where("user", environ, tmp_path / "repo", tmp_path / "managed-settings.json", launchers)


def test_the_settings_of_every_level_are_looked_at(where: Where) -> None:
    made(where.cwd / ".claude/settings.json", '{"disableAllHooks": true}')
    broken = made(where.cwd / ".claude/settings.local.json", '{\n  "a": 1,\n}')
    made(where.managed, '{"allowManagedHooksOnly": true}')
    made(where.managed.parent / "managed-settings.d/10.json", hooks({"command": "corporate"}))
    found = said("claude-code", where)
    assert f"`disableAllHooks` is true in {where.cwd}/.claude/settings.json" in found
    assert f"`allowManagedHooksOnly` is true in {where.managed}" in found
    assert "drops all of a file that it cannot read: this is not JSON" in found
    assert f"{broken}, line 3, column 1" in found
    assert "the hook `corporate` in" in found


@pytest.mark.parametrize(
    "name", ["$CLAUDE_PROJECT_DIR/fix.py", "${CLAUDE_PROJECT_DIR}/fix.py", "./fix.py", "~/../repo/fix.py"]
)
def test_a_script_is_looked_into_wherever_it_lies(name: str, where: Where) -> None:
    where.home.mkdir()
    made(where.cwd / "fix.py", "updatedInput")
    made(where.cwd / ".claude/settings.json", hooks({"command": f'python3 "{name}"'}))
    assert "rewrites what a tool is given" in said("claude-code", where)


@pytest.mark.parametrize("name", ["x" * 5000, "\0", "/dev/zero", "pipe", "~/", "$CLAUDE_PROJECT_DIR"])
def test_a_checkout_that_names_what_is_no_script_hinders_nobody(name: str, where: Where) -> None:
    where.cwd.mkdir()
    os.mkfifo(where.cwd / "pipe")
    made(where.cwd / ".claude/settings.json", hooks({"command": name}))
    assert "runs before tools too" in said("claude-code", where)


def program(where: Where, name: str, tells: str) -> None:
    made(Path(where.environ["PATH"]) / name, f"#!/bin/sh\necho '{tells}'\n").chmod(0o755)


def test_an_older_claude_code_is_told_and_one_that_is_not_there_is_not(where: Where) -> None:
    assert said("claude-code", where) == ""
    program(where, "claude", "2.1.197 (Claude Code)")
    assert "2.1.197 lets a call pass" in said("claude-code", where)
    program(where, "claude", "2.1.329 (Claude Code)")
    assert said("claude-code", where) == ""


def test_a_program_that_cannot_be_run_says_nothing(where: Where) -> None:
    made(Path(where.environ["PATH"]) / "claude", "no program").chmod(0o755)
    assert said("claude-code", where) == ""


STANDING = {
    "a user's shell": ("user", Launchers(), ["nothing stands before the shell"]),
    "a project's": ("project", Launchers(), []),
    "a machine's": ("managed", Launchers(), ["nothing stands before the shell", "nothing stands before programs"]),
    "all of a machine's": ("managed", Launchers("/p", "/s", "/s:/bin"), ["PATH stands in these settings as it is now"]),
}


@pytest.mark.parametrize(("level", "launchers", "expected"), STANDING.values(), ids=STANDING.keys())
def test_what_does_not_stand_before_shell_and_programs_is_said(
    level: str, launchers: Launchers, expected: list[str]
) -> None:
    found = claude_code.cautions_of_launchers(level, launchers)
    assert [sentence.partition(":")[0] for sentence in found] == expected


def test_only_launchers_that_stand_are_named(tmp_path: Path) -> None:
    here = places(tmp_path / "s")
    assert standing(here, "/bin") == Launchers("", f"{here.state}/shims", "")
    made(Path(named(here).prefix), "").parent.rename(tmp_path / "s/shell")
    here.shims.mkdir()
    path = f"{here.state}/shims:/bin"
    assert standing(here, f"/bin:{here.state}/shims:") == Launchers(named(here).prefix, f"{here.state}/shims", path)
    assert standing(here, "").path == ""


def test_the_settings_name_the_launcher_that_is_written() -> None:
    assert claude_code.SHELL == PREFIX


# Kiro -------------------------------------------------------------------------------------------------------------


def wanted(where: Where) -> dict[str, bool]:
    return {part.path.name: part.wanted for part in INSTALLERS["kiro"].parts(where, "guard")}


def test_every_agent_and_the_file_of_hooks_get_the_hook(where: Where) -> None:
    assert wanted(where) == {"agentguard.json": True}
    made(where.home / ".kiro/agents/b.json", "{}")
    made(where.home / ".kiro/agents/a.json", "{}")
    made(where.home / ".kiro/agents/a.json.before-agentguard", "{}")
    made(where.cwd / ".kiro/agents/c.json", "{}")
    assert wanted(where) == {"a.json": True, "b.json": True, "agentguard.json": True}


@pytest.mark.parametrize(
    ("told", "agents"),
    [("kiro-cli 2.19.2", True), ("kiro-cli 3.0.0", False), ("kiro-cli 10.1.2", False), ("", True), ("who knows", True)],
)
def test_a_cli_that_reads_hook_files_gets_one_hook_and_not_two(told: str, agents: bool, where: Where) -> None:
    made(where.home / ".kiro/agents/a.json", "{}")
    program(where, "kiro-cli", told)
    assert wanted(where) == {"a.json": agents, "agentguard.json": True}


def test_after_an_update_of_the_cli_installing_takes_the_second_hook_out_again(where: Where) -> None:
    file = made(where.home / ".kiro/agents/a.json", '{"name": "a"}')
    for told in ("kiro-cli 2.19.2", "kiro-cli 3.0.0"):
        program(where, "kiro-cli", told)
        for part in INSTALLERS["kiro"].parts(where, "/x/agentguard/client.py"):
            apply(installing(part))
        assert ("preToolUse" in file.read_text()) is told.startswith("kiro-cli 2")
    assert file.read_text() == '{"name": "a"}'


def test_a_hook_of_the_other_level_and_a_profile_that_no_hook_is_told_are_said(where: Where) -> None:
    assert said("kiro", where) == ""
    made(where.cwd / ".kiro/hooks/agentguard.json", "{}")
    made(where.home / ".kiro/agents/a.json", '{"toolsSettings": {"use_aws": {"profile_name": "prod"}}}')
    assert "sends use_aws to the profile `prod`" in said("kiro", where)


@pytest.mark.parametrize("text", ["{}", "[]", '{"toolsSettings": 1}', '{"toolsSettings": {"use_aws": {}}}'])
def test_about_an_agent_that_names_no_profile_nothing_is_said(text: str) -> None:
    assert kiro.cautions(text, "F") == ()
