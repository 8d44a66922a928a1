"""What is asked of a language model: one answer to a conversation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from clap_core.errors import ClapError, ErrorCode


@dataclass(frozen=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: str


class ChatModel(ABC):
    """A language model behind an endpoint or in this process."""

    device: str = "cpu"

    def warm_up(self) -> None:  # noqa: B027
        """Load what the first answer would otherwise wait for; raises ClapError."""

    def close(self) -> None:  # noqa: B027
        """Free memory and close connections."""

    @abstractmethod
    def answer(
        self, messages: Sequence[ChatMessage], schema: Mapping[str, Any], until_s: float
    ) -> str:
        """The model's next turn, as text.

        Args:
            messages: the conversation so far.
            schema: JSON schema of the answer, for models that can be held to one.
            until_s: latest time to answer [s, `time.monotonic`].

        Raises:
            ClapError: TIMEOUT, NODE_UNAVAILABLE, INVALID_REQUEST.
        """


def too_late(who: str) -> ClapError:
    """The error of a model that does not answer in time."""
    return ClapError(
        ErrorCode.TIMEOUT,
        f"{who} did not answer in time",
        "Raise llm.deadline_s if it is only slow; else look at its log, or choose a smaller model",
    )
