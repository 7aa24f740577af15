"""The broker's HTTP surface for people's commands: requests checked at the edge, answers as records.

Promises: no state is kept here and nothing is decided; every error leaves as JSON with problem, place and hint. Refuses
requests with keys that nobody reads.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Annotated

from fastapi import FastAPI, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from agentguard.audit.chain import Entry
from agentguard.audit.log import Log
from agentguard.broker.service import Service
from agentguard.model.errors import AgentguardError, Refused
from agentguard.model.hold import Decision, Hold
from agentguard.model.record import Json, to_record

LONGEST_TAIL = 10_000  # entries of the log in one answer; who wants more reads the file


class Asked(BaseModel):
    """A request's body, closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BallotAsked(Asked):
    decision: Decision
    reason: str
    person: str
    card: str


class VoteCast(Asked):
    body: str
    signature: str


class Confirmed(Asked):
    person: str


Life = Callable[[FastAPI], AbstractAsyncContextManager[None]]


def people(service: Callable[[], Service], stop: Callable[[], None], life: Life) -> FastAPI:
    """The application.

    Args:
        service: gives the service, or raises what keeps it from working.
        stop: ends the broker.
        life: what is to happen around all requests.
    """
    app = FastAPI(lifespan=life, docs_url=None, redoc_url=None, openapi_url=None)
    app.add_exception_handler(AgentguardError, _told)
    app.add_exception_handler(Exception, _failed)
    _reading(app, service)
    _deciding(app, service)

    _auditing(app, service)

    @app.post("/v1/stop")
    def _stop() -> JSONResponse:
        stop()
        return JSONResponse({})

    return app


def _reading(app: FastAPI, service: Callable[[], Service]) -> None:
    @app.get("/v1/status")
    def _status(cwd: str = "") -> JSONResponse:
        return JSONResponse(to_record(service().status(cwd)))

    @app.get("/v1/holds")
    def _pending() -> JSONResponse:
        return JSONResponse([to_record(hold) for hold in service().pending()])

    @app.get("/v1/holds/{hold_id}")
    def _get(hold_id: str) -> JSONResponse:
        return _hold(service().get(hold_id))

    @app.get("/v1/holds/{hold_id}/card")
    def _card(hold_id: str) -> JSONResponse:
        return JSONResponse(service().card(hold_id))


def _deciding(app: FastAPI, service: Callable[[], Service]) -> None:
    @app.post("/v1/holds/{hold_id}/ballot")
    def _ballot(hold_id: str, asked: BallotAsked) -> JSONResponse:
        return JSONResponse(
            service().ballot(hold_id, asked.decision, asked.reason, asked.person, asked.card).decode("utf-8")
        )

    @app.post("/v1/holds/{hold_id}/vote")
    def _vote(hold_id: str, cast: VoteCast) -> JSONResponse:
        return _hold(service().vote(hold_id, cast.body.encode("utf-8", "surrogatepass"), cast.signature))

    @app.post("/v1/holds/{hold_id}/confirm")
    def _confirm(hold_id: str, asked: Confirmed) -> JSONResponse:
        return _hold(service().confirm(hold_id, asked.person))

    @app.post("/v1/holds/{hold_id}/withdraw")
    def _withdraw(hold_id: str) -> JSONResponse:
        return _hold(service().withdraw(hold_id))


def _auditing(app: FastAPI, service: Callable[[], Service]) -> None:
    @app.get("/v1/log/tail")
    def _tail(count: Annotated[int, Query(ge=1, le=LONGEST_TAIL)]) -> JSONResponse:
        return JSONResponse([dataclasses.asdict(entry) for entry in _newest(service().ledger.log, count)])

    @app.post("/v1/log/verify")
    def _verify() -> JSONResponse:
        return JSONResponse(to_record(service().verify()))


def _newest(log: Log, count: int) -> Iterator[Entry]:
    return log.entries(log.head.number - count)


def _hold(hold: Hold) -> JSONResponse:
    return JSONResponse(to_record(hold))


async def _failed(_request: Request, failure: Exception) -> JSONResponse:
    """What nobody foresaw; the broker's journal has all of it."""
    problem = f"the broker failed on this request ({type(failure).__name__})"
    return JSONResponse({"error": "error", "problem": problem, "place": "", "hint": ""}, status_code=500)


async def _told(_request: Request, error: Exception) -> JSONResponse:
    """An error as the client raises it again (`api.ERRORS`)."""
    if not isinstance(error, AgentguardError):
        raise error
    kind, status = ("refused", 403) if isinstance(error, Refused) else ("error", 500)
    told: dict[str, Json] = {"error": kind, "problem": error.problem, "place": error.place, "hint": error.hint}
    return JSONResponse(told, status_code=status)
