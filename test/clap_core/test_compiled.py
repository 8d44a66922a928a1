"""Compiled functions, with and without a place for their cache."""

from __future__ import annotations

from typing import Any

import numba
import pytest

from clap_core.compiled import compiled


def test_what_cannot_be_cached_is_compiled_all_the_same() -> None:
    """As in an install that cannot be written, without a home."""
    scope: dict[str, Any] = {}
    exec(compile("def twice(x):\n    return 2 * x\n", "<no file>", "exec"), scope)
    with pytest.raises(RuntimeError, match="cannot cache"):
        numba.njit(cache=True)(scope["twice"])
    twice = compiled(nogil=True)(scope["twice"])
    assert twice(21) == 42
    assert twice.signatures
