"""The docker client itself, asked which daemon it talks to, and our answer to the same line.

The daemons are servers on this machine, by address and by socket; one at the end of ssh is a stub in the PATH.
"""

from __future__ import annotations

import hashlib
import json
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.resolve.loopback import Heard, http, listening
from tests.resolve.real import World, needs


def context(name: str, host: str, folder: str = "~/.docker") -> dict[str, str]:
    """What `docker context create` writes."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    told = {"Name": name, "Metadata": {}, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": False}}}
    return {f"{folder}/contexts/meta/{digest}/meta.json": json.dumps(told)}


FILES = {
    **context("two", "tcp://127.0.0.2:{port}"),
    **context("three", "tcp://127.0.0.3:{port}"),
    **context("socket", "unix://{socket}"),
    **context("far", "ssh://deploy@far.invalid"),
    **context("two", "tcp://127.0.0.4:{port}", "other"),
    "~/.docker/config.json": '{"currentContext": "two"}',
    "other/config.json": '{"currentContext": "two"}',
    "plain/config.json": "{}",
    "default/config.json": '{"currentContext": "default"}',
    "~/.ssh/config": "Host far.invalid\n  HostName 127.0.0.3\n",
}
HOST = {"DOCKER_HOST": "tcp://127.0.0.1:{port}"}
ROWS: list[tuple[str, dict[str, str]]] = [
    ("docker version", {}),
    ("docker --context three version", {}),
    ("docker -c three version", {}),
    ("docker --context=three version", {}),
    ("docker --context two --context three version", {}),
    ("docker --context socket version", {}),
    ("docker --context default version", HOST),
    ("docker version", HOST),
    ("docker version", {"DOCKER_CONTEXT": "three"}),
    ("docker version", {**HOST, "DOCKER_CONTEXT": "three"}),
    ("docker --context three version", HOST),
    ("docker --context three version", {"DOCKER_CONTEXT": "two"}),
    ("docker -H tcp://127.0.0.3:{port} version", {}),
    ("docker -H 127.0.0.3:{port} version", {}),
    ("docker --host=tcp://127.0.0.3:{port} version", HOST),
    ("docker -H tcp://127.0.0.3:{port} version", {"DOCKER_CONTEXT": "two"}),
    ("docker -H unix://{socket} version", HOST),
    ("docker version", {"DOCKER_HOST": "unix://{socket}"}),
    ("docker version", {"DOCKER_CONFIG": "other"}),
    ("docker --config other version", {}),
    ("docker --config other version", {"DOCKER_CONFIG": "plain"}),
    ("docker version", {"DOCKER_CONFIG": "default", **HOST}),
    ("DOCKER_CONTEXT=three docker version", {}),
    ("export DOCKER_HOST=tcp://127.0.0.3:{port}; docker version", {}),
    ("unset DOCKER_HOST; docker version", HOST),
    ("docker volume ls", HOST),
    ("docker compose version; docker ps", {}),
]
ON_THE_WAY = [
    ("docker -H ssh://deploy@box.invalid version", {}, "box.invalid"),
    ("docker version", {"DOCKER_HOST": "ssh://box.invalid:2222"}, "box.invalid"),
    ("docker --context far version", HOST, "far.invalid"),
]


@pytest.fixture(scope="module")
def heard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Heard, Path]]:
    socket = tmp_path_factory.mktemp("daemon") / "docker.sock"
    with listening(http({}), socket) as servers:
        yield servers, socket


@needs("docker")
@pytest.mark.parametrize(("line", "env"), ROWS)
def test_docker_talks_to_the_daemon_that_we_name(
    line: str, env: dict[str, str], heard: tuple[Heard, Path], tmp_path: Path
):
    servers, socket = heard
    world = World(tmp_path, {"port": servers.port, "socket": socket}).write(FILES)
    servers.calls.clear()
    said = world.run(line, env)
    dialled = {host for host, _ in servers.calls}
    assert len(dialled) == 1 or (not dialled and "/var/run/docker.sock" in said.stderr), said.stderr
    ours = {told for told in world.told(line, env) if told.startswith(("127.", "/"))}
    assert ours == (dialled or {"/var/run/docker.sock"})


@needs("docker")
@pytest.mark.parametrize(("line", "env", "host"), ON_THE_WAY)
def test_docker_starts_the_ssh_whose_host_we_name(line: str, env: dict[str, str], host: str, tmp_path: Path):
    world = World(tmp_path, {"port": 1}, path=f"{tmp_path}/bin:{os.environ['PATH']}").write(FILES)
    stub = tmp_path / "bin" / "ssh"
    stub.parent.mkdir()
    stub.write_text(f'#!/bin/sh\necho "$@" >>{shlex.quote(str(tmp_path))}/asked\nexit 1\n')
    stub.chmod(0o755)
    world.run(line, env)
    assert host in (tmp_path / "asked").read_text().split()
    alias = {"far.invalid": "127.0.0.3"}  # what ssh itself makes of it
    assert alias.get(host, host) in world.told(line, env)


@needs("docker")
def test_docker_itself_says_which_context_it_is_in(tmp_path: Path):
    world = World(tmp_path, {"port": 1, "socket": "/x"}).write(FILES)
    for env, name in (({}, "two"), ({"DOCKER_CONTEXT": "three"}, "three"), ({"DOCKER_CONFIG": "other"}, "two")):
        assert world.run("docker context show", env).stdout.strip() == name
        assert name in world.told("docker ps", env)
    assert world.run("docker context show", HOST).stdout.strip() == "default"
    assert "two" not in world.told("docker ps", HOST)
