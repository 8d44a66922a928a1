"""A language model in this process, by transformers."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Any

from clap_core.errors import ClapError, ErrorCode
from clap_learning.control_tokens import without_control_tokens
from clap_learning.optional_packages import module_of
from clap_learning.planner.chat import ChatMessage, ChatModel, too_late
from clap_learning.planner.settings import LlmSettings


class LocalChat(ChatModel):
    """A chat model of transformers; greedy, and held to the schema by the checks alone."""

    def __init__(self, settings: LlmSettings) -> None:
        self._settings = settings
        self._tokenizer: Any = None
        self._model: Any = None
        self.device = settings.device

    def warm_up(self) -> None:
        """See `ChatModel`: load the weights.

        Raises:
            ClapError: INVALID_REQUEST, naming what cannot be loaded.
        """
        if self._model is not None:
            return
        transformers = module_of("the planner 'llm'", "transformers", "transformers")
        name = self._settings.model
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(name)
            model = transformers.AutoModelForCausalLM.from_pretrained(name, dtype="auto")
            model.to(self.device).eval()
        except Exception as error:  # files cut short raise whatever their reader raises
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the language model '{name}' cannot be loaded: {_first_line(error)}",
                "Set llm.model to a folder with its files, or run where there is a network: "
                f"hf download {name}",
            ) from error
        if not tokenizer.chat_template:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the language model '{name}' has no chat template",
                "Choose a model that was tuned to follow instructions ('Instruct' or 'Chat')",
            )
        self._tokenizer, self._model = tokenizer, model

    def close(self) -> None:
        """See `ChatModel`."""
        self._tokenizer = self._model = None

    def answer(
        self, messages: Sequence[ChatMessage], schema: Mapping[str, Any], until_s: float
    ) -> str:
        """See `ChatModel`."""
        self.warm_up()
        tokens = self._tokenizer.apply_chat_template(
            [
                {
                    "role": message.role,
                    "content": without_control_tokens(message.content, self._tokenizer),
                }
                for message in messages
            ],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        ).to(self.device)
        prompt_length = tokens["input_ids"].shape[1]
        longest = getattr(self._model.config, "max_position_embeddings", None)
        if longest is not None and prompt_length >= longest:
            raise ClapError(
                ErrorCode.INVALID_REQUEST,
                f"the language model '{self._settings.model}' takes {longest} tokens; the prompt "
                f"has {prompt_length}",
                "Choose a model with a longer context",
            )
        made = self._model.generate(
            **tokens,
            do_sample=False,
            max_new_tokens=self._settings.max_answer_tokens,
            max_time=max(until_s - time.monotonic(), 0.001),
        )
        if time.monotonic() >= until_s:
            raise too_late(f"the language model '{self._settings.model}'")
        return str(self._tokenizer.decode(made[0, prompt_length:], skip_special_tokens=True))


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
