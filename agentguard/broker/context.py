"""What a hook's call depends on and its event does not say: its environment, its shell's preludes, who asks.

All I/O here reads. Which files the agent's shell reads first is told by its dialect; they are looked up with the hook's
own environment, never the broker's. The search itself is not recorded in the plan: the files it finds are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path

from agentguard.agents import Agent
from agentguard.agents.dialect import Before
from agentguard.broker.peer import Peer
from agentguard.model.call import Call, ShellLine
from agentguard.model.errors import AgentguardError
from agentguard.model.hold import Asker
from agentguard.surroundings import Machine, Stat, Surroundings

MACHINE_FACTS = (  # told apart by these; only a digest of them leaves this file
    "/etc/machine-id",
    "/etc/ssh/ssh_host_ed25519_key.pub",
)


def environment(block: bytes) -> dict[str, str]:
    """The variables of a NUL separated block, as the operating system keeps them."""
    pairs = (entry.partition(b"=") for entry in block.split(b"\0") if entry)
    variables = {os.fsdecode(name): os.fsdecode(value) for name, _, value in pairs}
    return {"HOME": _home(), **variables}  # where it is not set a shell's `~` is the account's all the same


def placed(event: Before, fallback: str) -> Before:
    """The event with the directory its call really starts in, every link followed: a link can be turned elsewhere.

    Where the one it names is gone, an agent starts its tools where it starts its hooks: in `fallback`.

    Raises:
        AgentguardError: neither of them is there.
    """
    there = next((place for place in (event.call.cwd, fallback) if os.path.isdir(place)), None)
    if there is None:
        raise AgentguardError("the directory of this call is gone", place=event.call.cwd, hint="go on from another")
    return dataclasses.replace(event, call=dataclasses.replace(event.call, cwd=os.path.realpath(there)))


def surroundings(call: Call, environ: Mapping[str, str]) -> Surroundings:
    """The looking glass of one call: this machine, in the call's directory and with the hook's environment."""
    return Surroundings(Machine(environ), call.cwd)


def with_preludes(call: Call, agent: Agent, environ: Mapping[str, str]) -> Call:
    """The call with the files its agent's shell reads before the line, where the call does not tell them itself."""
    if not isinstance(call.body, ShellLine):
        return call
    preludes = agent.preludes(environ)
    machine = Machine(environ)
    names = [n for n in machine.listdir(preludes.directory) or () if n.startswith(preludes.prefixes)]
    paths = [f"{preludes.directory}/{name}" for name in names]
    newest = sorted(paths, key=lambda path: (machine.stat(path) or Stat("other")).modified)[-1:]
    body = dataclasses.replace(call.body, preludes=call.body.preludes or (*newest, *preludes.files))
    return dataclasses.replace(call, body=body)


def asker(event: Before, agent: Agent, environ: Mapping[str, str], peer: Peer, fingerprint: str) -> Asker:
    """Who asks, as far as the hook's process and its event tell."""
    return Asker(
        os_user=event.call.user,
        uid=peer.uid,
        pid=peer.pid,
        agent=event.call.agent,
        agent_version=environ.get("AI_AGENT", ""),
        session=event.session,
        host=socket.gethostname(),
        fingerprint=fingerprint,
        tool_use_id=event.tool_use,
        cwd=event.call.cwd,
        can_ask=agent.asks and event.asks,
    )


def os_user() -> str:
    """The name of the user this process runs as; its number where it has none."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _home() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return "/nonexistent"


def fingerprint(user: str) -> str:
    """A digest that tells this laptop and user from others, and gives neither away."""
    facts = [_content(place) for place in MACHINE_FACTS]
    return hashlib.sha256(b"\0".join((*facts, user.encode()))).hexdigest()


def _content(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""
