"""A language model behind an OpenAI-compatible endpoint: vLLM, llama.cpp, Ollama, a provider."""

from __future__ import annotations

import itertools
import json
import os
import queue
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from clap_core.errors import ClapError, ErrorCode
from clap_learning.json_answer import readable
from clap_learning.optional_packages import module_of
from clap_learning.planner.answer import NotAPlan
from clap_learning.planner.chat import ChatMessage, ChatModel, too_late
from clap_learning.planner.settings import LlmSettings

MAX_REPLY_BYTES = 1_000_000
_FIRST_PAUSE_S = 0.5

_KEY_REFUSED = (401, 403)
_NOT_TAKEN = (400, 422)
_COME_BACK = (408, 429, 500, 502, 503, 504)


class EndpointChat(ChatModel):
    """Asks ``POST base_url/chat/completions``.

    The endpoint is asked to hold the model to the schema. One that refuses the request is asked
    again without what not every endpoint takes (the schema, temperature and length), and what it
    took is remembered.

    Raises:
        ClapError: INVALID_REQUEST when the key's variable is not set, or httpx2 not installed.
    """

    device = "endpoint"

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._http = module_of("the planner 'llm'", "httpx2", "httpx2")
        self._key = _key_of(settings.api_key_variable)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        self._client = self._http.Client(headers=headers)
        self._with_schema, self._with_limits = True, True

    def close(self) -> None:
        """See `ChatModel`."""
        self._client.close()

    def answer(
        self, messages: Sequence[ChatMessage], schema: Mapping[str, Any], until_s: float
    ) -> str:
        """See `ChatModel`; waits and asks again while the endpoint is busy."""
        pause_s = _FIRST_PAUSE_S
        while True:
            status, text = self._ask(messages, schema, until_s)
            if status == 200:
                return _content(text)
            if status not in _COME_BACK or time.monotonic() + pause_s >= until_s:
                raise self._refused(status, text)
            time.sleep(pause_s)
            pause_s *= 2.0

    def _ask(
        self, messages: Sequence[ChatMessage], schema: Mapping[str, Any], until_s: float
    ) -> tuple[int, str]:
        """Status and text of the first form of the request that the endpoint takes."""
        status, text = 0, ""
        forms = itertools.product((True, False), (True, False))
        for with_schema, with_limits in forms:
            if with_schema > self._with_schema or with_limits > self._with_limits:
                continue
            body: dict[str, Any] = {
                "model": self._settings.model,
                "messages": [asdict(message) for message in messages],
            }
            if with_limits:
                body |= {"temperature": 0, "max_tokens": self._settings.max_answer_tokens}
            if with_schema:
                body["response_format"] = {
                    "type": "json_schema",
                    "json_schema": {"name": "plan", "strict": True, "schema": schema},
                }
            status, text = self._post(body, until_s)
            if status not in _NOT_TAKEN:
                if status == 200:
                    self._with_schema, self._with_limits = with_schema, with_limits
                break
        return status, text

    def _post(self, body: Mapping[str, Any], until_s: float) -> tuple[int, str]:
        """Exchange on a thread of its own: what trickles or hangs in a name server ends, too."""
        outcome: queue.SimpleQueue[tuple[int, str] | Exception] = queue.SimpleQueue()

        def exchange() -> None:
            try:
                outcome.put(self._exchange(body, until_s))
            except Exception as error:  # raised again where the answer is awaited
                outcome.put(error)

        threading.Thread(target=exchange, daemon=True, name="llm endpoint").start()
        try:
            result = outcome.get(timeout=max(until_s - time.monotonic(), 0.001))
        except queue.Empty:
            raise too_late(self._name) from None
        if isinstance(result, self._http.TimeoutException):
            raise too_late(self._name) from result
        if isinstance(result, (self._http.HTTPError, self._http.InvalidURL)):
            raise ClapError(
                ErrorCode.NODE_UNAVAILABLE,
                f"{self._name} cannot be reached: {readable(str(result))}",
                "Start it, or correct llm.base_url",
            ) from result
        if isinstance(result, Exception):
            raise result
        return result

    def _exchange(self, body: Mapping[str, Any], until_s: float) -> tuple[int, str]:
        left_s = max(until_s - time.monotonic(), 0.001)
        url = f"{self._settings.base_url}/chat/completions"
        with self._client.stream("POST", url, json=body, timeout=left_s) as response:
            received = bytearray()
            for part in response.iter_bytes():
                received += part
                if time.monotonic() > until_s:
                    raise too_late(self._name)
                if len(received) > MAX_REPLY_BYTES:
                    raise NotAPlan(f"it is longer than {MAX_REPLY_BYTES} bytes")
            return response.status_code, received.decode("utf-8", errors="replace")

    @property
    def _name(self) -> str:
        return f"the language model at {self._settings.base_url}"

    def _refused(self, status: int, text: str) -> ClapError:
        said = readable(text.replace(self._key, "...") if self._key else text) or "nothing"
        reason = f"{self._name} answered with HTTP status {status}: {said}"
        if status in _KEY_REFUSED:
            variable = self._settings.api_key_variable
            cure = (
                f"Put a valid key into the environment variable {variable} and restart"
                if variable
                else "Name the environment variable with its key in llm.api_key_variable"
            )
            return ClapError(ErrorCode.INVALID_REQUEST, reason, cure)
        if status in _COME_BACK:
            cure = "Try again later, or look at the endpoint's log"
            return ClapError(ErrorCode.NODE_UNAVAILABLE, reason, cure)
        cure = f"Correct llm.base_url or llm.model ('{self._settings.model}')"
        return ClapError(ErrorCode.INVALID_REQUEST, reason, cure)


def _key_of(variable: str) -> str:
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable() and key):
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the environment variable {variable}, which llm.api_key_variable names, holds no key",
            f"Set it where the node is started: export {variable}=...",
        )
    return key


def _content(text: str) -> str:
    """The model's words in an endpoint's reply.

    Raises:
        NotAPlan: for a reply without any, or with only the beginning of them.
        ClapError: NOT_UNDERSTOOD when the provider's model declines.
    """
    try:
        choice = json.loads(text)["choices"][0]
        message = choice["message"]
        content, declined = message.get("content"), message.get("refusal")
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise NotAPlan(f"the endpoint's reply is no chat completion: '{readable(text, 80)}'") from (
            error
        )
    if declined:
        raise ClapError(
            ErrorCode.NOT_UNDERSTOOD,
            f"the language model declines: {readable(str(declined))}",
            "Say it in other words, step by step, with the names of the things",
        )
    if choice.get("finish_reason") == "length":
        raise NotAPlan("it is longer than llm.max_answer_tokens")
    if not isinstance(content, str):
        raise NotAPlan("the endpoint's reply has no text")
    return content
