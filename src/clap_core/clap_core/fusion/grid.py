"""The lattice of voxels over the workspace box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clap_core.fusion.config import WorkspaceBox

BORDER = 1
"""Empty cells around the box, so that each voxel that can be occupied has 26 neighbours."""


@dataclass(frozen=True)
class VoxelLattice:
    """Voxels centred on whole multiples of their edge, whatever the box.

    With centres at 0, +-1, +-2 ... edges, the table plane z = 0 runs through the middle of a
    layer of voxels: noise of less than half an edge does not split the table into two layers.
    And a change of the box never shifts a voxel.

    Attributes:
        voxel_m: edge, metres.
        first: [3] whole-numbered lattice coordinates of cell (0, 0, 0).
        shape: number of cells along x, y, z, border included.
    """

    voxel_m: float
    first: NDArray[np.int64]
    shape: tuple[int, int, int]

    @classmethod
    def over(cls, box: WorkspaceBox, voxel_m: float) -> VoxelLattice:
        """The smallest lattice that covers a box, with a border."""
        first = _nearest(box.lower, voxel_m) - BORDER
        last = _nearest(box.upper, voxel_m) + BORDER
        nx, ny, nz = (int(n) for n in last - first + 1)
        return cls(voxel_m, first, (nx, ny, nz))

    @property
    def origin(self) -> NDArray[np.float64]:
        """[3] lower corner of cell (0, 0, 0) in the base frame, metres."""
        return np.asarray((self.first - 0.5) * self.voxel_m, dtype=np.float64)

    @property
    def cells(self) -> int:
        """Number of cells."""
        return int(np.prod(self.shape))


def _nearest(point: NDArray[np.float64], voxel_m: float) -> NDArray[np.int64]:
    return np.floor(point / voxel_m + 0.5).astype(np.int64)
