"""What tools print for a shell to read at its start: functions, completions, paths of their own (`brew shellenv`).

Such a text is as much the tool's own as the tool is, so it counts as nothing to be read. Not so what may choose a
target for other commands: `direnv export` and `docker-machine env` stay unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from agentguard.parse.shell.source import Source

# The words that a tool's line begins with; anything else it prints is unknown.
LINES: Mapping[str, tuple[str, ...]] = {
    "brew": ("shellenv",),
    "conda": ("shell.bash hook", "shell.posix hook", "shell.zsh hook"),
    "dircolors": ("", "-b", "-c"),
    "direnv": ("hook",),
    "docker": ("completion",),
    "fnm": ("completions", "env"),
    "fzf": ("--bash", "--zsh"),
    "gh": ("completion",),
    "goenv": ("init",),
    "helm": ("completion",),
    "jenv": ("init",),
    "kubectl": ("completion",),
    "lesspipe": ("",),
    "luarocks": ("path",),
    "mise": ("activate", "completion"),
    "nodenv": ("init",),
    "npm": ("completion",),
    "opam": ("env",),
    "pip": ("completion",),
    "pyenv": ("init", "virtualenv-init"),
    "rbenv": ("init",),
    "ssh-agent": ("", "-s", "-c"),
    "starship": ("init",),
    "thefuck": ("--alias",),
    "zoxide": ("init",),
}


def _printed(beginnings: tuple[str, ...]) -> Callable[[list[str], Source], str | None]:
    """A maker that writes nothing to be read where the words begin as told, and something unknown elsewhere."""

    def make(words: list[str], _source: Source) -> str | None:
        line = " ".join(words)
        return "" if any(line == told or line.startswith(f"{told} ") for told in beginnings) else None

    return make


HOOKS = {name: _printed(beginnings) for name, beginnings in LINES.items()}
