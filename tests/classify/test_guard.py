"""What an agent may not change: rows of a line and what it is."""

import pytest

from agentguard.engine import judge, plan
from agentguard.model.call import Argv, Body, Call, FileWrite, ShellLine
from agentguard.model.verdict import Action, Standing, Verdict
from agentguard.surroundings import Memory, Surroundings
from tests.laws import world

HOME, SHOP = "/home/dev", "/home/dev/shop"
FILES = {
    f"{SHOP}/.git/HEAD": "ref: refs/heads/main",
    f"{SHOP}/.claude/settings.json": "{}",
    f"{SHOP}/.claude/skills/deploy/SKILL.md": "text",
    f"{SHOP}/src/app.py": "x",
    f"{HOME}/.claude/settings.json": "{}",
    f"{HOME}/.config/agentguard/policy.toml": "",
    f"{HOME}/.local/state/agentguard/audit.jsonl": "",
    "/opt/cfg/settings.json": "{}",
}
LINKS = {f"{SHOP}/link": f"{HOME}/.claude/settings.json"}
CHANGES = [
    "echo '{}' > .claude/settings.json",
    "echo '{}' > ~/.claude/settings.json",
    "echo '{}' > .claude/settings.local.json",
    "cp /tmp/x .claude/settings.json",
    "mv .claude/settings.json /tmp/x",
    "rm -rf .claude",
    "rm -rf ~/.claude",
    "echo '{}' > link",
    "sed -i s/PreToolUse/x/ .claude/settings.json",
    "python3 -c \"open('.claude/settings.json', 'w')\"",
    "echo > /opt/cfg/settings.json",
    "rm ~/.local/state/agentguard/audit.jsonl",
    "rm -rf ~/.config/agentguard",
    "tee -a ~/.config/agentguard/policy.toml < x",
    "echo x >> /etc/agentguard/policy.toml",
    "echo '{}' > .mcp.json",
    "mkdir -p .kiro/hooks && touch .kiro/hooks/a.json",
    "sudo rm /etc/claude-code/managed-settings.json",
    "ln -sf /tmp/mine .claude/settings.json",
    "truncate -s 0 ~/.local/state/agentguard/audit.jsonl",
    "chmod 000 ~/.claude/settings.json",
    "echo 'alias ls=rm' >> ~/.claude/shell-snapshots/snapshot-bash-1.sh",
    "rm -rf ~/.local/state/agentguard/shims",
]
READS = [
    "cat .claude/settings.json",
    "ls ~/.claude",
    "grep -r hooks .claude",
    "cp .claude/settings.json /tmp/copy.json",
    "cat ~/.config/agentguard/policy.toml",
    "touch src/settings.json",
]


def verdict(body: Body) -> Verdict:
    memory = Memory(FILES, {"HOME": HOME, "CLAUDE_CONFIG_DIR": "/opt/cfg"}, links=LINKS)
    read = plan(Call(body, SHOP), Surroundings(memory, SHOP), world.toolbox())
    return judge(read, world.policy(), Standing())


@pytest.mark.parametrize("line", CHANGES)
def test_an_agent_cannot_change_what_guards_it(line: str) -> None:
    answer = verdict(ShellLine(line))
    assert (answer.action, answer.finding.effect.kind) == (Action.BLOCK, "guard")


@pytest.mark.parametrize("line", READS)
def test_looking_at_it_and_files_of_that_name_elsewhere_are_free(line: str) -> None:
    assert verdict(ShellLine(line)).action is Action.ALLOW


@pytest.mark.parametrize("path", [".claude/settings.json", f"{HOME}/.claude/settings.json", ".mcp.json", "link"])
def test_an_agents_own_editor_cannot_either(path: str) -> None:
    assert verdict(FileWrite(path, "{}")).action is Action.BLOCK


def test_an_argv_is_no_way_round() -> None:
    assert verdict(Argv(("tee", ".claude/settings.json"))).action is Action.BLOCK
