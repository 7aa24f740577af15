"""Where the broker keeps what: one value, made from arguments or the system's habits, shared by daemon and commands.

`of_everybody` are the places of whoever asks: they begin with `~`, which is put in by `carry.py` when somebody does.
Promises: no variable is read but the ones the system's own directories follow (HOME, XDG_…); `AGENTGUARD_STATE` is a
matter of people's commands and comes in as an argument. Refuses a socket whose path a system cannot bind.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from agentguard.model.errors import AgentguardError

NAME = "agentguard"
ON_MAC = Path("Library/Application Support")
SHARED = Path("/usr/local/lib/agentguard")  # launchers for everybody: root's to write, everybody's to start
SOCKET_PATH_LIMIT = 103  # bytes: sun_path holds 104 with its end on macOS, 108 on Linux


@dataclass(frozen=True, slots=True)
class Places:
    """The broker's directories and its socket, all absolute. `config` is the user's, `system` the machine's own."""

    state: Path
    config: Path
    socket: Path
    system: Path = Path("/etc/agentguard")

    @property
    def everybodys(self) -> bool:
        """Whether these are no directories yet, but those of whoever asks."""
        return self.state.parts[:1] == ("~",)

    @property
    def lock(self) -> Path:
        """Held by the one broker that serves this state."""
        return self.state / "broker.lock"

    @property
    def journal(self) -> Path:
        """The broker's own log, for whoever mends it; the audit log is another thing."""
        return self.state / "broker.log"

    @property
    def key(self) -> Path:
        """The machine's key for digests of secrets."""
        return self.state / "key"

    @property
    def log(self) -> Path:
        """The audit log: one entry a line, each chained to the one before."""
        return self.state / "audit.jsonl"

    @property
    def store(self) -> Path:
        """Holds, votes and receipts."""
        return self.state / "holds.sqlite"

    @property
    def shell(self) -> Path:
        """The launchers that stand before an agent's shell."""
        return (SHARED if self.everybodys else self.state) / "shell"

    @property
    def shims(self) -> Path:
        """The launchers that stand before programs, where no other directory is named for them."""
        return (SHARED if self.everybodys else self.state) / "shims"

    @property
    def complaint(self) -> Path:
        """What a broker that could not start has said; `client.py` knows this name too."""
        return self.socket.with_name(self.socket.name + ".err")

    def arguments(self) -> tuple[str, ...]:
        """These places as arguments of `agentguard serve`: a broker starts without the variables that led here.

        Without any, and without variables, it serves the places of the user it runs as.
        """
        if self.everybodys:
            return ()
        return ("--state", str(self.state), "--config", str(self.config), "--socket", str(self.socket))


def places(
    state: Path | str | None = None, config: Path | str | None = None, socket: Path | str | None = None
) -> Places:
    """The places, with the system's habits for what is not given. Raises AgentguardError for a socket path too long."""
    own = Path(state or platformdirs.user_state_dir(NAME)).absolute()
    settings = Path(config or platformdirs.user_config_dir(NAME)).absolute()
    path = Path(socket).absolute() if socket else own / "broker.sock"
    if len(bytes(path)) > SOCKET_PATH_LIMIT:
        raise AgentguardError(
            f"the socket's path {path} is over {SOCKET_PATH_LIMIT} bytes",
            hint="give a shorter one with --socket, or another directory with --state",
        )
    return Places(own, settings, path)


def of_everybody() -> Places:
    """The places of whoever asks, in the home that the system's list of users gives them.

    A broker that is started without a variable serves there.
    """
    own, settings = (ON_MAC, ON_MAC) if sys.platform == "darwin" else (Path(".local/state"), Path(".config"))
    state = Path("~") / own / NAME
    return Places(state, Path("~") / settings / NAME, state / "broker.sock")
