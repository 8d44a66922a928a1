"""The network: reads the words of a sentence, writes goals, copies every name from the sentence.

A transformer encoder over words and a decoder that points (See, Liu and Manning, Get To The Point,
2017, without a vocabulary of names): its next symbol is one of `SYMBOLS` or a word of the sentence.
Words go in as a frozen MiniLM sees them, so that words and turns of phrase it was not trained with
are near those of like meaning.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from clap_learning.parser.config import ParserConfig
from clap_learning.parser.symbols import SYMBOLS

_FAR = -1e4


@dataclass(frozen=True, eq=False)
class Batch:
    """Sentences.

    Attributes:
        words: [N, W, E] embeddings of words, zeros behind the end.
        is_word: [N, W] bool.
        copied: [N, W] for each word, its place among the sentence's different words.
        count: C, the most different words in a sentence.
        written: [N, S] symbols so far, the first of them `START`.
        embedded: [N, S, E] embeddings of those that are words; zeros for the others.
    """

    words: Tensor
    is_word: Tensor
    copied: Tensor
    count: int
    written: Tensor
    embedded: Tensor


class PointerParser(nn.Module):
    """Words to goals."""

    def __init__(self, config: ParserConfig) -> None:
        super().__init__()
        width = config.width
        self.config = config
        self.enter = nn.Linear(config.embedding, width)
        self.places = nn.Embedding(config.longest, width)
        layer = nn.TransformerEncoderLayer(
            width, config.heads, 4 * width, config.drop, "gelu", batch_first=True, norm_first=True
        )
        self.reader = nn.TransformerEncoder(
            layer, config.readers, nn.LayerNorm(width), enable_nested_tensor=False
        )
        self.symbols = nn.Embedding(len(SYMBOLS) + 1, width)
        self.steps = nn.Embedding(config.longest, width)
        writing = nn.TransformerDecoderLayer(
            width, config.heads, 4 * width, config.drop, "gelu", batch_first=True, norm_first=True
        )
        self.writer = nn.TransformerDecoder(writing, config.writers, nn.LayerNorm(width))
        self.own = nn.Linear(width, len(SYMBOLS))
        self.asks = nn.Linear(width, width)
        self.answers = nn.Linear(width, width)

    def read(self, words: Tensor, is_word: Tensor) -> Tensor:
        """[N, W, width] of the words of sentences, as in `Batch`."""
        places = torch.arange(words.shape[1])
        entered = self.enter(words) + self.places(places)
        return torch.as_tensor(self.reader(entered, src_key_padding_mask=~is_word))

    def write(self, memory: Tensor, batch: Batch) -> Tensor:
        """[N, S, len(SYMBOLS) + C] logarithms of the probability of what follows each symbol."""
        steps = batch.written.shape[1]
        own = batch.written.clamp(max=len(SYMBOLS))
        entered = self.symbols(own) + self.enter(batch.embedded) + self.steps(torch.arange(steps))
        ahead = torch.triu(torch.full((steps, steps), -torch.inf), diagonal=1)
        said = self.writer(entered, memory, tgt_mask=ahead, memory_key_padding_mask=~batch.is_word)
        pointed = self.asks(said) @ self.answers(memory).transpose(1, 2)
        pointed = pointed / math.sqrt(memory.shape[2])
        pointed = pointed.masked_fill(~batch.is_word[:, None], _FAR)
        shares = torch.cat([self.own(said), pointed], dim=2).softmax(dim=2)
        # A word that occurs twice is one word.
        to_words = shares.new_zeros(len(memory), steps, batch.count)
        where = batch.copied[:, None].expand(-1, steps, -1)
        to_words = to_words.scatter_add(2, where, shares[:, :, len(SYMBOLS) :])
        every = torch.cat([shares[:, :, : len(SYMBOLS)], to_words], dim=2)
        return every.clamp_min(1e-9).log()

    def forward(self, batch: Batch) -> Tensor:
        """See `write`."""
        return self.write(self.read(batch.words, batch.is_word), batch)


def batch_of(
    sentences: Sequence[Tensor],
    copied: Sequence[Sequence[int]],
    written: Sequence[Sequence[int]],
) -> Batch:
    """Sentences side by side.

    Args:
        sentences: of each, [W, E] of its words.
        copied: of each, the place of each word among the different ones.
        written: of each, the symbols so far.
    """
    most = max(len(one) for one in sentences)
    steps = max(len(one) for one in written)
    size = sentences[0].shape[1]
    words = torch.zeros(len(sentences), most, size)
    is_word = torch.zeros(len(sentences), most, dtype=torch.bool)
    where = torch.zeros(len(sentences), most, dtype=torch.long)
    symbols = torch.zeros(len(sentences), steps, dtype=torch.long)
    embedded = torch.zeros(len(sentences), steps, size)
    for row, (vectors, places, said) in enumerate(zip(sentences, copied, written, strict=True)):
        words[row, : len(vectors)] = vectors
        is_word[row, : len(vectors)] = True
        where[row, : len(vectors)] = torch.tensor(places)
        symbols[row, : len(said)] = torch.tensor(said)
        first = {place: index for index, place in reversed(list(enumerate(places)))}
        for step, symbol in enumerate(said):
            if symbol >= len(SYMBOLS):
                embedded[row, step] = vectors[first[symbol - len(SYMBOLS)]]
    return Batch(words, is_word, where, int(where.max()) + 1, symbols, embedded)
