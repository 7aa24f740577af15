"""The broker's process: takes the seat, loads what the engine needs, serves the socket, and leaves in order.

Promises: exactly one broker serves a state; nothing of the starter's environment or directory is left in it; where the
policy or a table does not load, or the log cannot be written, it serves all the same, denies every call with the
sentence that says what to do, and soon ends, so that a later call finds what was mended.
"""

from __future__ import annotations

import asyncio
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import structlog
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from agentguard.audit.redaction import Redactor, load_key
from agentguard.broker.hooks import Hooks
from agentguard.broker.journal import keep_journal
from agentguard.broker.peer import Peer, peer_of
from agentguard.broker.places import Places
from agentguard.broker.routes import Life, people
from agentguard.broker.seat import Seat, take_seat
from agentguard.broker.service import Service
from agentguard.model.errors import AgentguardError

LEAVING = 5  # seconds that requests which have begun may still take when the broker ends
UNREADY = 3  # seconds that a broker stays which cannot judge: calls that come in a burst share one
KEPT = ("PATH", "LANG")  # of the starter's environment; everything else a call needs comes with the call

Build = Callable[[Places], Service]


def serve(places: Places, build: Build) -> bool:
    """Serve until told to stop. False where another broker already does. Raises AgentguardError for the places."""
    seat = take_seat(places)
    if seat is None:
        return False
    _forget_starter()
    redactor = Redactor(load_key(places.key))
    with keep_journal(places.journal, redactor.redact):
        guard = Guard(places, build)
        guard.serve(seat)
    return True


class Guard:
    """A service, or the reason why there is none; and the applications that ask it."""

    def __init__(self, places: Places, build: Build) -> None:
        self._server: uvicorn.Server | None = None
        self._built = _built(places, build)
        gc.collect()
        gc.freeze()  # tables and rules live as long as the broker: no collection need look at them

    def service(self) -> Service:
        """The service. Raises what kept it from working."""
        if isinstance(self._built, AgentguardError):
            raise self._built
        return self._built

    def serve(self, seat: Seat) -> None:
        """Answer on the seat's socket until told to stop, then leave the seat."""
        config = uvicorn.Config(
            self._application(seat),
            http=OurOwn,
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            timeout_graceful_shutdown=LEAVING,
        )
        self._server = uvicorn.Server(config)
        self._server.run(sockets=[seat.socket])

    def _application(self, seat: Seat) -> ASGIApp:
        """Hooks first and by the shortest way; everything else is people's."""
        hooks, others = Hooks(self.service), people(self.service, self._stop, self._life(seat))

        async def application(scope: Scope, receive: Receive, send: Send) -> None:
            hook = scope["type"] == "http" and scope["path"].startswith("/hook/")
            await (hooks if hook else others)(scope, receive, send)

        return application

    def _life(self, seat: Seat) -> Life:
        """What happens when the broker ends, before a signal may end the process."""

        @asynccontextmanager
        async def life(_app: FastAPI) -> AsyncIterator[None]:
            if not isinstance(self._built, Service):
                asyncio.get_running_loop().call_later(UNREADY, self._stop)
            yield
            try:
                if isinstance(self._built, Service):
                    self._built.stop()
            except AgentguardError:  # a log that cannot be written keeps nobody from leaving
                structlog.get_logger("broker").exception("left without a word in the log")
            finally:
                seat.leave()

        return life

    def _stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True


def _built(places: Places, build: Build) -> Service | AgentguardError:
    journal = structlog.get_logger("broker")
    try:
        service = build(places)
        service.start()
        standing = service.status()
    except AgentguardError as error:
        journal.exception("not ready")
        return error
    journal.info("ready", policy=standing.policy, digest=standing.policy_digest, assurance=standing.assurance)
    for warning in standing.warnings:
        journal.warning("not heard", what=warning)
    return service


class OurOwn(HttpToolsProtocol):
    """HTTP from this very user, and from nobody else; `scope["client"]` is their uid and process."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # uvicorn says the same
        super().connection_made(transport)
        peer = peer_of(self.transport.get_extra_info("socket")) or Peer(os.geteuid())
        self.client = (str(peer.uid), peer.pid)
        if peer.uid != os.geteuid():
            self.transport.abort()


def _forget_starter() -> None:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    os.environ.clear()
    os.environ.update(kept)
    os.umask(0o077)
    os.chdir("/")
