"""Layers of transformers in NumPy: short sentences need no PyTorch, and some robots have none.

Each takes the network's arrays and the name that its own begin with.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from clap_learning.stored_network import Arrays

Array = NDArray[np.float32]

_FAR = np.float32(-1e9)


def linear(entered: Array, arrays: Arrays, name: str) -> Array:
    """[..., A] to [..., B]."""
    product: Array = entered @ arrays[f"{name}.weight"].T + arrays[f"{name}.bias"]
    return product


def normal(entered: Array, eps: float = 1e-5) -> Array:
    """[..., A] with a mean of 0 and a spread of 1 each."""
    centred = entered - entered.mean(axis=-1, keepdims=True)
    spread = np.sqrt(np.square(centred).mean(axis=-1, keepdims=True) + np.float32(eps))
    result: Array = centred / spread
    return result


def layer_norm(entered: Array, arrays: Arrays, name: str, eps: float = 1e-5) -> Array:
    """[..., A] of the same shape."""
    result: Array = normal(entered, eps) * arrays[f"{name}.weight"] + arrays[f"{name}.bias"]
    return result


def gelu(entered: Array) -> Array:
    """The exact one, by the error function."""
    half = np.float32(0.5)
    result: Array = half * entered * (1 + erf(entered * np.float32(math.sqrt(0.5))))
    return result


def softmax(logits: Array) -> Array:
    """[..., A] shares of the last axis."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def attention(
    asked: Array, keys: Array, values: Array, heads: int, hidden: NDArray[np.bool_] | None = None
) -> Array:
    """What those that ask take from the values (Vaswani et al., Attention Is All You Need, 2017).

    Args:
        asked: [N, S, A].
        keys: [N or 1, W, A].
        values: [N or 1, W, A].
        heads: of attention; A is a multiple of it.
        hidden: broadcastable to [N, heads, S, W], what is not to be looked at.

    Returns:
        [N, S, A].
    """
    each = asked.shape[-1] // heads
    queries, by_key, by_value = (
        part.reshape(*part.shape[:2], heads, each).transpose(0, 2, 1, 3)
        for part in (asked, keys, values)
    )
    logits = queries @ by_key.transpose(0, 1, 3, 2) / np.float32(math.sqrt(each))
    if hidden is not None:
        logits = np.where(hidden, _FAR, logits)
    taken = softmax(logits) @ by_value
    result: Array = taken.transpose(0, 2, 1, 3).reshape(asked.shape)
    return result
