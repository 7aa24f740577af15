"""One command line, asked twice: of the real tool in a scratch home, and of our resolvers, from the same files."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from agentguard.engine import plan
from agentguard.model.call import Call, ShellLine
from agentguard.model.effect import Effect, Verb
from agentguard.parse import read
from agentguard.policy.names import shipped_names
from agentguard.resolve.subject import Subject
from agentguard.surroundings import Machine, Surroundings
from agentguard.tools import Toolbox, shipped

SECONDS = 60  # one run of a tool on a busy machine
TOOLBOX = Toolbox(shipped(), shipped_names())


def needs(program: str) -> pytest.MarkDecorator:
    """Leaves a test out, and says so, where the tool is not in the PATH."""
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"no {program} here to ask")


@dataclass(frozen=True)
class World:
    """A scratch home with a project in it. `{home}` and the `words` stand in braces in files, variables and lines."""

    root: Path
    words: Mapping[str, object] = field(default_factory=dict)
    path: str = os.environ.get("PATH", os.defpath)

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def project(self) -> Path:
        return self.home / "work" / "shop"

    def filled(self, text: str) -> str:
        """A text with what stands in braces replaced."""
        for name, value in {"home": self.home, **self.words}.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def write(self, files: Mapping[str, str]) -> World:
        """Puts files into the home (`~/…`) or the project."""
        self.project.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            place = self.home / name[2:] if name.startswith("~/") else self.project / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(self.filled(text))
        return self

    def environ(self, told: Mapping[str, str]) -> dict[str, str]:
        """The variables both are asked with; nothing of this process's own but the PATH."""
        filled = {name: self.filled(value) for name, value in told.items()}
        return {"HOME": str(self.home), "PATH": self.path, "LC_ALL": "C", **filled}

    def run(self, line: str, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        """The tool itself: without a shell unless the line needs one, in the project."""
        filled = self.filled(line)
        argv = ["/bin/sh", "-c", filled] if re.search(r"[;&|]|^\w+=", filled) else shlex.split(filled)
        return subprocess.run(
            argv, cwd=self.project, env=self.environ(env), capture_output=True, text=True,
            timeout=SECONDS, stdin=subprocess.DEVNULL, check=False,
        )  # fmt: skip

    def told(self, line: str, env: Mapping[str, str]) -> set[str]:
        """What the evidence of our whole answer to the line says."""
        made = plan(self.call(line), self.surroundings(env), TOOLBOX)
        places = [target.environment for finding in made.findings for target in finding.targets]
        return {piece.says for place in places for piece in place.evidence}

    def subject(self, line: str, env: Mapping[str, str], program: str) -> Subject:
        """The last call of the program in the line, as a resolver is given it."""
        seen = self.surroundings(env)
        commands = [c for c in read(self.call(line), seen, TOOLBOX).commands if c.program == program]
        return Subject(Effect(Verb.READ, "place", source=commands[-1]), commands[-1], seen, TOOLBOX.names)

    def call(self, line: str) -> Call:
        return Call(ShellLine(self.filled(line)), str(self.project))

    def surroundings(self, env: Mapping[str, str]) -> Surroundings:
        return Surroundings(Machine(self.environ(env)), str(self.project))
