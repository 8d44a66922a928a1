"""The planner `llm`: a language model proposes, the stack's vocabulary and limits dispose."""

from __future__ import annotations

import time

from clap_core.backends import Planner
from clap_core.errors import ClapError, ErrorCode
from clap_core.task_types import SubTask
from clap_learning.planner.answer import NotAPlan, read_answer
from clap_learning.planner.chat import ChatModel, too_late
from clap_learning.planner.endpoint import EndpointChat
from clap_learning.planner.local_model import LocalChat
from clap_learning.planner.prompt import ANSWER_SCHEMA, again, first_messages
from clap_learning.planner.settings import LlmSettings

MAX_INSTRUCTION_LENGTH = 1000


class LlmPlanner(Planner):
    """Asks a language model for a plan.

    What it is told is a sentence, what it answers is data: a plan in the vocabulary of
    `PLAN_SCHEMA` that names things with words of the sentence, or nothing moves.

    Args:
        settings: which model, and how long it may take.
        chat: the model; None to make it from the settings when it is first needed.
    """

    settings_type = LlmSettings

    def __init__(self, settings: LlmSettings, chat: ChatModel | None = None) -> None:
        self._settings = settings
        self._chat = chat
        self.device = "endpoint" if settings.base_url else settings.device

    def warm_up(self) -> None:
        """See `Backend`; an endpoint is not called before there is something to plan."""
        self._model().warm_up()

    def close(self) -> None:
        """See `Backend`."""
        if self._chat is not None:
            self._chat.close()
            self._chat = None

    planned_by = "a language model"

    def plan(self, instruction: str) -> tuple[SubTask, ...]:
        """Decompose an instruction.

        Raises:
            ClapError: EMPTY_INSTRUCTION, and what the model says it cannot do: NOT_UNDERSTOOD,
                IMPOSSIBLE, AMBIGUOUS; INVALID_REQUEST when none of its answers is a plan;
                TIMEOUT and NODE_UNAVAILABLE.
        """
        said = " ".join(instruction.split())
        if not said:
            raise ClapError(
                ErrorCode.EMPTY_INSTRUCTION,
                "the instruction is empty",
                "Say what to do, e.g. 'put the red mug next to the plate'",
            )
        if len(said) > MAX_INSTRUCTION_LENGTH:
            raise ClapError(
                ErrorCode.NOT_UNDERSTOOD,
                f"the instruction is longer than {MAX_INSTRUCTION_LENGTH} characters",
                "Say it in fewer words, or one task after the other",
            )
        return self._ask(said, time.monotonic() + self._settings.deadline_s)

    def _ask(self, said: str, until_s: float) -> tuple[SubTask, ...]:
        model = self._model()
        messages = first_messages(said)
        what = ""
        for _ in range(self._settings.attempts):
            if time.monotonic() >= until_s:
                raise too_late("the language model")
            answer = ""
            try:
                answer = model.answer(messages, ANSWER_SCHEMA, until_s)
                return read_answer(answer, said)
            except NotAPlan as error:
                what = error.what
                messages = (*first_messages(said), *again(answer, what))
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"none of {self._settings.attempts} answers of the language model was a plan; the "
            f"last one: {what}",
            "Say the instruction in other words, or choose another llm.model or planner backend",
        )

    def _model(self) -> ChatModel:
        if self._chat is None:
            if not self._settings.model:
                raise ClapError(
                    ErrorCode.INVALID_REQUEST,
                    "the planner 'llm' has no model",
                    "Set llm.model, and llm.base_url unless it is to be loaded here",
                )
            kind = EndpointChat if self._settings.base_url else LocalChat
            self._chat = kind(self._settings)
        return self._chat
