"""Inner loops compiled by numba."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def compiled(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """A decorator: compile on first use and cache, or only compile where no cache can be written.

    Compiled code is cached per file: what a function calls must stand in its own file.

    Args:
        options: of numba.njit.
    """

    def decorate(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(cache=True, **options)(function)
        except RuntimeError:  # numba finds no place for its cache: a read-only install, no home
            return numba.njit(**options)(function)

    return decorate
