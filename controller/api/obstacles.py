"""Answers to acts that can not be done: in words, and with the code by which a screen says it in its own language."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from controller.domain.obstacle import ObstacleError

_MISSING = frozenset({"no-copy", "no-addressee", "hand-over-gone", "card-gone", "no-camera", "no-viewing"})
"""What is asked for is not there: 404; everything else is a conflict: 409."""


def answer_obstacles(app: FastAPI) -> None:
    """Answer ObstacleError."""

    @app.exception_handler(ObstacleError)
    def refused(_: Request, error: ObstacleError) -> JSONResponse:
        return JSONResponse({"detail": str(error), "code": error.code}, 404 if error.code in _MISSING else 409)
