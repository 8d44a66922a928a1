"""What people say must not speak a model's own control tokens."""

from __future__ import annotations

from typing import Any


def without_control_tokens(text: str, tokenizer: Any) -> str:
    """`text` without the strings that a tokenizer takes for control tokens, such as
    ``<|im_end|>``, however they are nested.

    Args:
        text: of whomever.
        tokenizer: of transformers.
    """
    tokens = {*tokenizer.all_special_tokens, *_marked(tokenizer)}
    while True:
        cleaned = text
        for token in sorted(tokens, key=len, reverse=True):
            cleaned = cleaned.replace(token, "")
        if cleaned == text:
            return text
        text = cleaned


def _marked(tokenizer: Any) -> set[str]:
    """Added tokens; one of a single letter is a letter, whatever it was added for."""
    return {token for token in tokenizer.get_added_vocab() if len(token) > 1}
