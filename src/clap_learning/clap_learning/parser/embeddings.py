"""Words as MiniLM's input embeddings: a look-up, none of its layers is computed."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from clap_learning.teachers.installed import module_of
from clap_learning.teachers.packaged_weights import MINILM, path_of

DIM = 384
_KEPT = 100_000


class WordEmbeddings:
    """Words to 384 numbers: the mean over a word's pieces, scaled to a spread of one.

    Raises:
        ClapError: INVALID_REQUEST when the weights, or transformers, are not installed.
    """

    def __init__(self) -> None:
        transformers = module_of("minilm", "transformers", "transformers")
        folder = str(path_of(MINILM, "minilm").parent)
        self._tokenizer: Any = transformers.AutoTokenizer.from_pretrained(
            folder, local_files_only=True
        )
        model: Any = transformers.AutoModel.from_pretrained(folder, local_files_only=True)
        table = model.get_input_embeddings().weight.detach()
        self._table = (table - table.mean(dim=0)) / table.std()
        self._known: dict[str, Tensor] = {}

    def of(self, word: str) -> Tensor:
        """[384] of a word."""
        if word not in self._known:
            if len(self._known) >= _KEPT:
                self._known.clear()
            pieces = self._tokenizer(word, add_special_tokens=False)["input_ids"]
            vector = self._table[pieces].mean(dim=0) if pieces else torch.zeros(DIM)
            self._known[word] = vector
        return self._known[word]
