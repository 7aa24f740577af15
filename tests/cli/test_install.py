"""Installing the hook: what was there stays, nothing is written unseen, and twice is once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

import agentguard
from agentguard.cli.install.additions import added
from agentguard.cli.install.claude_code import additions, caution_of_version, hook_command
from agentguard.model.errors import AgentguardError

COMMAND = "/usr/bin/python -I -S /x/agentguard/client.py /s claude-code 30"
BEFORE = {
    "matcher": "*",
    "hooks": [{"type": "command", "command": COMMAND, "timeout": 60, "onFailure": "block"}],
}
AFTER = {"matcher": "*", "hooks": [{"type": "command", "command": COMMAND, "timeout": 60}]}
HOOKS = {"PreToolUse": [BEFORE], "PostToolUse": [AFTER], "PostToolUseFailure": [AFTER]}


def settings_with_hook(text: str, command: str = COMMAND) -> str:
    return added(text, additions("user", command), "settings.json")


def test_no_settings_become_settings_with_the_hook() -> None:
    assert json.loads(settings_with_hook("", COMMAND)) == {"hooks": HOOKS}
    assert settings_with_hook("", COMMAND).endswith("}\n")


def lines_kept(before: str, after: str) -> bool:
    """Every line of the old text stands in the new one, in order; a comma may have come to its end."""
    remaining = iter(after.splitlines())
    return all(any(new in (old, old + ",") for new in remaining) for old in before.splitlines())


TEXTS = {
    "an empty object": "{}",
    "an empty object over two lines": "{\n}\n",
    "two blanks": '{\n  "model": "opus",\n  "b": [1, 2]\n}\n',
    "four blanks": '{\n    "a": {\n        "z": 1\n    }\n}\n',
    "tabs": '{\n\t"a": 1\n}\n',
    "no line break at the end": '{\n  "a": 1\n}',
    "blank lines and odd blanks": '\n{\n\n  "a" :1 ,\n  "b":[ 1,2 ]\n\n}\n\n',
    "numbers and escapes as they are spelt": '{\n  "n": 1.0e5,\n  "t": "\\u00e9\\/",\n  "u": "é"\n}\n',
    "unknown keys": '{\n  "zzz": {"deep": [{"x": null}]},\n  "aaa": true\n}\n',
    "hooks of others": (
        '{\n  "hooks": {\n    "PreToolUse": [\n      {\n        "matcher": "Bash",\n        "hooks": [\n'
        '          {"type": "command", "command": "lint"}\n        ]\n      }\n    ],\n    "Stop": []\n  }\n}\n'
    ),
    "hooks that are empty": '{\n  "hooks": {},\n  "a": 1\n}\n',
    "a list that is empty": '{\n  "hooks": {\n    "PreToolUse": []\n  }\n}\n',
}


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS.keys())
def test_what_was_there_stays_and_again_changes_nothing(text: str) -> None:
    after = settings_with_hook(text, COMMAND)
    old, new = json.loads(text), json.loads(after)
    for event, entries in HOOKS.items():
        assert new["hooks"][event] == [*old.get("hooks", {}).get(event, []), *entries]
    assert [key for key in new if key in old or key != "hooks"] == list(old)
    assert {k: v for k, v in new.items() if k != "hooks"} == {k: v for k, v in old.items() if k != "hooks"}
    assert settings_with_hook(after, COMMAND) == after
    assert after.endswith("\n") == text.endswith("\n")


@pytest.mark.parametrize("name", [name for name in TEXTS if "empty" not in name])
def test_not_a_line_of_a_persons_file_is_written_anew(name: str) -> None:
    assert lines_kept(TEXTS[name], settings_with_hook(TEXTS[name], COMMAND))


def test_the_new_lines_follow_the_files_own_indentation() -> None:
    after = settings_with_hook(TEXTS["tabs"], COMMAND)
    assert '\n\t"hooks": {\n\t\t"PreToolUse": [\n\t\t\t{\n\t\t\t\t"matcher": "*",' in after


def test_the_whole_of_a_small_file_reads_well() -> None:
    assert settings_with_hook('{\n  "model": "opus"\n}\n', "guard").startswith(
        '{\n  "model": "opus",\n  "hooks": {\n    "PreToolUse": [\n      {\n        "matcher": "*",\n'
        '        "hooks": [\n          {\n            "type": "command",\n            "command": "guard",\n'
    )


def test_line_ends_of_windows_stay() -> None:
    after = settings_with_hook('{\r\n  "a": 1\r\n}\r\n', COMMAND)
    assert after.count("\n") == after.count("\r\n") > 10


def test_settings_on_one_line_stay_on_one_line() -> None:
    after = settings_with_hook('{"a": 1}', COMMAND)
    assert "\n" not in after
    assert json.loads(after) == {"a": 1, "hooks": HOOKS}


def test_an_older_entry_of_ours_is_replaced_where_it_stands() -> None:
    other = '{"matcher": "Bash", "hooks": [{"type": "command", "command": "lint"}]}'
    old = json.dumps({**BEFORE, "hooks": [{"type": "command", "command": "/old/agentguard/client.py s claude-code 9"}]})
    after = settings_with_hook(f'{{"hooks": {{"PreToolUse": [{old}, {other}]}}}}', COMMAND)
    assert json.loads(after)["hooks"]["PreToolUse"] == [BEFORE, json.loads(other)]


def test_an_entry_that_holds_more_than_ours_is_left_alone() -> None:
    mixed = {"matcher": "*", "hooks": [{"command": "/x/agentguard/client.py"}, {"command": "lint"}]}
    after = settings_with_hook(json.dumps({"hooks": {"PreToolUse": [mixed]}}), COMMAND)
    assert json.loads(after)["hooks"]["PreToolUse"] == [mixed, BEFORE]


REFUSED = {
    '{\n  "a": 1,\n}': r"line \d+, column \d+",
    "{'a': 1}": "line 1, column 2",
    "// mine\n{}": "line 1, column 1",
    '{"a": 1} {}': "line 1, column 10",
    "[]": "the settings are not an object in settings.json, line 1, column 1",
    '{"hooks": []}': "`hooks` is not an object in settings.json, line 1, column 11",
    '{"hooks": {"PreToolUse": {}}}': "`hooks.PreToolUse` is not a list",
    '{"hooks": {"a": 1},\n "hooks": {"b": 2}}': 'the key "hooks" is there twice in settings.json, line 2, column 2',
    '{"a": [{"b": 1, "\\u0062": 2}]}': 'the key "b" is there twice in settings.json, line 1, column 17',
    '{"a": 1 /* mine */}': "line 1, column 9",
    '{"a": NaN}': "NaN is no number",
    '{"a": "x\ty"}': "line 1, column 9",
    "[" * 100_000: "nested too deeply",
}


@pytest.mark.parametrize(("text", "why"), REFUSED.items(), ids=[text[:20] for text in REFUSED])
def test_settings_that_cannot_be_read_are_refused(text: str, why: str) -> None:
    with pytest.raises(AgentguardError, match=why):
        settings_with_hook(text, COMMAND)


VALUES = some.recursive(
    some.none() | some.booleans() | some.integers() | some.text(max_size=5),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(some.dictionaries(some.text(max_size=6), VALUES, max_size=4), some.sampled_from([None, 1, 2, 4, "\t"]))
def test_any_settings_keep_every_value_and_gain_the_hook_once(had: dict[str, object], indent: int | None) -> None:
    text = json.dumps({k: v for k, v in had.items() if k != "hooks"}, indent=indent)
    after = settings_with_hook(text, COMMAND)
    assert json.loads(after) == {**json.loads(text), "hooks": HOOKS}
    assert settings_with_hook(after, COMMAND) == after


@pytest.mark.parametrize(
    ("told", "warned"),
    [
        ("2.1.197 (Claude Code)", True),
        ("1.9.999 (Claude Code)", True),
        ("2.1.295 (Claude Code)", False),
        ("2.10.0 (Claude Code)", False),
        ("", False),
        ("not a version", False),
    ],
)
def test_a_claude_code_that_does_not_block_on_failure_is_told(told: str, warned: bool) -> None:
    assert bool(caution_of_version(told)) is warned


@settings(max_examples=25)  # each starts a shell
@given(some.lists(some.text(some.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_every_word_of_the_command_reaches_the_program(words: list[str]) -> None:
    show = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdout.buffer.write('\\0'.join(sys.argv[1:]).encode())"]
    told = subprocess.run(["/bin/sh", "-c", hook_command([*show, *words])], capture_output=True, check=True).stdout
    assert told == "\0".join(words).encode()


def install(home: Path, *words: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environ = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    command = [sys.executable, "-I", "-m", "agentguard", "install", "claude-code", *words]
    return subprocess.run(command, env=environ, cwd=home, input=answer, capture_output=True, text=True, check=False)


def test_the_difference_is_shown_and_no_is_the_default(tmp_path: Path) -> None:
    ended = install(tmp_path, "--user")
    assert ended.returncode == 1
    assert "+++" in ended.stdout
    assert '+        "matcher": "*",' in ended.stdout
    assert "[y/N]" in ended.stderr
    assert not (tmp_path / ".claude").exists()


def test_yes_writes_a_hook_that_names_everything_it_needs(tmp_path: Path) -> None:
    assert install(tmp_path, "--project", "--state", str(tmp_path / "state"), answer="y\n").returncode == 0
    hooks = json.loads((tmp_path / ".claude/settings.json").read_text())["hooks"]
    handler = hooks["PreToolUse"][0]["hooks"][0]
    client, state = Path(agentguard.__file__).with_name("client.py"), tmp_path / "state"
    start = f"{sys.executable} -I -m agentguard serve --state {state}"
    assert handler["command"].startswith(f"{sys.executable} -I -S {client} {state}/broker.sock claude-code 30 {start}")
    assert (handler["timeout"], handler["onFailure"]) == (60, "block")
    assert stat.S_IMODE(state.stat().st_mode) == 0o700


def test_what_was_there_is_kept_beside_a_link_stays_a_link_and_again_changes_nothing(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.json", tmp_path / ".claude/settings.json"
    real.write_text('{"model": "opus"}')
    real.chmod(0o640)
    link.parent.mkdir()
    link.symlink_to(real)
    assert install(tmp_path, "--user", "--yes").returncode == 0
    assert link.is_symlink()
    assert "hooks" in json.loads(real.read_text())
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (tmp_path / "dotfiles.json.before-agentguard").read_text() == '{"model": "opus"}'
    again = install(tmp_path, "--user", "--yes")
    assert (again.returncode, again.stdout) == (0, "")
    assert len(list(tmp_path.glob("dotfiles.json*"))) == 2


def test_broken_settings_are_left_as_they_are(tmp_path: Path) -> None:
    settings_file = tmp_path / ".claude/settings.json"
    settings_file.parent.mkdir()
    settings_file.write_text("{oops")
    ended = install(tmp_path, "--user", "--yes")
    assert ended.returncode == 1
    assert "line 1, column 2" in ended.stderr
    assert settings_file.read_text() == "{oops"
    assert len(list(settings_file.parent.iterdir())) == 1


@pytest.mark.parametrize("words", [(), ("--user", "--at", "x.json")])
def test_which_settings_must_be_said(words: tuple[str, ...], tmp_path: Path) -> None:
    assert install(tmp_path, *words).returncode == 2
