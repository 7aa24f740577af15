"""The hot path: one event of an agent's hook, shell or shim in, its whole answer out.

A raw ASGI application, because every tool call of an agent waits for it. Promises: whatever happens in here ends as an
answer, and what is not an answer of the service is a denial that says why. The body of a request is the hook's
directory, its environment (NUL separated) and its standard input, one behind the other; headers tell the first two
lengths.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import structlog

from agentguard import __version__
from agentguard.agents import DIALECTS, Agent
from agentguard.agents.dialect import SILENCE, After, Before, Door, Harmless, HookReply, Surrounds
from agentguard.broker import context
from agentguard.broker.outcomes import SAID
from agentguard.broker.passage import NEAR
from agentguard.broker.passes import Way
from agentguard.broker.peer import Peer, lineage
from agentguard.broker.service import Service
from agentguard.broker.texts import legible
from agentguard.broker.twins import Question, Twins
from agentguard.model.errors import AgentguardError
from agentguard.model.verdict import Action

ENDED = "ended"  # no agent's dialect: what our own launchers tell
EMPTY = [(b"content-length", b"0")]
INPUT_LIMIT = (10 << 20) + (8 << 20)  # bytes: the client's limit on an event, and the largest environment Linux allows
WORKERS = 16  # calls at a time: one that hangs on a dead file system leaves the others alone
OTHER_VERSION = f"the broker that runs is of agentguard {__version__}, and its client of another version"
FAILED = "the guard failed on this call ({}); nothing has run. `agentguard status` tells how it stands"

Message = MutableMapping[str, Any]  # ASGI's own type
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asked:
    """One event as it came: from which agent's hook, where and with what environment that ran, and by which process."""

    agent: str
    cwd: str
    environ: Mapping[str, str]
    event: bytes
    peer: Peer


class Hooks:
    """`/hook/<dialect>`, and `/hook/ended` for launchers.

    `service` gives the service, or raises what keeps it from working (a broken policy).
    """

    def __init__(self, service: Callable[[], Service]) -> None:
        self._service = service
        self._user = context.os_user()
        self._twins = Twins(lambda: f"ag-use-{os.urandom(8).hex()}")
        self._fingerprint = context.fingerprint(self._user)
        self._workers = ThreadPoolExecutor(WORKERS, "hook")
        self._journal = structlog.get_logger("hook")

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        name = str(scope["path"]).rsplit("/", 1)[-1]
        body = await _body(receive)
        loop, dialect = asyncio.get_running_loop(), DIALECTS.get(name)
        if dialect is None:
            ended = _end_of(scope) if name == ENDED else None
            await send({"type": "http.response.start", "status": 404 if ended is None else 200, "headers": EMPTY})
            await send({"type": "http.response.body"})
            if ended is not None:  # whoever told it has not waited
                await loop.run_in_executor(self._workers, self._ended, *ended)
            return
        reply = await loop.run_in_executor(self._workers, self._whole, dialect, scope, body)
        headers = [
            (b"guard-exit", str(reply.status).encode()),
            (b"guard-stdout", str(len(reply.output)).encode()),
            (b"content-length", str(len(reply.output) + len(reply.error)).encode()),
            *([(b"guard-token", str(reply.token).encode())] if reply.token else []),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": reply.output + reply.error})

    def _ended(self, token: int, status: int) -> None:
        """A launcher tells how what it ran has ended."""
        try:
            self._service().ended(token, status)
        except Exception:  # noqa: BLE001 - the call is over: what is left is to say in the journal what the log lacks
            self._journal.exception("an outcome is lost")

    def _whole(self, dialect: Agent, scope: Message, body: bytes) -> HookReply:
        """The reply to a request; a failure is a denial in the agent's words."""
        try:
            return self.reply(dialect, _asked(scope, body, str(scope["path"]).rsplit("/", 1)[-1]))
        except AgentguardError as error:
            self._journal.warning("denied", agent=dialect.name, error=str(error))
            return dialect.reply(Action.BLOCK, legible(f"agentguard: {error}"))
        except Exception as failure:  # noqa: BLE001 - law 5: a crash inside a request is a denial, never an open door
            self._journal.exception("crashed", agent=dialect.name)
            return dialect.reply(Action.BLOCK, f"agentguard: {FAILED.format(type(failure).__name__)}")

    def reply(self, dialect: Agent, asked: Asked) -> HookReply:
        """The reply to one event. Raises what the service and the dialect raise."""
        event = dialect.read(asked.event, Surrounds(asked.environ, asked.cwd, self._user))
        if isinstance(event, Before):
            return self._judged(dialect, asked, event)
        if isinstance(event, After) and event.tool_use:
            self._service().outcome(event.tool_use, SAID[event.succeeded])
        if isinstance(event, Harmless) and event.session:
            self._turned(asked.peer, event)
        return SILENCE

    def _turned(self, peer: Peer, event: Harmless) -> None:
        with contextlib.suppress(AgentguardError):  # without a service nothing passes, and there is nothing to forget
            self._service().turn(peer.uid, event.session, event.subagent)

    def _named(self, event: Before, dialect: Agent, asked: Asked) -> Before:
        """The event with an id of its use of a tool, where its agent gives none and may start several hooks for it."""
        if event.tool_use or dialect.door is not Door.HOOK:
            return event
        above = frozenset(islice(lineage(asked.peer.pid), 1, 1 + NEAR))
        question = Question(asked.agent, asked.peer.uid, event.session, event.call, above)
        return replace(event, tool_use=self._twins.use_of(question, time.monotonic_ns() // 1_000_000))

    def _judged(self, dialect: Agent, asked: Asked, event: Before) -> HookReply:
        event = self._named(context.placed(event, asked.cwd), dialect, asked)
        call = context.with_preludes(event.call, dialect, asked.environ)
        asker = context.asker(event, dialect, asked.environ, asked.peer, self._fingerprint)
        way = Way(dialect.door, event.subagent, lambda: lineage(asked.peer.pid))
        answer = self._service().judge(call, context.surroundings(call, asked.environ), asker, way)
        passes = answer.released or answer.action is Action.ALLOW
        reply = dialect.reply(Action.ALLOW if passes else answer.action, legible(answer.text))
        return replace(reply, token=answer.token)


def _end_of(scope: Message) -> tuple[int, int] | None:
    """Whose end is told, by its token, and with what status; None where that cannot be read."""
    headers = dict(scope["headers"])
    try:
        return int(headers[b"guard-token"]), int(headers[b"guard-status"])
    except (KeyError, ValueError):
        return None


async def _body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    more, size = True, 0
    while more:
        message = await receive()
        part = message.get("body", b"")
        size += len(part)
        if size <= INPUT_LIMIT:  # what is over is read to its end and thrown away, so that the answer can be sent
            parts.append(part)
        more = message["type"] == "http.request" and bool(message.get("more_body"))
    return b"".join(parts) if size <= INPUT_LIMIT else b""


def _asked(scope: Message, body: bytes, name: str) -> Asked:
    headers = dict(scope["headers"])
    if headers.get(b"guard-version") != __version__.encode():
        raise AgentguardError(OTHER_VERSION, hint="`agentguard stop`, then try again: the next call starts the new one")
    try:
        cwd, environ = int(headers[b"guard-cwd"]), int(headers[b"guard-environ"])
    except (KeyError, ValueError) as error:
        raise AgentguardError("the hook's request is not whole", hint="install the hook again") from error
    if not 0 < cwd <= cwd + environ <= len(body):
        raise AgentguardError("the call is over 10 MB, or the hook's request is cut", hint="split the call")
    uid, pid = scope["client"]
    variables = context.environment(body[cwd : cwd + environ])
    return Asked(
        name, body[:cwd].decode("utf-8", "surrogateescape"), variables, body[cwd + environ :], Peer(int(uid), pid)
    )
