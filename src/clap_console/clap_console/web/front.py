"""What every request passes before it reaches a route: the guard, and headers for the browser."""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import parse_qs

from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from clap_console.web.guard import Guard

TOKEN = "token"
"""Name of the query's argument that carries the token on the first visit."""

# Nothing but this server's own files is loaded or run, whatever text is shown.
_HEADERS = (
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; "
        b"connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
)


class Front:
    """ASGI application in front of another one.

    Args:
        inner: what serves those requests that may pass.
        guard: decides.
    """

    def __init__(self, inner: ASGIApp, guard: Guard) -> None:
        self._inner = inner
        self._guard = guard

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *_HEADERS]
            await send(message)

        answer = self._answer(scope)
        await (answer or self._inner)(scope, receive, send_with_headers)

    def _answer(self, scope: Scope) -> Response | None:
        """The answer to a request that does not pass, or that brings the token."""
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1")
            for name, value in scope["headers"]
        }
        server = scope.get("server") or ("", 0)
        cookie = f"clap_console_{server[1]}"  # cookies are the same for all ports of a host
        refused = self._guard.refusal(scope["method"], headers, cookie)
        if refused is None:
            return None
        if refused.status is HTTPStatus.UNAUTHORIZED and scope["path"] == "/":
            query = parse_qs(scope["query_string"].decode("latin-1"))
            if self._guard.is_token(query.get(TOKEN, [""])[0]):
                entry = RedirectResponse("/", HTTPStatus.SEE_OTHER)
                entry.set_cookie(cookie, self._guard.token, httponly=True, samesite="lax")
                return entry
        if scope["path"].startswith("/api/"):
            content = {"code": refused.status.name, "message": refused.text}
            return JSONResponse(content, refused.status)
        return PlainTextResponse(refused.text, refused.status)
