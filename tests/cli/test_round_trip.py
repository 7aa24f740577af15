"""Installing and uninstalling: what was there is there again, byte for byte, and twice is once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from agentguard.broker.own import own
from agentguard.broker.places import places
from agentguard.cli.install import claude_code, kiro
from agentguard.cli.install.additions import Addition, added, removed
from agentguard.cli.install.json_text import parse
from agentguard.cli.install.settings_file import Part, apply, installing, uninstalling
from agentguard.model.errors import AgentguardError
from tests.cli.settings import BY_HAND, generated

COMMAND = "/usr/bin/python -I -S /x/agentguard/client.py /s agent 30"
STANDING = claude_code.Launchers("/s/shell/agentguard-shell", "/s/shims", "/s/shims:/usr/bin:/bin")
KINDS: dict[str, tuple[Addition, ...]] = {
    "user": claude_code.additions("user", COMMAND),
    "managed": claude_code.additions("managed", COMMAND, STANDING),
    "agent of Kiro": kiro.in_agent(COMMAND),
    "hooks of Kiro": kiro.in_hooks(COMMAND),
}
SETTINGS = BY_HAND | {f"made at random, {seed}": generated(seed) for seed in range(60)}


def takes(kind: str, text: str) -> bool:
    """Whether a file of this kind can look like this: only hook files of Kiro's have a list for hooks."""
    hooks = json.loads(text.removeprefix("\ufeff") or "{}").get("hooks") if text.strip() else None
    return hooks is None or isinstance(hooks, list) == (kind == "hooks of Kiro")


ROWS = [(kind, name) for kind in KINDS for name, text in SETTINGS.items() if takes(kind, text)]


@pytest.mark.parametrize(("kind", "name"), ROWS)
def test_uninstalling_leaves_the_very_bytes_that_were_there(kind: str, name: str, tmp_path: Path) -> None:
    path, old = tmp_path / "settings.json", SETTINGS[name].encode()
    path.write_bytes(old)
    part = Part(path, KINDS[kind])
    apply(installing(part))
    once = path.read_bytes()
    assert COMMAND in once.decode()
    assert json.loads(once.decode("utf-8-sig"))
    assert installing(part).after == once.decode()
    apply(uninstalling(part))
    assert path.read_bytes() == old
    assert [each.name for each in tmp_path.iterdir()] == ["settings.json"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_was_not_there_is_gone_again(kind: str, tmp_path: Path) -> None:
    part = Part(tmp_path / "new/settings.json", KINDS[kind])
    apply(installing(part))
    apply(uninstalling(part))
    assert list(tmp_path.rglob("*.json*")) == []


CLEAR = [
    name
    for name in BY_HAND
    if name.startswith(
        (
            "two",
            "tabs",
            "a staircase",
            "commas",
            "one line",
            "line ends",
            "escapes",
            "hooks of others",
            "a byte order mark and one",
        )
    )
]


@pytest.mark.parametrize("name", CLEAR)
@pytest.mark.parametrize("kind", ["user", "managed", "agent of Kiro"])
def test_the_bytes_are_there_again_even_without_the_copy_that_was_kept(kind: str, name: str) -> None:
    text = SETTINGS[name]
    assert removed(added(text, KINDS[kind], ""), KINDS[kind], (), "").text == text


def later(text: str, key: str = "later") -> str:
    """The settings with something that somebody added since."""
    settings = parse(text, "")
    return settings.put(settings.root, key, {"x": [1]}).text


@pytest.mark.parametrize("name", [name for name in SETTINGS if takes("user", SETTINGS[name])])
@pytest.mark.parametrize("kind", ["user", "managed"])
def test_what_came_since_stays_and_what_is_ours_goes(kind: str, name: str) -> None:
    text = SETTINGS[name]
    left = removed(later(added(text, KINDS[kind], "")), KINDS[kind], (text,), "")
    assert left.copy is None
    assert left.text is not None
    remaining = json.loads(left.text.removeprefix("\ufeff"))
    assert remaining.pop("later") == {"x": [1]}
    assert full(remaining) == full(json.loads(text.removeprefix("\ufeff").strip() or "{}"))


def full(settings: dict[str, object]) -> dict[str, object]:
    """The settings without what is empty where ours stood: it may go with it."""
    hooks = settings.get("hooks")
    if isinstance(hooks, dict):
        hooks = {event: entries for event, entries in hooks.items() if entries or "ToolUse" not in event}
    settings = settings | {"hooks": hooks}
    return {key: value for key, value in settings.items() if value or key not in ("env", "hooks", "permissions")}


def test_an_update_of_ours_in_between_changes_nothing_of_it(tmp_path: Path) -> None:
    path, old = tmp_path / "settings.json", '{\n  "model": "opus"\n}'
    path.write_text(old)
    for command in ("/old/agentguard/client.py", COMMAND):
        apply(installing(Part(path, claude_code.additions("user", command))))
    apply(uninstalling(Part(path, claude_code.additions("user"))))
    assert path.read_text() == old


def test_launchers_that_moved_are_named_anew() -> None:
    old = claude_code.Launchers("/old/shell/agentguard-shell", "/s/shims", "/s/shims:/bin")
    text = added("", claude_code.additions("managed", COMMAND, old), "")
    found = json.loads(added(text, KINDS["managed"], ""))
    assert found["env"] == {"CLAUDE_CODE_SHELL_PREFIX": STANDING.prefix, "PATH": STANDING.path}


def test_of_an_entry_that_others_share_only_our_handler_goes() -> None:
    lint = {"type": "command", "command": "lint"}
    text = json.dumps({"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [lint, {"command": COMMAND}]}]}})
    left = removed(text, claude_code.additions("user"), (), "")
    assert json.loads(left.text or "") == {"hooks": {"PreToolUse": [{"matcher": "*", "hooks": [lint]}]}}


def test_settings_without_anything_of_ours_are_left_alone() -> None:
    for text in SETTINGS.values():
        assert removed(text, claude_code.additions("managed"), (), "").text == text


def test_a_frame_stays_while_others_stand_in_it() -> None:
    text = added('{"version": "v1", "hooks": [{"name": "n"}]}', kiro.in_hooks(COMMAND), "")
    left = removed(text, kiro.in_hooks(), (), "")
    assert left.text == '{"version": "v1", "hooks": [{"name": "n"}]}'


@given(some.integers(min_value=60), some.booleans(), some.sampled_from(["user", "managed", "agent of Kiro"]))
def test_any_settings_come_back(seed: int, gone: bool, kind: str) -> None:
    text = generated(seed)
    left = removed(added(text, KINDS[kind], ""), KINDS[kind], () if gone else (text,), "")
    if not gone:
        assert left.text == text
    elif left.text is None:
        assert not any(bool(value) for value in json.loads(text.removeprefix("\ufeff")).get("hooks", {}).values())
    else:
        assert removed(left.text, KINDS[kind], (), "").text == left.text


DECIDED = {
    '{\n  "disableSkillShellExecution": false\n}': r"`disableSkillShellExecution` says .* line 2, column 33",
    '{"permissions": {"disableBypassPermissionsMode": "no"}}': r"`permissions.disableBypassPermissionsMode` says",
    '{"permissions": []}': "`permissions` is not an object",
    '{"env": {"CLAUDE_CODE_SHELL_PREFIX": "/opt/wrap"}}': "`env.CLAUDE_CODE_SHELL_PREFIX` says",
    '{"env": {"PATH": "/home/ada/.pyenv/shims:/bin"}}': "`env.PATH` says",
}


@pytest.mark.parametrize(("text", "why"), DECIDED.items())
def test_what_a_person_has_decided_otherwise_is_not_changed(text: str, why: str) -> None:
    with pytest.raises(AgentguardError, match=why):
        added(text, KINDS["managed"], "settings.json")


# As a person runs it ----------------------------------------------------------------------------------------------


def run(home: Path, *words: str, answer: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", **variables}
    command = [sys.executable, "-I", "-m", "agentguard", *words]
    return subprocess.run(command, env=environ, cwd=home, input=answer, capture_output=True, text=True, check=False)


def state_of(home: Path) -> tuple[str, ...]:
    state = home / "state"
    state.mkdir(mode=0o700, exist_ok=True)
    return ("--state", str(state))


def test_what_install_wrote_uninstall_takes_out_after_it_was_shown_and_agreed_to(tmp_path: Path) -> None:
    settings = tmp_path / ".claude/settings.json"
    settings.parent.mkdir()
    settings.write_text('{"model": "opus"}')
    assert run(tmp_path, "install", "claude-code", "--user", "--yes", *state_of(tmp_path)).returncode == 0
    assert run(tmp_path, "uninstall", "claude-code", "--user").returncode == 1
    ended = run(tmp_path, "uninstall", "claude-code", "--user", answer="y\n")
    assert ended.returncode == 0
    assert '+{"model": "opus"}' in ended.stdout
    assert settings.read_text() == '{"model": "opus"}'
    again = run(tmp_path, "uninstall", "claude-code", "--user", "--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing of agentguard is there" in again.stderr


def test_what_settings_of_a_checkout_say_cannot_move_the_screen(tmp_path: Path) -> None:
    local = tmp_path / ".claude/settings.local.json"
    local.parent.mkdir()
    handler = {"type": "command", "command": "\x1b[2Jlint\u202e"}
    local.write_text(json.dumps({"hooks": {"PreToolUse": [{"hooks": [handler]}]}}))
    ended = run(tmp_path, "install", "claude-code", "--project", "--yes", *state_of(tmp_path))
    assert ended.returncode == 0
    assert "lint" in ended.stderr
    assert not {"\x1b", "\u202e"} & set(ended.stderr)


def test_an_agent_cannot_uninstall(tmp_path: Path) -> None:
    ended = run(tmp_path, "uninstall", "claude-code", "--user", "--yes", CLAUDECODE="1")
    assert ended.returncode == 4
    assert "terminal of your own" in ended.stderr


def test_managed_settings_hold_what_no_agent_can_take_back(tmp_path: Path) -> None:
    settings = tmp_path / "managed-settings.json"
    words = ("claude-code", "--managed", "--at", str(settings), "--yes")
    assert run(tmp_path, "install", *words, *state_of(tmp_path)).returncode == 0
    found = json.loads(settings.read_text())
    handler = found["hooks"]["PreToolUse"][0]["hooks"][0]
    assert (found["hooks"]["PreToolUse"][0]["matcher"], handler["onFailure"], handler["timeout"]) == ("*", "block", 60)
    assert found["disableSkillShellExecution"] is True
    assert found["permissions"] == {"disableBypassPermissionsMode": "disable"}
    assert "env" not in found
    assert stat.S_IMODE(settings.stat().st_mode) == 0o644
    assert run(tmp_path, "uninstall", *words).returncode == 0
    assert not settings.exists()


def test_managed_settings_name_the_launchers_that_stand(tmp_path: Path) -> None:
    settings, state = tmp_path / "m.json", state_of(tmp_path)
    here = Path(state[1])
    for words in (("shell", "install"), ("shims", "install")):
        assert run(tmp_path, *words, *state).returncode == 0
    words = ("claude-code", "--managed", "--at", str(settings), "--yes", *state)
    assert run(tmp_path, "install", *words, PATH=f"{here}/shims:/usr/bin:/bin").returncode == 0
    prefix = json.loads(settings.read_text())["env"].pop("CLAUDE_CODE_SHELL_PREFIX")
    assert os.access(prefix, os.X_OK)
    assert json.loads(settings.read_text())["env"]["PATH"] == f"{here}/shims:/usr/bin:/bin"
    assert run(tmp_path, "install", *words, "--path", "/opt/bin").returncode == 0
    assert json.loads(settings.read_text())["env"]["PATH"] == f"{here}/shims:/opt/bin"
    assert run(tmp_path, "uninstall", *words).returncode == 0
    assert not settings.exists()


def test_managed_settings_under_sudo_need_the_broker_of_whoever_called_it(tmp_path: Path) -> None:
    settings = tmp_path / "m.json"
    words = ("claude-code", "--managed", "--at", str(settings), "--yes", *state_of(tmp_path))
    ended = run(tmp_path, "install", *words, SUDO_UID="54321")
    assert ended.returncode == 1
    assert "--state" in ended.stderr
    assert not settings.exists()
    (tmp_path / "state/shims").mkdir(mode=0o700)
    ended = run(tmp_path, "install", *words, SUDO_UID=str(os.geteuid()))
    assert ended.returncode == 0
    assert '--path "$PATH"' in ended.stderr
    assert "env" not in json.loads(settings.read_text())


def test_settings_that_were_put_elsewhere_are_guarded_until_they_are_taken_out(tmp_path: Path) -> None:
    state, moved = state_of(tmp_path), tmp_path / "moved"
    here = places(*state[1::2])
    settings = tmp_path / "odd" / "m.json"
    managed = ("claude-code", "--managed", "--at", str(settings), "--yes", *state)
    user = ("claude-code", "--user", "--yes", *state)
    assert run(tmp_path, "install", *managed).returncode == 0
    assert run(tmp_path, "install", *user, CLAUDE_CONFIG_DIR=str(moved)).returncode == 0
    assert {str(settings), str(moved / "settings.json")} <= set(own(here).places)
    assert run(tmp_path, "uninstall", *managed).returncode == 0
    assert run(tmp_path, "uninstall", *user, CLAUDE_CONFIG_DIR=str(moved)).returncode == 0
    assert not {str(settings), str(moved / "settings.json")} & set(own(here).places)


def test_settings_of_everybody_name_nobody(tmp_path: Path) -> None:
    settings = tmp_path / "m.json"
    words = ("claude-code", "--managed", "--at", str(settings), "--yes")
    assert run(tmp_path, "install", *words, AGENTGUARD_STATE=str(tmp_path / "mine")).returncode == 0
    assert str(tmp_path) not in settings.read_text()
    assert "'~/" in settings.read_text()  # quoted: no shell puts HOME in
    assert run(tmp_path, "uninstall", *words).returncode == 0
    assert not settings.exists()
