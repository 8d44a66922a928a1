"""All clouds of a bench, from a folder of probe scenes, kept in a file for the next time."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path

import numpy as np

from clap_core.errors import ClapError, ErrorCode
from clap_data.scenes import SceneRecord, SceneShard, shard_paths
from clap_learning.probes.clouds import ROTATIONS_DEG, CloudMaker, CloudsConfig, ProbeClouds
from clap_learning.probes.division import Division

OWN = "own"
"""Clouds of the scenes' own cameras, for the ladder."""

FAMILIES = ("three", "one")
"""Clouds of the rig's three cameras fused, and of its first camera alone."""

_MADE_BY = 1
"""Raised when clouds are made otherwise, so that old files are not taken."""

Clouds = dict[str, ProbeClouds]


def rig_set(family: str, rotation_deg: float) -> str:
    """Name of the clouds of a turned rig."""
    return f"{family}-{rotation_deg:.0f}"


def records(folder: Path) -> list[SceneRecord]:
    """Of all scenes of a folder.

    Raises:
        ClapError: INVALID_REQUEST if there is none, or one cannot be read.
    """
    found = []
    for path in shard_paths(folder):
        with SceneShard(path) as shard:
            found += [shard.record(number) for number in range(len(shard))]
    return found


def make(
    folder: Path, division: Division, config: CloudsConfig, advance: Callable[[], None]
) -> Clouds:
    """Make all clouds.

    Args:
        folder: of probe scenes.
        division: of these scenes; only those that score are looked at from turned cameras.
        config: how clouds are drawn.
        advance: called after each scene.

    Returns:
        `OWN`, and the sets of `rig_set`; a turned one holds the scenes that score, that at 0
        degrees all. Scenes without a usable crop are left out.
    """
    maker = CloudMaker(config)
    parts: dict[str, list[ProbeClouds]] = {OWN: []}
    for path in shard_paths(folder):
        with SceneShard(path) as shard:
            for scene in shard:
                own = maker.of_own_cameras(scene)
                if own is not None:
                    parts[OWN].append(own)
                scores = scene.record.number in division.test
                rotations = ROTATIONS_DEG if scores else ROTATIONS_DEG[:1]
                names = [rig_set(family, r) for family in FAMILIES for r in rotations]
                for name, cloud in zip(names, maker.of_rig(scene, rotations), strict=False):
                    parts.setdefault(name, []).append(cloud)
                advance()
    return {name: ProbeClouds.joined(clouds) for name, clouds in parts.items() if clouds}


def cache_path(folder: Path, cache: Path, config: CloudsConfig) -> Path:
    """Where the clouds of these scenes, made so, are kept."""
    told = hashlib.sha256(f"{_MADE_BY} {config.model_dump_json()}".encode())
    for path in shard_paths(folder):
        told.update(f"{path.name} {path.stat().st_size}".encode())
    return cache / f"clouds-{told.hexdigest()[:16]}.npz"


def save(path: Path, clouds: Clouds) -> None:
    """Write clouds to a file, whole or not at all.

    Raises:
        ClapError: INVALID_REQUEST if it cannot be written.
    """
    arrays = {
        f"{name}.{field.name}": getattr(one, field.name)
        for name, one in clouds.items()
        for field in fields(one)
    }
    partial = path.with_name(f".{path.stem}.{os.getpid()}.npz")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(partial, **arrays)  # type: ignore[arg-type]
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the clouds cannot be kept in {path}: {error.strerror or error}",
            "Make room on the disk, or choose another folder with --cache",
        ) from error


def load(path: Path) -> Clouds:
    """Read what `save` wrote.

    Raises:
        ClapError: INVALID_REQUEST if the file is damaged.
    """
    try:
        with np.load(path) as stored:
            names = sorted({key.split(".")[0] for key in stored.files})
            return {
                name: ProbeClouds(*(stored[f"{name}.{f.name}"] for f in fields(ProbeClouds)))
                for name in names
            }
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ClapError(
            ErrorCode.INVALID_REQUEST,
            f"the file of probe clouds {path} is damaged ({error})",
            "Delete it; it is made again from the scenes",
        ) from error
