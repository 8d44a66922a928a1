"""Words as MiniLM sees them: each by itself, and within its sentence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file

from clap_learning.optional_packages import module_of
from clap_learning.parser.layers import Array, attention, gelu, layer_norm, linear, normal
from clap_learning.teachers.packaged_weights import MINILM, path_of

HIDDEN = "[MASK]"
"""Stands for a word whose meaning is hidden."""

StatesOfPieces = Callable[[NDArray[np.int_], NDArray[np.bool_]], Sequence[Array]]
"""[N, P] of pieces of words and which of them are padding, to [N, P, 384] states in each layer that
counts."""

_WIDTH = 384
_HEADS = 12
_LONGEST = 512
_EPS = 1e-12
LAYERS = (2, 4)
"""Whose states say what a word does in its sentence; what is above is not computed. Syntax is in
the lower half of such a model (Tenney et al., BERT Rediscovers the Classical NLP Pipeline, 2019).
"""
DIM = _WIDTH * (1 + len(LAYERS))


class WordStates:
    """Sentences to what a frozen language model makes of their words.

    Of each word: its input embedding, scaled to a spread of one, then its states in some layers,
    each scaled to a spread of one; the mean over its pieces. The model is a BERT (Devlin et al.,
    2019), computed in NumPy unless something else is given.

    Args:
        states_of: computes the states in the layers.

    Raises:
        ClapError: INVALID_REQUEST when the weights, or tokenizers, are not installed.
    """

    def __init__(self, states_of: StatesOfPieces | None = None) -> None:
        tokenizers = module_of("planner 'learned'", "tokenizers", "tokenizers")
        weights: Path = path_of(MINILM, "minilm")
        self._arrays = load_file(weights)
        self._tokenizer: Any = tokenizers.Tokenizer.from_file(
            str(weights.parent / "tokenizer.json")
        )
        self._tokenizer.enable_truncation(_LONGEST)
        self._tokenizer.enable_padding()
        self._hidden_id: int = self._tokenizer.token_to_id(HIDDEN)
        table = self._arrays["embeddings.word_embeddings.weight"]
        self._mean, self._spread = table.mean(axis=0), table.std()
        self._states_of: StatesOfPieces = states_of or self._states

    def of(self, sentences: Sequence[Sequence[str]]) -> list[Array]:
        """[W, `DIM`] of the words of each sentence.

        `HIDDEN` words have zeros for an embedding; words that are more than the model reads have
        nothing but zeros.
        """
        encodings = self._tokenizer.encode_batch(
            [list(words) for words in sentences], is_pretokenized=True
        )
        ids = np.array([one.ids for one in encodings])
        is_padding = np.array([one.attention_mask for one in encodings]) == 0
        table = self._arrays["embeddings.word_embeddings.weight"]
        embedded = (table[ids] - self._mean) / self._spread
        embedded[ids == self._hidden_id] = 0.0
        within = map(normal, self._states_of(ids, is_padding))
        pieces = np.concatenate([embedded, *within], axis=2)
        found = []
        for row, words in enumerate(sentences):
            of_word = encodings[row].word_ids
            known = [place for place, word in enumerate(of_word) if word is not None]
            index = [of_word[place] for place in known]
            total = np.zeros((len(words), DIM), np.float32)
            np.add.at(total, index, pieces[row, known])
            count = np.bincount(index, minlength=len(words)).clip(min=1).astype(np.float32)
            found.append(total / count[:, None])
        return found

    def _states(self, ids: NDArray[np.int_], is_padding: NDArray[np.bool_]) -> list[Array]:
        arrays = self._arrays
        entered = arrays["embeddings.word_embeddings.weight"][ids]
        entered = entered + arrays["embeddings.position_embeddings.weight"][: ids.shape[1]]
        entered = entered + arrays["embeddings.token_type_embeddings.weight"][0]
        now = layer_norm(entered, arrays, "embeddings.LayerNorm", _EPS)
        states = []
        for number in range(LAYERS[-1]):
            now = self._layer(now, f"encoder.layer.{number}", is_padding[:, None, None])
            if number + 1 in LAYERS:
                states.append(now)
        return states

    def _layer(self, now: Array, name: str, hidden: NDArray[np.bool_]) -> Array:
        arrays = self._arrays
        asked, keys, values = (
            linear(now, arrays, f"{name}.attention.self.{part}")
            for part in ("query", "key", "value")
        )
        taken = attention(asked, keys, values, _HEADS, hidden)
        now = now + linear(taken, arrays, f"{name}.attention.output.dense")
        now = layer_norm(now, arrays, f"{name}.attention.output.LayerNorm", _EPS)
        wide = gelu(linear(now, arrays, f"{name}.intermediate.dense"))
        now = now + linear(wide, arrays, f"{name}.output.dense")
        return layer_norm(now, arrays, f"{name}.output.LayerNorm", _EPS)
