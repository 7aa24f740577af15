"""The broker's HTTP surface for people's commands: requests checked at the edge, answers as records.

Promises: no state is kept here and nothing is decided; every error leaves as JSON with problem, place and hint. Refuses
requests with keys that nobody reads.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from agentguard.broker.service import Service
from agentguard.model.errors import AgentguardError, Refused
from agentguard.model.hold import Decision, Hold
from agentguard.model.record import Json, to_record


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
    _reading(app, service)
    _deciding(app, service)

    @app.post("/v1/stop")
    async def _stop() -> JSONResponse:
        stop()
        return JSONResponse({})

    return app


def _reading(app: FastAPI, service: Callable[[], Service]) -> None:
    @app.get("/v1/status")
    async def _status() -> JSONResponse:
        return JSONResponse(to_record(service().status()))

    @app.get("/v1/holds")
    async def _pending() -> JSONResponse:
        return JSONResponse([to_record(hold) for hold in service().pending()])

    @app.get("/v1/holds/{hold_id}")
    async def _get(hold_id: str) -> JSONResponse:
        return _hold(service().get(hold_id))

    @app.get("/v1/holds/{hold_id}/card")
    async def _card(hold_id: str) -> JSONResponse:
        return JSONResponse(service().card(hold_id))


def _deciding(app: FastAPI, service: Callable[[], Service]) -> None:
    @app.post("/v1/holds/{hold_id}/ballot")
    async def _ballot(hold_id: str, asked: BallotAsked) -> JSONResponse:
        return JSONResponse(
            service().ballot(hold_id, asked.decision, asked.reason, asked.person, asked.card).decode("utf-8")
        )

    @app.post("/v1/holds/{hold_id}/vote")
    async def _vote(hold_id: str, cast: VoteCast) -> JSONResponse:
        return _hold(service().vote(hold_id, cast.body.encode("utf-8"), cast.signature))

    @app.post("/v1/holds/{hold_id}/confirm")
    async def _confirm(hold_id: str, asked: Confirmed) -> JSONResponse:
        return _hold(service().confirm(hold_id, asked.person))

    @app.post("/v1/holds/{hold_id}/withdraw")
    async def _withdraw(hold_id: str) -> JSONResponse:
        return _hold(service().withdraw(hold_id))


def _hold(hold: Hold) -> JSONResponse:
    return JSONResponse(to_record(hold))


async def _told(_request: Request, error: Exception) -> JSONResponse:
    """An error as the client raises it again (`api.ERRORS`)."""
    if not isinstance(error, AgentguardError):
        raise error
    kind, status = ("refused", 403) if isinstance(error, Refused) else ("error", 500)
    told: dict[str, Json] = {"error": kind, "problem": error.problem, "place": error.place, "hint": error.hint}
    return JSONResponse(told, status_code=status)
