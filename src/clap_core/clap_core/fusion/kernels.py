"""The fusion's inner loops, compiled.

All sums are of whole numbers, so that the result depends neither on the order of the cameras nor
on how the compiler arranges the additions: the same images give the same bytes.

Compiled code is cached per file: what these functions call must stay in this file.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clap_core.compiled import compiled

FRACTION_BITS = 12
"""Positions inside a voxel are summed in steps of 2**-12 of its edge (1.2 um for 5 mm)."""

ONE = 1 << FRACTION_BITS

EMPTY = np.int32(-1)
"""A cell of the index grid that no point has fallen into, or a pixel to skip."""

SUM_X, SUM_Y, SUM_Z, SUM_R, SUM_G, SUM_B, COUNT, KEY = range(8)
"""Columns of the table of sums: 32 bytes a voxel, half a cache line."""


@compiled(nogil=True)
def accumulate(
    depth: NDArray[np.uint16] | NDArray[np.float32],
    rgb: NDArray[np.uint8],
    units_per_metre: np.float32,
    min_depth_m: float,
    max_depth_m: float,
    ray_x: NDArray[np.float64],
    ray_y: NDArray[np.float64],
    grid_R_camera: NDArray[np.float64],
    grid_t_camera: NDArray[np.float64],
    lower: NDArray[np.float64],
    upper: NDArray[np.float64],
    index: NDArray[np.int32],
    sums: NDArray[np.int32],
    used: int,
) -> int:
    """Add one view's points to the sums of their voxels.

    Grid coordinates count voxel edges from the corner of cell (0, 0, 0).

    Args:
        depth: [H, W].
        rgb: [H, W, 3].
        units_per_metre: of depth.
        min_depth_m: smaller depths are no measurement.
        max_depth_m: larger depths are no measurement.
        ray_x: [W], (u - cx) / fx.
        ray_y: [H], (v - cy) / fy.
        grid_R_camera: [3, 3], rotation times edges per metre.
        grid_t_camera: [3], the camera's position in grid coordinates.
        lower: [3], lower corner of the workspace box in grid coordinates, inclusive.
        upper: [3], upper corner, inclusive.
        index: [nz, ny, nx], row of `sums` of each cell, or EMPTY; updated.
        sums: [S, 8]; updated.
        used: rows of `sums` in use before.

    Returns:
        Rows of `sums` in use after.
    """
    height, width = depth.shape
    cells = index.ravel()
    stride_z = np.int32(index.shape[1] * index.shape[2])
    stride_y = np.int32(index.shape[2])
    key = np.empty(width, np.int32)
    fine_x = np.empty(width, np.int32)
    fine_y = np.empty(width, np.int32)
    fine_z = np.empty(width, np.int32)
    mask = np.int32(ONE - 1)

    for v in range(height):
        y = ray_y[v]
        row_x = grid_R_camera[0, 1] * y + grid_R_camera[0, 2]
        row_y = grid_R_camera[1, 1] * y + grid_R_camera[1, 2]
        row_z = grid_R_camera[2, 1] * y + grid_R_camera[2, 2]
        # Straight-line arithmetic without branches, which LLVM turns into vector instructions.
        for u in range(width):
            # Through float32, so that millimetres and the same depth in float32 metres agree.
            z = np.float64(np.float32(depth[v, u]) / units_per_metre)
            x = ray_x[u]
            gx = (grid_R_camera[0, 0] * x + row_x) * z + grid_t_camera[0]
            gy = (grid_R_camera[1, 0] * x + row_y) * z + grid_t_camera[1]
            gz = (grid_R_camera[2, 0] * x + row_z) * z + grid_t_camera[2]
            is_measured = (z > 0.0) & (z >= min_depth_m) & (z <= max_depth_m)
            inside = (
                is_measured
                & (gx >= lower[0])
                & (gx <= upper[0])
                & (gy >= lower[1])
                & (gy <= upper[1])
                & (gz >= lower[2])
                & (gz <= upper[2])
            )
            ix = np.int32(gx * ONE)
            iy = np.int32(gy * ONE)
            iz = np.int32(gz * ONE)
            cell = (
                (iz >> FRACTION_BITS) * stride_z
                + (iy >> FRACTION_BITS) * stride_y
                + (ix >> FRACTION_BITS)
            )
            fine_x[u] = ix & mask
            fine_y[u] = iy & mask
            fine_z[u] = iz & mask
            key[u] = cell if inside else EMPTY

        # Neighbouring pixels mostly share a voxel: sum each run in registers.
        u = 0
        while u < width:
            cell = key[u]
            if cell == EMPTY:
                u += 1
                continue
            start = u
            x_sum = y_sum = z_sum = red = green = blue = np.int32(0)
            while u < width and key[u] == cell:
                x_sum += fine_x[u]
                y_sum += fine_y[u]
                z_sum += fine_z[u]
                red += np.int32(rgb[v, u, 0])
                green += np.int32(rgb[v, u, 1])
                blue += np.int32(rgb[v, u, 2])
                u += 1
            row = cells[cell]
            if row == EMPTY:
                row = np.int32(used)
                used += 1
                cells[cell] = row
                sums[row, :] = 0
                sums[row, KEY] = cell
            sums[row, SUM_X] += x_sum
            sums[row, SUM_Y] += y_sum
            sums[row, SUM_Z] += z_sum
            sums[row, SUM_R] += red
            sums[row, SUM_G] += green
            sums[row, SUM_B] += blue
            sums[row, COUNT] += np.int32(u - start)
    return used


@compiled(nogil=True)
def collect(
    keys: NDArray[np.int32],
    index: NDArray[np.int32],
    sums: NDArray[np.int32],
    origin: NDArray[np.float64],
    voxel_m: float,
    min_neighbours: int,
    xyz: NDArray[np.float32],
    rgb: NDArray[np.uint8],
) -> int:
    """Write the mean of each voxel that has enough neighbours, and empty the index grid.

    Args:
        keys: [S], occupied cells in the order in which to write them.
        index: [nz, ny, nx]; EMPTY everywhere on return.
        sums: [S, 8].
        origin: [3], corner of cell (0, 0, 0), metres.
        voxel_m: edge of a voxel, metres.
        min_neighbours: see FusionConfig.
        xyz: [S, 3]; written.
        rgb: [S, 3]; written.

    Returns:
        The number of points written.
    """
    cells = index.ravel()
    nx = index.shape[2]
    nynx = index.shape[1] * nx
    written = 0
    for key in keys:
        if min_neighbours > 0:
            neighbours = -1  # the voxel itself is counted below
            for i in range(-1, 2):
                for j in range(-1, 2):
                    start = key + i * nynx + j * nx
                    for k in range(-1, 2):
                        neighbours += cells[start + k] != EMPTY
                if neighbours >= min_neighbours:
                    break
            if neighbours < min_neighbours:
                continue
        row = cells[key]
        count = sums[row, COUNT]
        half = count // 2  # integer division of colours then rounds to nearest
        scale = voxel_m / (count * ONE)
        xyz[written, 0] = origin[0] + (key % nx) * voxel_m + sums[row, SUM_X] * scale
        xyz[written, 1] = origin[1] + (key % nynx // nx) * voxel_m + sums[row, SUM_Y] * scale
        xyz[written, 2] = origin[2] + (key // nynx) * voxel_m + sums[row, SUM_Z] * scale
        rgb[written, 0] = (sums[row, SUM_R] + half) // count
        rgb[written, 1] = (sums[row, SUM_G] + half) // count
        rgb[written, 2] = (sums[row, SUM_B] + half) // count
        written += 1
    for key in keys:
        cells[key] = EMPTY
    return written
