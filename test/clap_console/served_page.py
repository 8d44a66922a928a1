"""A page that is served for a test, over a stack that the test makes up."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn

from clap_console.page.feed import Feed
from clap_console.page.stack import Cloud, Picture
from clap_console.web.app import make_app
from clap_console.web.guard import Guard
from clap_console.web.server import config, listening
from clap_core.errors import ClapError

DEADLINE_S = 20.0


@dataclass
class MadeUpStack:
    """Does what the test says; see `clap_console.page.stack.Stack`."""

    is_real: bool = False
    said: list[str] = field(default_factory=list)
    stops: int = 0
    refusal: ClapError | None = None
    is_slow: bool = False
    let_go: threading.Event = field(default_factory=threading.Event)

    def needs_confirmation(self) -> bool:
        return self.is_real

    def say(self, sentence: str) -> str:
        if self.refusal is not None:
            raise self.refusal
        self.said.append(sentence)
        return "abc"

    def stop(self) -> list[dict[str, Any]]:
        if self.refusal is not None:
            raise self.refusal
        self.stops += 1
        return [{"code": "CANCELED", "message": "canceled"}]

    def suggestions(self) -> list[str]:
        if self.is_slow:
            self.let_go.wait(DEADLINE_S)
        return ["pick up the red mug"]

    def picture(self, camera: str, heat: bool) -> Picture | None:
        if self.is_slow:
            self.let_go.wait(DEADLINE_S)
        pictures = {"front": Picture(b"\xff\xd8", 5, 64, 48, (1.25, 2.0)), "left": None}
        return pictures[camera]

    def cloud(self) -> Cloud | None:
        return Cloud(bytes(15), 1, 9)

    def doctor(self) -> list[dict[str, str]]:
        return [{"name": "disk", "level": "OK", "text": "much", "cure": ""}]


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class ServedPage:
    """Speaks to a server as programs do."""

    def __init__(self, stack: MadeUpStack, feed: Feed, port: int) -> None:
        self.stack = stack
        self.feed = feed
        self.port = port

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE_S)

    def ask(self, method: str, path: str, body: str | bytes | None = None, **headers: str) -> Reply:
        connection = self.connect()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            connection.request(method, path, body, named)
            answer = connection.getresponse()
            lower = {name.lower(): value for name, value in answer.getheaders()}
            return Reply(answer.status, lower, answer.read())
        finally:
            connection.close()

    def say(self, sentence: object, **more: Any) -> Reply:
        return self.ask("POST", "/api/say", json.dumps({"instruction": sentence, **more}))

    def news(self) -> Iterator[tuple[str, Any]]:
        """The events as they come: part and value."""
        connection = self.connect()
        try:
            connection.request("GET", "/api/events")
            answer = connection.getresponse()
            part = ""
            for line in iter(answer.readline, b""):
                name, _, value = line.decode().strip().partition(": ")
                if name == "event":
                    part = value
                elif name == "data" and part != "beat":
                    yield part, json.loads(value)
        finally:
            connection.close()


@contextmanager
def served(guard: Guard | None = None) -> Iterator[ServedPage]:
    """A server with a made-up stack on a port of its own."""
    stack, feed = MadeUpStack(), Feed()
    with listening("127.0.0.1", 0) as door:
        server = uvicorn.Server(config(make_app(stack, feed, guard or Guard())))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield ServedPage(stack, feed, door.getsockname()[1])
        finally:
            stack.let_go.set()
            server.should_exit = True
            thread.join(DEADLINE_S)
