"""Where the broker sits: one at a time, in a directory of its own, reachable by its user alone."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from agentguard.broker.peer import Peer, peer_of
from agentguard.broker.places import places
from agentguard.broker.seat import take_seat
from agentguard.model.errors import AgentguardError


def test_the_seat_is_private_and_taken_once(tmp_path: Path) -> None:
    here = places(tmp_path / "state", tmp_path / "config")
    seat = take_seat(here)
    assert seat is not None
    assert stat.S_IMODE(here.state.stat().st_mode) == 0o700
    assert stat.S_IMODE(here.socket.stat().st_mode) == 0o600
    assert take_seat(here) is None
    seat.leave()
    assert not here.socket.exists()
    again = take_seat(here)
    assert again is not None
    again.leave()


def test_a_seat_outlives_nobody(tmp_path: Path) -> None:
    here = places(tmp_path / "state", tmp_path / "config")
    die = (
        "import os, sys; from agentguard.broker.places import places; from agentguard.broker.seat import take_seat;"
        "assert take_seat(places(*sys.argv[1:])); os._exit(9)"
    )
    assert subprocess.run([sys.executable, "-c", die, here.state, here.config], check=False).returncode == 9
    assert here.socket.exists()  # stale, as a crash leaves it
    seat = take_seat(here)
    assert seat is not None
    with socket.socket(socket.AF_UNIX) as probe:
        probe.connect(str(here.socket))
    seat.leave()


def test_a_directory_open_to_others_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    state = tmp_path / "state"
    state.mkdir()
    state.chmod(0o755)
    with pytest.raises(AgentguardError, match=r"open to others.*chmod 700"):
        take_seat(places(state, tmp_path))
    assert stat.S_IMODE(state.stat().st_mode) == 0o755


def test_a_socket_path_that_no_system_can_bind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AgentguardError, match=r"over 103 bytes.*--socket"):
        places(tmp_path / ("x" * 100))
    assert places(tmp_path / ("x" * 100), socket=tmp_path / "s").socket == tmp_path / "s"


def test_places_are_absolute_and_can_be_told_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = places("s", "c")
    assert here.arguments() == (
        *("--state", f"{tmp_path}/s"),
        *("--config", f"{tmp_path}/c"),
        *("--socket", f"{tmp_path}/s/broker.sock"),
    )


def test_the_kernel_says_who_is_there() -> None:
    one, other = socket.socketpair()
    with one, other:
        assert peer_of(one) == Peer(os.geteuid(), os.getpid())
