"""Decimate the robot's visual meshes once and keep them in the user's cache.

Software rendering costs grow with the number of vertices. The meshes of the franky-sim wheel
have 240,000 faces; with a tenth of them the pictures look the same and take a third of the time.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from importlib.metadata import version
from pathlib import Path

FACE_RATIO = 0.095
"""Share of the faces to keep: about 23,000 of 240,000."""

MIN_FACES = 120
"""Meshes are not decimated below this; screws and lamps would lose their shape."""

_RECIPE = "1"
"""Part of the cache's key: raise it when the decimation changes."""


def cache_folder() -> Path:
    """The user's cache folder of this project (``$XDG_CACHE_HOME/clap`` or ``~/.cache/clap``)."""
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "clap"


def decimated_meshes(source: Path, names: tuple[str, ...]) -> Path:
    """Folder with a lighter copy of each mesh, made on first use.

    Safe when several processes do it at once: each works in a folder of its own and renames it
    to the final name; the first one wins and the others discard theirs.

    Args:
        source: folder of the original meshes.
        names: file names of the meshes, `.obj`.

    Returns:
        A folder that holds a file of each name.
    """
    key = f"fr3-meshes-{version('franky-sim')}-{_RECIPE}"
    folder = cache_folder() / key
    if all((folder / name).is_file() for name in names):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f"{key}-", dir=folder.parent))
    try:
        for name in names:
            _decimate(source / name, work / name)
        try:
            work.rename(folder)
        except OSError:  # another process was first, or an older cache is incomplete
            if not all((folder / name).is_file() for name in names):
                shutil.rmtree(folder, ignore_errors=True)
                work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder


def _decimate(source: Path, target: Path) -> None:
    # Only the first use needs it, and it takes over a second and 200 MB to import.
    import open3d as o3d

    mesh = o3d.io.read_triangle_mesh(str(source))
    # Each face of the source has vertices of its own; without merging them the quadric
    # decimation tears the surface apart.
    mesh = mesh.remove_duplicated_vertices().remove_degenerate_triangles()
    faces = max(MIN_FACES, int(len(mesh.triangles) * FACE_RATIO))
    if faces < len(mesh.triangles):
        mesh = mesh.simplify_quadric_decimation(faces)
    mesh = mesh.remove_unreferenced_vertices()
    o3d.io.write_triangle_mesh(str(target), mesh, write_vertex_normals=False)
