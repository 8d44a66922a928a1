"""The poses of one frame in its parent over the last seconds."""

from __future__ import annotations

from bisect import bisect_left
from typing import NamedTuple

import numpy as np

from clap_core.geometry import interpolate, make_transform
from clap_core.geometry.transforms import Transform


class Sample(NamedTuple):
    """A pose as it comes over the wire; made a matrix only when somebody asks.

    Attributes:
        position: x, y, z of the child in the parent, metres.
        quaternion: x, y, z, w of the child in the parent.
    """

    position: tuple[float, float, float]
    quaternion: tuple[float, float, float, float]

    def matrix(self) -> Transform:
        """[4, 4] parent_T_child."""
        return make_transform(self.position, self.quaternion)


class FrameHistory:
    """Time-ordered samples of one edge of the frame tree.

    Args:
        parent: name of the parent frame.
        is_static: holds one sample that is valid at all times.
        length_ns: how long samples are kept, counted back from the newest.
    """

    def __init__(self, parent: str, is_static: bool, length_ns: int) -> None:
        self.parent = parent
        self.is_static = is_static
        self._length_ns = length_ns
        self._stamps: list[int] = []
        self._samples: list[Sample] = []

    @property
    def oldest_ns(self) -> int:
        """Stamp of the oldest sample."""
        return self._stamps[0]

    @property
    def newest_ns(self) -> int:
        """Stamp of the newest sample."""
        return self._stamps[-1]

    def add(self, stamp_ns: int, sample: Sample) -> bool:
        """Add a sample, also out of order; one of the same stamp is replaced.

        A sample older than the whole history is left out, as tf2 does: a single one, of a
        publisher whose clock is wrong, must not wipe what is known. When the clock itself jumps
        back (a simulation or a bag starts again), the buffer is cleared.

        Returns:
            Whether it was taken.
        """
        if self.is_static:
            self._stamps.clear()
            self._samples.clear()
        elif self._stamps and stamp_ns < self.newest_ns - self._length_ns:
            return False
        at = bisect_left(self._stamps, stamp_ns)
        if at < len(self._stamps) and self._stamps[at] == stamp_ns:
            self._samples[at] = sample
            return True
        self._stamps.insert(at, stamp_ns)
        self._samples.insert(at, sample)
        expired = bisect_left(self._stamps, self.newest_ns - self._length_ns)
        del self._stamps[:expired], self._samples[:expired]
        return True

    def at(self, stamp_ns: int) -> Transform:
        """[4, 4] parent_T_child at a time within the history, between samples interpolated.

        Raises:
            ValueError: the time is outside the history; check it first.
        """
        if self.is_static:
            return self._samples[0].matrix()
        if not self.oldest_ns <= stamp_ns <= self.newest_ns:
            raise ValueError(f"{stamp_ns} is not in {self.oldest_ns}..{self.newest_ns}")
        after = bisect_left(self._stamps, stamp_ns)
        if self._stamps[after] == stamp_ns:
            return self._samples[after].matrix()
        start, end = self._stamps[after - 1], self._stamps[after]
        fraction = float(np.float64(stamp_ns - start) / np.float64(end - start))
        before = self._samples[after - 1].matrix()
        return interpolate(before, self._samples[after].matrix(), fraction)
