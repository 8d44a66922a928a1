"""A robot's state in memory that two processes share: one writes it, the other reads it."""

from __future__ import annotations

import time
from multiprocessing import shared_memory
from typing import Any

import numpy as np
from numpy.typing import NDArray

STATE = np.dtype(
    [
        ("q", "f8", 7),
        ("dq", "f8", 7),
        ("tau", "f8", 7),
        ("theta", "f8", 7),
        ("dtheta", "f8", 7),
        ("q_d", "f8", 7),
        ("dq_d", "f8", 7),
        ("ddq_d", "f8", 7),
        ("tau_ext", "f8", 7),
        ("base_wrench", "f8", 6),
        ("k_wrench", "f8", 6),
        ("base_T_ee", "f8", 16),
        ("base_T_ee_d", "f8", 16),
        ("flange_T_ee", "f8", 16),
        ("ee_T_k", "f8", 16),
        ("twist_d", "f8", 6),
        ("acceleration_d", "f8", 6),
        ("ee_mass", "f8"),
        ("ee_center", "f8", 3),
        ("load_mass", "f8"),
        ("load_center", "f8", 3),
        ("contact", "f8", 13),
        ("collision", "f8", 13),
        ("success_rate", "f8"),
        ("time_s", "f8"),
        ("beat_s", "f8"),
        ("mode", "i8"),
        ("errors", "S256"),
        ("last_errors", "S256"),
    ]
)
"""What the arm's process tells. 4 x 4 matrices are column by column; errors are names with commas;
``beat_s`` is the monotonic clock when it was written."""

_TRIES = 200


class SharedState:
    """One record of `STATE`.

    A counter before it is odd while it is being written, and a reader that meets that, or a counter
    that has moved, reads again (a sequence lock).

    Args:
        name: of a memory that exists; a new one otherwise.
    """

    def __init__(self, name: str | None = None) -> None:
        size = 8 + STATE.itemsize
        self._owner = name is None
        self._memory = shared_memory.SharedMemory(name, create=self._owner, size=size)
        self._count: NDArray[np.int64] = np.ndarray(1, np.int64, self._memory.buf)
        self._record: NDArray[Any] = np.ndarray(1, STATE, self._memory.buf, offset=8)
        if self._owner:
            self._count[0] = 0
            self._record[0] = np.zeros(1, STATE)[0]

    @property
    def name(self) -> str:
        """Of the memory."""
        return self._memory.name

    @property
    def written(self) -> bool:
        """Whether there is anything in it yet."""
        return bool(self._count[0] > 1)

    def write(self, **values: object) -> None:
        """Change some fields; all at once for readers."""
        record = self._record[0]
        self._count[0] += 1
        for name, value in values.items():
            record[name] = value
        record["beat_s"] = time.monotonic()
        self._count[0] += 1

    def read(self) -> Any:
        """A copy of the record."""
        for _ in range(_TRIES):
            count = int(self._count[0])
            record = self._record[0].copy()
            if count % 2 == 0 and count == int(self._count[0]):
                return record
            time.sleep(20e-6)
        return record  # the writer died in the middle of it; its age tells

    def close(self) -> None:
        """Let go of the memory; who made it also removes it."""
        del self._count, self._record
        self._memory.close()
        if self._owner:
            self._memory.unlink()
