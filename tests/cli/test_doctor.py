"""`agentguard doctor`: what is installed and works is proved by trying it, and every planted defect is found.

One broker for all: each test begins in the same scratch HOME, without settings and launchers.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from agentguard.audit.verify import Finding, Verification
from agentguard.cli import main
from agentguard.cli.doctor.checks import Result, checked, denied
from agentguard.cli.doctor.facts import Answer, Canary, Facts, Hook, Launcher, Persons
from agentguard.cli.doctor.level import level
from agentguard.model.errors import Exit

Settings = dict[str, Any]  # as JSON has them


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("d")
    (home / ".local" / "state" / "agentguard").mkdir(mode=0o700, parents=True)
    yield home
    main.run(["stop", "--state", str(home / ".local" / "state" / "agentguard")])


@dataclass(frozen=True)
class Told:
    """What the doctor has answered."""

    code: int
    answer: dict[str, Any]

    def bad(self) -> dict[str, str]:
        return self.of("bad")

    def of(self, result: str) -> dict[str, str]:
        return {one["check"]: one["told"] for one in self.answer["checks"] if one["result"] == result}


@dataclass(frozen=True)
class Patient:
    """A scratch HOME, as bare as a new one but for its broker."""

    home: Path
    captured: pytest.CaptureFixture[str]
    elsewhere: Path | None = None

    @property
    def state(self) -> Path:
        return self.elsewhere or self.home / ".local" / "state" / "agentguard"

    @property
    def settings(self) -> Path:
        return self.home / ".claude" / "settings.json"

    def run(self, *words: str) -> int:
        return main.run([*words, "--state", str(self.state), "--config", str(self.home / "c")])

    def doctor(self) -> Told:
        self.captured.readouterr()
        code = self.run("doctor", "--json", "--at", str(self.home / "managed" / "managed-settings.json"))
        return Told(code, json.loads(self.captured.readouterr().out))

    def install(self, agent: str = "claude-code") -> None:
        assert self.run("install", agent, "--user", "--yes") == Exit.DONE

    def change(self, plant: Callable[[Settings], object]) -> None:
        settings = json.loads(self.settings.read_text())
        plant(settings)
        self.settings.write_text(json.dumps(settings))


@pytest.fixture
def patient(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Patient:
    patient = Patient(home, capsys)
    for name in ("CLAUDE_CONFIG_DIR", "XDG_CONFIG_HOME", "SUDO_UID"):
        monkeypatch.delenv(name, raising=False)
    for left in (home / ".claude", home / ".kiro", home / "project", patient.state / "shell"):
        shutil.rmtree(left, ignore_errors=True)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    (home / "project").mkdir()
    monkeypatch.chdir(home / "project")
    return patient


DENIES = "exit 2 # /agentguard/client.py"  # a hook that is not as installed, and is not waited for


def hook_of(settings: Settings) -> Settings:
    return settings["hooks"]["PreToolUse"][0]["hooks"][0]  # type: ignore[no-any-return]  # it is JSON


def test_an_install_that_works_is_proved_by_trying_it(patient: Patient) -> None:
    patient.install()
    before = patient.settings.read_bytes()
    told = patient.doctor()
    assert told.bad() == {}
    assert told.code == Exit.DONE
    tried = {
        "denies",
        "passes",
        "bad event",
        "no broker",
        "deadline",
        "itself",
        "record",
        "settings",
        "all tools",
        "waits",
    }
    assert tried <= told.of("good").keys()
    assert (told.answer["assurance"], told.answer["layers"]) == ("advisory", ["hook"])
    assert patient.settings.read_bytes() == before


def test_the_whole_fits_a_screen_of_eighty_columns(patient: Patient) -> None:
    patient.install()
    patient.change(lambda settings: hook_of(settings).update(command="true /agentguard/client.py"))
    patient.captured.readouterr()
    assert patient.run("doctor") == Exit.ERROR
    shown = patient.captured.readouterr().out.splitlines()
    assert max(map(len, shown)) <= 80
    assert any(line.startswith("  ✗ denies    `rm -rf /` was not denied (it ended with 0") for line in shown)


def test_without_an_agent_it_says_so(patient: Patient) -> None:
    told = patient.doctor()
    assert told.code == Exit.ERROR
    assert "No agent's settings hold the hook" in told.answer["sentence"]
    assert told.bad() == {}


def test_shell_and_shims_that_stand_and_are_named_count(patient: Patient) -> None:
    assert patient.run("shell", "install") == Exit.DONE
    patient.install()
    told = patient.doctor()
    assert told.bad() == {}
    assert told.answer["layers"] == ["hook", "shell"]
    assert "refused what it must" in told.of("good")["shell"]
    patient.change(lambda settings: hook_of(settings).update(command=DENIES))
    (patient.state / "shell" / "agentguard-shell").write_text("#!/bin/sh\n")
    assert "is not a launcher that agentguard wrote" in patient.doctor().bad()["shell"]
    (patient.state / "shell" / "agentguard-shell").unlink()
    told = patient.doctor()
    assert {"shell", "passes", "denies"} <= told.bad().keys()
    assert told.code == Exit.ERROR


def test_kiros_hook_is_tried_in_kiros_words(patient: Patient) -> None:
    patient.install("kiro")
    told = patient.doctor()
    assert told.bad() == {}
    assert "Kiro's subagents" in told.answer["sentence"]


# Planted defects in settings --------------------------------------------------------------------------------------

GONE = "/nowhere/python -I -S /x/agentguard/client.py /s claude-code 30"
REWRITES = {"matcher": "Bash", "hooks": [{"type": "command", "command": "echo updatedInput"}]}

PLANTED: dict[str, tuple[Callable[[Settings], object], dict[str, str]]] = {
    "a program that is gone": (
        lambda settings: hook_of(settings).update(command=GONE),
        {
            "denies": "it ended with 127",
            "passes": "it ended with 127",
            "settings": "another broker",
            "no broker": "not",
        },
    ),
    "a hook that always says yes": (
        lambda settings: hook_of(settings).update(command="true /agentguard/client.py"),
        {"denies": "was not denied", "bad event": "was not denied", "itself": "may write over these settings"},
    ),
    "everything around the command": (
        lambda settings: (
            settings.update(disableAllHooks=True),
            settings["hooks"]["PreToolUse"].append(REWRITES),
            settings["hooks"]["PreToolUse"][0].update(matcher="Bash"),
            hook_of(settings).pop("onFailure"),
            hook_of(settings).update(command=DENIES),
        ),
        {"all tools": 'its matcher is "Bash"', "waits": "`onFailure` is not `block`", "others": "`disableAllHooks` is"},
    ),
    "no timeout": (
        lambda settings: (
            hook_of(settings).pop("timeout"),
            hook_of(settings).update(command="exit 1 # /agentguard/client.py"),
        ),
        {"waits": "no timeout over", "denies": "it ended with 1"},
    ),
    "an answer nobody waits for": (
        lambda settings: hook_of(settings).update({"async": True, "command": DENIES}),
        {"waits": "`async` lets calls pass"},
    ),
    "the entry taken out": (
        lambda settings: settings["hooks"].pop("PreToolUse"),
        {"settings": "the hook that runs before tools is gone"},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_what_is_wrong_in_settings_is_found(planted: str, patient: Patient) -> None:
    patient.install()
    plant, expected = PLANTED[planted]
    patient.change(plant)
    told = patient.doctor()
    assert told.code == Exit.ERROR
    found = told.bad()
    assert {name: text for name, text in expected.items() if text not in found.get(name, "")} == {}


def test_a_second_hook_that_rewrites_is_named(patient: Patient) -> None:
    patient.install()
    patient.change(lambda settings: hook_of(settings).update(command=DENIES))
    patient.change(lambda settings: settings["hooks"]["PreToolUse"].append(REWRITES))
    assert "`echo updatedInput`" in patient.doctor().bad()["others"]


def test_a_log_is_guarded_where_somebody_put_it(patient: Patient, tmp_path: Path) -> None:
    elsewhere = replace(patient, elsewhere=tmp_path / "s")
    elsewhere.install()
    told = elsewhere.doctor()
    assert (told.bad(), told.of("good")["record"]) == ({}, "writing over the log is denied")
    elsewhere.run("stop")


def test_settings_that_do_not_parse_are_named(patient: Patient) -> None:
    patient.install()
    patient.settings.write_text(patient.settings.read_text() + "}")
    told = patient.doctor()
    assert told.code == Exit.ERROR
    assert "cannot be read, so no hook in them runs" in told.bad()["settings"]


# Over facts alone -------------------------------------------------------------------------------------------------

DENIAL = Answer(2, '{"hookSpecificOutput": {"permissionDecision": "deny"}}\n', "no\n")
ANSWERS = {**dict.fromkeys(Canary, DENIAL), Canary.HARMLESS: Answer(0, "", "")}
HANDLER: Settings = {"type": "command", "command": "x", "timeout": 60, "onFailure": "block"}
HOOK = Hook("claude-code", "user", "/h", "x", {"matcher": "*", "hooks": [HANDLER]}, HANDLER, 30, True, ANSWERS)
MANAGED = Hook("claude-code", "managed", "/h", "x", {"matcher": "*"}, HANDLER, 30, True, ANSWERS)
NONE = Launcher("/n", stands=False)
STANDS = Launcher("/n", stands=True, named=("/h",), count=3)
PERSONS = Persons("/etc/agentguard/people.toml", 1, roots=True)
INTACT = Verification(Finding.INTACT, 0, "", 9)


def facts(
    *hooks: Hook,
    shell: Launcher = NONE,
    shims: Launcher = NONE,
    state: tuple[str, ...] = (),
    persons: Persons = PERSONS,
    log: Verification | None = INTACT,
) -> Facts:
    return Facts(hooks, (), shell, shims, "/s", state, persons, log)


@pytest.mark.parametrize(
    ("seen", "layers"),
    [
        (facts(HOOK), ("hook",)),
        (facts(HOOK, shell=STANDS), ("hook", "shell")),
        (facts(HOOK, shell=STANDS, shims=STANDS), ("hook", "shell", "shims")),
        (facts(MANAGED, shell=STANDS, shims=STANDS), ("managed hook", "shell", "shims")),
        (facts(HOOK, shell=Launcher("/n", stands=True)), ("hook",)),
        (facts(replace(MANAGED, as_root=True)), ("hook",)),
    ],
)
def test_only_what_stands_and_is_named_is_a_layer(seen: Facts, layers: tuple[str, ...]) -> None:
    assert level(seen, checked(seen)).layers == layers


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (facts(HOOK, state=("/s is open to others",)), "state"),
        (facts(HOOK, persons=Persons(fault="could have been written by others")), "persons"),
        (facts(HOOK, log=Verification(Finding.TAMPERED, 3, "entry 3", 9)), "log"),
        (facts(HOOK, shell=Launcher("/n", stands=False, named=("/h",), faults=("gone",))), "shell"),
        (facts(HOOK, shims=Launcher("/n", stands=True, faults=("gone",))), "shims"),
        (facts(HOOK, shell=replace(STANDS, answer=Answer(1, "", "no such file"))), "shell"),
        (facts(replace(MANAGED, shielded=False)), "reach"),
        (facts(replace(HOOK, version="2.1.197 (Claude Code)")), "version"),
    ],
)
def test_a_fault_of_the_machine_leaves_nothing_proved(seen: Facts, name: str) -> None:
    checks = checked(seen)
    bad = [one for one in checks if one.said.result is Result.BAD]
    assert [one.name for one in bad] == [name]
    assert bad[0].said.way
    assert not level(seen, checks).works


@pytest.mark.parametrize(
    ("hook", "result"),
    [
        (HOOK, Result.NONE),
        (MANAGED, Result.GOOD),
        (replace(MANAGED, as_root=True), Result.NONE),
        (replace(MANAGED, shielded=False), Result.BAD),
    ],
)
def test_managed_settings_are_out_of_reach_of_all_but_root(hook: Hook, result: Result) -> None:
    assert [one.said.result for one in checked(facts(hook)) if one.name == "reach"] == [result]


@pytest.mark.parametrize(
    ("agent", "answer", "is_denial"),
    [
        ("claude-code", DENIAL, True),
        ("kiro", Answer(2, "", "no\n"), True),
        ("claude-code", Answer(2, "", "no\n"), False),
        ("claude-code", Answer(2, DENIAL.output[:-5], "no\n"), False),
        ("claude-code", Answer(2, "[]", "no\n"), False),
        ("claude-code", Answer(1, DENIAL.output, "no\n"), False),
        ("kiro", Answer(2, "", ""), False),
        ("kiro", Answer(None, "", ""), False),
    ],
)
def test_a_denial_is_the_status_and_the_agents_words(agent: str, answer: Answer, is_denial: bool) -> None:
    assert denied(agent, answer) is is_denial


@pytest.mark.parametrize(
    ("canary", "told"),
    [
        (Canary.BY_SHELL, "its settings from the shell"),
        (Canary.NESTED, "another agent without hooks"),
        (Canary.ENDING, "the end of the broker"),
        (Canary.APPROVING, "its own approval"),
    ],
)
def test_a_way_round_that_is_open_is_named(canary: Canary, told: str) -> None:
    passed = replace(HOOK, answers={**ANSWERS, canary: Answer(0, "", "")})
    (said,) = (one.said for one in checked(facts(passed)) if one.name == "round it")
    assert (said.result, said.told) == (Result.BAD, f"an agent gets round it by {told}")


@pytest.mark.parametrize(
    ("hook", "result"),
    [(HOOK, Result.NONE), (replace(HOOK, skills=True), Result.GOOD), (replace(HOOK, agent="kiro"), Result.NONE)],
)
def test_what_an_agent_runs_without_a_hook_is_said(hook: Hook, result: Result) -> None:
    (said,) = (one.said for one in checked(facts(hook)) if one.name == "unseen")
    assert said.result is result
