"""The network of `PointerParser` in NumPy: reads a sentence and writes several readings of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_learning.parser.config import ParserConfig, ParserModelConfig
from clap_learning.parser.layers import Array, attention, gelu, layer_norm, linear, softmax
from clap_learning.parser.symbols import START, SYMBOLS
from clap_learning.stored_network import Arrays

_LEAST = np.float32(1e-9)


@dataclass(frozen=True, eq=False)
class ReadSentence:
    """A sentence that was read.

    Attributes:
        vectors: [W, E] of its words.
        places: [W] of each word, its place among the sentence's different words.
        pointed: [W, A] what pointing at the words is compared with.
        looked_at: of each layer that writes, [1, W, A] keys and values.
    """

    vectors: Array
    places: NDArray[np.int_]
    pointed: Array
    looked_at: tuple[tuple[Array, Array], ...]


Written = tuple[tuple[Array, Array], ...]
"""Of each layer that writes, [N, S, A] keys and values of what was written so far."""


class ParserInference:
    """A trained network, for sentences that come one at a time.

    Args:
        config: its sizes.
        arrays: its numbers, by the names of `PointerParser`.

    Raises:
        KeyError: numbers are missing.
        ValueError: they are not of these sizes.
    """

    def __init__(self, config: ParserConfig, arrays: Arrays) -> None:
        self.config = config
        self._arrays = arrays
        found = {
            "longest and width": arrays["places.weight"].shape,
            "embedding": arrays["enter.weight"].shape[1],
            "readers and writers": tuple(_layers(arrays, name) for name in ("reader", "writer")),
        }
        said = {
            "longest and width": (config.longest, config.width),
            "embedding": config.embedding,
            "readers and writers": (config.readers, config.writers),
        }
        if found != said:
            raise ValueError(f"its sizes are {found}, not {said}")
        word = np.zeros((1, config.embedding), np.float32)
        self.write(self.read(word, [0]), [SYMBOLS.index(START)], 0, None)

    def read(self, vectors: Array, places: Sequence[int]) -> ReadSentence:
        """See `ReadSentence`."""
        arrays, heads = self._arrays, self.config.heads
        now = linear(vectors, arrays, "enter") + arrays["places.weight"][: len(vectors)]
        now = now[None]
        for number in range(self.config.readers):
            name = f"reader.layers.{number}"
            asked, keys, values = _three(layer_norm(now, arrays, f"{name}.norm1"), arrays, name)
            taken = attention(asked, keys, values, heads)
            now = now + linear(taken, arrays, f"{name}.self_attn.out_proj")
            now = now + _wide(layer_norm(now, arrays, f"{name}.norm2"), arrays, name)
        memory = layer_norm(now, arrays, "reader.norm")
        looked_at = []
        for number in range(self.config.writers):
            name = f"writer.layers.{number}.multihead_attn"
            keys, values = np.split(_projected(memory, arrays, name, slice(1, 3)), 2, axis=2)
            looked_at.append((keys, values))
        pointed = linear(memory[0], arrays, "answers")
        return ReadSentence(vectors, np.asarray(places), pointed, tuple(looked_at))

    def write(
        self, sentence: ReadSentence, last: Sequence[int], step: int, before: Written | None
    ) -> tuple[Array, Written]:
        """One symbol further.

        Args:
            sentence: that is read.
            last: N symbols, the last that each reading has written.
            step: how many were written before them.
            before: what the readings wrote before; None for nothing.

        Returns:
            [N, len(SYMBOLS) + C] logarithms of the probability of what follows, C being the number
            of different words, and `before` with this step.
        """
        arrays, config = self._arrays, self.config
        now = self._entered(sentence, last) + arrays["steps.weight"][step]
        now = now[:, None]
        written = []
        for number in range(config.writers):
            name = f"writer.layers.{number}"
            asked, keys, values = _three(layer_norm(now, arrays, f"{name}.norm1"), arrays, name)
            if before is not None:
                keys = np.concatenate([before[number][0], keys], axis=1)
                values = np.concatenate([before[number][1], values], axis=1)
            written.append((keys, values))
            taken = attention(asked, keys, values, config.heads)
            now = now + linear(taken, arrays, f"{name}.self_attn.out_proj")
            looking = layer_norm(now, arrays, f"{name}.norm2")
            asked = _projected(looking, arrays, f"{name}.multihead_attn", slice(0, 1))
            taken = attention(asked, *sentence.looked_at[number], config.heads)
            now = now + linear(taken, arrays, f"{name}.multihead_attn.out_proj")
            now = now + _wide(layer_norm(now, arrays, f"{name}.norm3"), arrays, name)
        said = layer_norm(now, arrays, "writer.norm")[:, 0]
        pointing = linear(said, arrays, "asks") @ sentence.pointed.T
        pointing = pointing / np.float32(math.sqrt(config.width))
        shares = softmax(np.concatenate([linear(said, arrays, "own"), pointing], axis=1))
        # A word that occurs twice is one word.
        count = int(sentence.places.max()) + 1
        same_word = np.eye(count, dtype=np.float32)[sentence.places]
        own, of_places = np.split(shares, [len(SYMBOLS)], axis=1)
        every = np.concatenate([own, of_places @ same_word], axis=1)
        return np.log(np.maximum(every, _LEAST)), tuple(written)

    def _entered(self, sentence: ReadSentence, last: Sequence[int]) -> Array:
        """[N, A] of symbols."""
        embedded = np.zeros((len(last), self.config.embedding), np.float32)
        for row, symbol in enumerate(last):
            if symbol >= len(SYMBOLS):
                first = int(np.argmax(sentence.places == symbol - len(SYMBOLS)))
                embedded[row] = sentence.vectors[first]
        own = self._arrays["symbols.weight"][np.minimum(last, len(SYMBOLS))]
        entered: Array = own + linear(embedded, self._arrays, "enter")
        return entered


def loaded_inference(config: ParserModelConfig, arrays: Arrays) -> ParserInference:
    """The network of a folder, for `StoredNetwork.load`."""
    return ParserInference(config.network, arrays)


def _layers(arrays: Arrays, name: str) -> int:
    """How many layers there are below a name."""
    return len({key.split(".")[2] for key in arrays if key.startswith(f"{name}.layers.")})


def _projected(entered: Array, arrays: Arrays, name: str, which: slice) -> Array:
    """[..., A] to those of queries, keys and values that are wanted, side by side."""
    width = entered.shape[-1]
    rows = slice(which.start * width, which.stop * width)
    weight, bias = arrays[f"{name}.in_proj_weight"][rows], arrays[f"{name}.in_proj_bias"][rows]
    projected: Array = entered @ weight.T + bias
    return projected


def _three(entered: Array, arrays: Arrays, name: str) -> list[Array]:
    """Queries, keys and values of a layer's attention to itself."""
    return np.split(_projected(entered, arrays, f"{name}.self_attn", slice(0, 3)), 3, axis=2)


def _wide(entered: Array, arrays: Arrays, name: str) -> Array:
    return linear(gelu(linear(entered, arrays, f"{name}.linear1")), arrays, f"{name}.linear2")
