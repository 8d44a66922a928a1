"""Words as MiniLM sees them: each by itself, and within its sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from clap_learning.teachers.installed import module_of
from clap_learning.teachers.packaged_weights import MINILM, path_of

HIDDEN = "[MASK]"
"""Stands for a word whose meaning is hidden."""

_WIDTH = 384
_LAYERS = (2, 4)
"""Whose states say what a word does in its sentence; what is above is not computed. Syntax is in
the lower half of such a model (Tenney et al., BERT Rediscovers the Classical NLP Pipeline, 2019).
"""
DIM = _WIDTH * (1 + len(_LAYERS))


class WordStates:
    """Sentences to what a frozen language model makes of their words.

    Of each word: its input embedding, scaled to a spread of one, then its states in some layers,
    each scaled to a spread of one; the mean over its pieces.

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
        model.encoder.layer = model.encoder.layer[: _LAYERS[-1]]
        self._model = model.requires_grad_(False).eval()
        table = model.get_input_embeddings().weight.detach()
        self._mean, self._spread = table.mean(dim=0), table.std()
        self._table = table

    @torch.no_grad()
    def of(self, sentences: Sequence[Sequence[str]]) -> list[Tensor]:
        """[W, `DIM`] of the words of each sentence.

        `HIDDEN` words have zeros for an embedding; words that are more than the model reads have
        nothing but zeros.
        """
        tokens = self._tokenizer(
            [list(words) for words in sentences],
            is_split_into_words=True,
            padding=True,
            truncation=True,
            max_length=self._model.config.max_position_embeddings,
            return_tensors="pt",
        )
        ids = tokens["input_ids"]
        states = self._model(**tokens, output_hidden_states=True).hidden_states
        embedded = (self._table[ids] - self._mean) / self._spread
        embedded = embedded.masked_fill((ids == self._tokenizer.mask_token_id)[..., None], 0.0)
        within = [functional.layer_norm(states[layer], (_WIDTH,)) for layer in _LAYERS]
        pieces = torch.cat([embedded, *within], dim=2)
        found = []
        for row, words in enumerate(sentences):
            of_word = tokens.word_ids(row)
            known = [place for place, word in enumerate(of_word) if word is not None]
            index = torch.tensor([of_word[place] for place in known], dtype=torch.long)
            total = torch.zeros(len(words), DIM).index_add_(0, index, pieces[row, known])
            count = torch.bincount(index, minlength=len(words)).clamp_min(1)
            found.append(total / count[:, None])
        return found
