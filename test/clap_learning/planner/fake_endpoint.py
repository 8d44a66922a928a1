"""An OpenAI-compatible endpoint that answers by script."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

STEP = {"action": "grasp", "object": "", "part": "", "relation": "", "reference": ""}


def step(action: str, name: str, **slots: str) -> dict[str, str]:
    return {**STEP, "action": action, "object": name, **slots}


def plan(*steps: dict[str, str], **more: Any) -> str:
    return json.dumps({"subtasks": list(steps), "cannot": None, **more})


def cannot(code: str, reason: str) -> str:
    return json.dumps({"subtasks": [], "cannot": {"code": code, "reason": reason}})


@dataclass(frozen=True)
class Reply:
    """What the endpoint does with one request.

    Attributes:
        content: the model's words; None where the provider declined.
        status: of HTTP.
        raw: the body, where it is no chat completion.
        hang: nothing at all comes, until the endpoint is closed.
        trickle: a byte comes now and then, without an end.
        cut: the connection breaks in the middle of the body.
        message: more of the model's message.
        finish_reason: why the model stopped.
    """

    content: str | None = None
    status: int = 200
    raw: bytes | None = None
    hang: bool = False
    trickle: bool = False
    cut: bool = False
    message: dict[str, Any] = field(default_factory=dict)
    finish_reason: str = "stop"

    def body(self) -> bytes:
        if self.raw is not None:
            return self.raw
        message = {"role": "assistant", "content": self.content, **self.message}
        choice = {"index": 0, "message": message, "finish_reason": self.finish_reason}
        return json.dumps({"object": "chat.completion", "choices": [choice]}).encode()


class FakeEndpoint:
    """Serves one reply after the other, the last one for ever.

    Attributes:
        url: its base URL.
        requests: the bodies that came.
        headers: the headers that came, by lower-case name.
    """

    def __init__(self, replies: Sequence[Reply]) -> None:
        self.requests: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._replies = list(replies)
        self._over = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._server.server_close()

    def _next(self, body: dict[str, Any], headers: dict[str, str]) -> Reply:
        self.requests.append(body)
        self.headers.append(headers)
        return self._replies.pop(0) if len(self._replies) > 1 else self._replies[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                assert self.path == "/v1/chat/completions"
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = endpoint._next(body, headers)
                if reply.hang:
                    endpoint._over.wait()
                    return
                sent = reply.body()
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(sent)))
                self.end_headers()
                if reply.trickle:
                    while not endpoint._over.wait(0.02):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                self.wfile.write(sent[: len(sent) // 2] if reply.cut else sent)

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:  # the client has left, as it should
                    self.close_connection = True

            def log_message(self, *_: Any) -> None:
                pass

        return Handler


@contextmanager
def endpoint(*replies: Reply | str) -> Iterator[FakeEndpoint]:
    made = FakeEndpoint([Reply(reply) if isinstance(reply, str) else reply for reply in replies])
    try:
        yield made
    finally:
        made.close()
