"""The routes: the page's files, its news, what it asks and what it commands."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypeVar

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from clap_console.page.feed import Feed
from clap_console.page.sentence import checked_sentence
from clap_console.page.stack import Stack
from clap_console.web.events import events
from clap_console.web.front import Front
from clap_console.web.guard import Guard
from clap_core.errors import ClapError, ErrorCode

FILES = Path(__file__).parent / "files"
MOST_BYTES = 16_384
"""Of a request: a sentence and what belongs to it."""

_T = TypeVar("_T")
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript"}


def make_app(stack: Stack, feed: Feed, guard: Guard) -> ASGIApp:
    """The application.

    Args:
        stack: what is asked and commanded.
        feed: the page's news.
        guard: who may.
    """
    routes = _Routes(stack, feed)
    names = sorted(path.name for path in FILES.iterdir() if path.suffix in _TYPES)
    app = Starlette(
        routes=[
            Route("/", _file("index.html")),
            *(Route(f"/{name}", _file(name)) for name in names),
            Route("/api/events", routes.news),
            Route("/api/say", routes.say, methods=["POST"]),
            Route("/api/stop", routes.stop, methods=["POST"]),
            Route("/api/doctor", routes.doctor, methods=["POST"]),
            Route("/api/suggestions", routes.suggestions),
            Route("/api/camera/{name}", routes.picture),
            Route("/api/cloud", routes.cloud),
        ],
        exception_handlers={ClapError: _refused, ClientDisconnect: _gone},
    )
    return Front(app, guard)


class _Routes:
    """What each route does. What is slow has threads of its own, so that a stop never waits."""

    def __init__(self, stack: Stack, feed: Feed) -> None:
        self._stack = stack
        self._feed = feed
        self._looking = CapacityLimiter(2)
        self._asking = CapacityLimiter(2)
        self._saying = CapacityLimiter(8)
        self._stopping = CapacityLimiter(16)

    async def news(self, request: Request) -> Response:
        return StreamingResponse(events(self._feed), media_type="text/event-stream")

    async def say(self, request: Request) -> Response:
        body = await _body(request)
        sentence = checked_sentence(body.get("instruction"))
        needs = await _run(self._stack.needs_confirmation, self._saying)
        if needs and body.get("confirmed") is not True:
            content = {"confirm": True, "instruction": sentence}
            return JSONResponse(content, HTTPStatus.CONFLICT)
        goal = await _run(lambda: self._stack.say(sentence), self._saying)
        return JSONResponse({"goal": goal}, HTTPStatus.ACCEPTED)

    async def stop(self, request: Request) -> Response:
        # No body is read: nothing that is wrong with it may keep the arm moving.
        return JSONResponse({"stopped": await _run(self._stack.stop, self._stopping)})

    async def doctor(self, request: Request) -> Response:
        return JSONResponse({"findings": await _run(self._stack.doctor, self._asking)})

    async def suggestions(self, request: Request) -> Response:
        return JSONResponse({"suggestions": await _run(self._stack.suggestions, self._asking)})

    async def picture(self, request: Request) -> Response:
        name = request.path_params["name"]
        heat = request.query_params.get("heat") == "1"
        try:
            picture = await _run(lambda: self._stack.picture(name, heat), self._looking)
        except KeyError:
            content = {"code": "NOT_FOUND", "message": "There is no such camera."}
            return JSONResponse(content, HTTPStatus.NOT_FOUND)
        if picture is None or request.query_params.get("have") == str(picture.stamp_ns):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        headers = {
            "x-stamp": str(picture.stamp_ns),
            "x-size": f"{picture.width},{picture.height}",
        }
        if picture.mark is not None:
            headers["x-mark"] = f"{picture.mark[0]:.1f},{picture.mark[1]:.1f}"
        return Response(picture.jpeg, media_type="image/jpeg", headers=headers)

    async def cloud(self, request: Request) -> Response:
        cloud = await _run(self._stack.cloud, self._looking)
        if cloud is None or request.query_params.get("have") == str(cloud.stamp_ns):
            return Response(status_code=HTTPStatus.NO_CONTENT)
        headers = {"x-stamp": str(cloud.stamp_ns), "x-points": str(cloud.count)}
        return Response(cloud.points, media_type="application/octet-stream", headers=headers)


async def _run(what: Callable[[], _T], limiter: CapacityLimiter) -> _T:
    return await to_thread.run_sync(what, limiter=limiter)


async def _body(request: Request) -> dict[str, Any]:
    """The request's JSON object.

    Raises:
        ClapError: INVALID_REQUEST where it is none, or too large.
    """
    data = b""
    async for part in request.stream():
        data += part
        if len(data) > MOST_BYTES:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the request is longer than {MOST_BYTES} bytes",
                "Say it in fewer words, or in several sentences one after the other",
            )
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            "the request is no JSON object",
            'Send {"instruction": "pick up the red mug"}',
        )
    return body


def _file(name: str) -> Callable[[Request], Any]:
    async def send(request: Request) -> Response:
        return FileResponse(FILES / name, media_type=_TYPES[Path(name).suffix])

    return send


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, ClapError)
    status = {
        ErrorCode.INVALID_REQUEST: HTTPStatus.UNPROCESSABLE_ENTITY,
        ErrorCode.EMPTY_INSTRUCTION: HTTPStatus.UNPROCESSABLE_ENTITY,
        ErrorCode.NODE_UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
        ErrorCode.TIMEOUT: HTTPStatus.GATEWAY_TIMEOUT,
        ErrorCode.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    }.get(error.code, HTTPStatus.CONFLICT)
    return JSONResponse({"code": error.code.name, "message": error.message}, status)


async def _gone(request: Request, error: Exception) -> Response:
    return Response(status_code=HTTPStatus.BAD_REQUEST)
