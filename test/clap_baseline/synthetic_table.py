"""Clouds of a table with simple objects, as three depth cameras would see them.

Ray casting gives the occlusions, noise and voxels what a D435 and the fusion would add.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import open3d as o3d
from numpy.typing import NDArray

from clap_core.point_cloud import PointCloud

VOXEL_M = 0.005
RGB = {
    "red": (200, 25, 20),
    "white": (235, 235, 230),
    "blue": (30, 60, 190),
    "green": (30, 150, 50),
    "yellow": (220, 190, 30),
    "orange": (235, 120, 20),
    "gray": (120, 120, 122),
    "black": (25, 25, 27),
    "maroon": (100, 10, 12),
    "purple": (110, 30, 120),
    "cyan": (30, 200, 210),
    "table": (170, 150, 125),
}


@dataclass
class Table:
    """A table under construction; ``cloud`` looks at it."""

    meshes: list[tuple[o3d.geometry.TriangleMesh, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._box((0.9, 1.4, 0.02), (0.5, 0.0, -0.01), 0.0, "table")

    def _box(
        self,
        size: tuple[float, float, float],
        center: tuple[float, float, float],
        yaw: float,
        color: str,
    ) -> None:
        mesh = o3d.geometry.TriangleMesh.create_box(*size)
        mesh.translate(-np.array(size) / 2)
        mesh.rotate(o3d.geometry.get_rotation_matrix_from_xyz((0, 0, yaw)), (0, 0, 0))
        mesh.translate(center)
        self.meshes.append((mesh, color))

    def block(
        self,
        color: str,
        x: float,
        y: float,
        yaw: float = 0.0,
        size: tuple[float, float, float] = (0.045, 0.045, 0.045),
        z: float = 0.0,
    ) -> None:
        """A cuboid standing at (x, y)."""
        self._box(size, (x, y, z + size[2] / 2), yaw, color)

    def cylinder(
        self, color: str, x: float, y: float, radius: float, height: float, z: float = 0.0
    ) -> None:
        """A solid cylinder standing at (x, y)."""
        mesh = o3d.geometry.TriangleMesh.create_cylinder(radius, height, 48)
        mesh.translate((x, y, z + height / 2))
        self.meshes.append((mesh, color))

    def lathe(
        self, color: str, x: float, y: float, profile: list[tuple[float, float]], z: float = 0.0
    ) -> None:
        """A surface of revolution from (radius, height) pairs."""
        turns = np.linspace(0, 2 * np.pi, 49)[:-1]
        rings = [
            np.column_stack([r * np.cos(turns), r * np.sin(turns), np.full(48, h)])
            for r, h in profile
        ]
        faces = []
        for ring in range(len(profile) - 1):
            for i in range(48):
                a, b = ring * 48 + i, ring * 48 + (i + 1) % 48
                faces += [[a, b, a + 48], [b, b + 48, a + 48]]
        mesh = o3d.geometry.TriangleMesh(
            o3d.utility.Vector3dVector(np.vstack(rings)), o3d.utility.Vector3iVector(faces)
        )
        mesh.translate((x, y, z))
        self.meshes.append((mesh, color))

    def mug(
        self, color: str, x: float, y: float, handle: float | None = 0.0, z: float = 0.0
    ) -> NDArray[np.float64]:
        """A mug, its handle at an angle; returns the middle of the handle's outer part."""
        radius, height = 0.04, 0.09
        self.lathe(
            color,
            x,
            y,
            [(0, 0), (radius, 0), (radius, height), (0.035, height), (0.035, 0.006), (0, 0.006)],
            z,
        )
        if handle is None:
            return np.array([x, y, z + height])
        ring = o3d.geometry.TriangleMesh.create_torus(0.026, 0.0055, 24, 12)
        ring.rotate(o3d.geometry.get_rotation_matrix_from_xyz((np.pi / 2, 0, 0)), (0, 0, 0))
        ring.translate((radius + 0.006, 0, 0.046))
        ring.rotate(o3d.geometry.get_rotation_matrix_from_xyz((0, 0, handle)), (0, 0, 0))
        ring.translate((x, y, z))
        self.meshes.append((ring, color))
        reach = radius + 0.006 + 0.026
        return np.array([x + reach * np.cos(handle), y + reach * np.sin(handle), z + 0.046])

    def plate(self, color: str, x: float, y: float, radius: float = 0.10) -> None:
        """A plate 2 cm high."""
        self.lathe(
            color,
            x,
            y,
            [
                (0, 0),
                (0.6 * radius, 0),
                (radius, 0.018),
                (radius, 0.022),
                (0.65 * radius, 0.006),
                (0, 0.006),
            ],
        )

    def bowl(self, color: str, x: float, y: float, radius: float = 0.075) -> None:
        """A bowl 6 cm high."""
        arc = np.linspace(0, np.pi / 2, 8)
        outer = [(radius * float(np.sin(a)) + 0.0, 0.06 * (1 - float(np.cos(a)))) for a in arc]
        inner = [
            ((radius - 0.006) * float(np.sin(a)), 0.006 + 0.054 * (1 - float(np.cos(a))))
            for a in arc
        ]
        self.lathe(color, x, y, outer + inner[::-1])

    def button(self, color: str, x: float, y: float) -> None:
        """A gray base with a coloured cap."""
        self._box((0.09, 0.09, 0.03), (x, y, 0.015), 0.0, "gray")
        self.cylinder(color, x, y, 0.025, 0.015, 0.03)

    def cloud(self, seed: int = 0, noise_m: float = 0.0015) -> PointCloud:
        """What three cameras see, fused into voxels of 5 mm."""
        rng = np.random.default_rng(seed)
        scene = o3d.t.geometry.RaycastingScene()
        for mesh, _ in self.meshes:
            scene.add_triangles(o3d.t.geometry.TriangleMesh.from_legacy(mesh))
        colors = np.array([RGB[color] for _, color in self.meshes], dtype=float)
        light = np.array([0.3, 0.2, 0.93])
        points, rgbs = [], []
        for eye in ((1.15, 0.0, 0.65), (0.4, 0.75, 0.6), (0.4, -0.75, 0.6)):
            rays = o3d.t.geometry.RaycastingScene.create_rays_pinhole(
                fov_deg=60,
                center=[0.5, 0, 0.02],
                eye=list(eye),
                up=[0, 0, 1],
                width_px=480,
                height_px=360,
            )
            hit = scene.cast_rays(rays)
            depth = hit["t_hit"].numpy().ravel()
            good = np.isfinite(depth)
            ray = rays.numpy().reshape(-1, 6)[good]
            owner = hit["geometry_ids"].numpy().ravel()[good]
            normal = hit["primitive_normals"].numpy().reshape(-1, 3)[good]
            reach = depth[good] + rng.normal(0, noise_m, good.sum())
            points.append(ray[:, :3] + ray[:, 3:] * reach[:, None])
            facing = np.sign(-(normal * ray[:, 3:]).sum(1))
            shade = 0.55 + 0.45 * np.clip((normal * facing[:, None]) @ light, 0, 1)
            rgbs.append(colors[owner] * shade[:, None] + rng.normal(0, 5, (good.sum(), 3)))
        xyz, rgb = np.concatenate(points), np.concatenate(rgbs)
        box = (np.abs(xyz - [0.5, 0, 0.25]) < [0.27, 0.5, 0.3]).all(1)
        xyz, rgb = xyz[box], rgb[box]
        voxel = np.floor(np.add(xyz, [0, 0, 0.0025]) / VOXEL_M).astype(np.int64)
        _, inverse, count = np.unique(voxel, axis=0, return_inverse=True, return_counts=True)
        mean = [np.bincount(inverse.ravel(), column) / count for column in (*xyz.T, *rgb.T)]
        return PointCloud(
            np.column_stack(mean[:3]).astype(np.float32),
            np.clip(np.column_stack(mean[3:]), 0, 255).astype(np.uint8),
        )
