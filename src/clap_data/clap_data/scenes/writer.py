"""Writes shards: whole, or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from clap_data.archives import write_archive
from clap_data.scenes.records import KIND
from clap_data.scenes.sample import PackedScene


def record_entry(scene: int) -> str:
    """Name of a scene's record inside the file."""
    return f"{scene:04d}/scene.json"


def image_entry(scene: int, camera: str, what: str) -> str:
    """Name of an image inside the file; `what` is color, depth or labels."""
    return f"{scene:04d}/{camera}.{what}.{'jpg' if what == 'color' else 'png'}"


def write_shard(path: Path, scenes: Iterable[PackedScene]) -> int:
    """Write scenes to a file, replacing one of that name.

    The same scenes give the same bytes. The file appears under its name only when it is complete
    and on the disk.

    Args:
        path: of the file; its folder is made.
        scenes: taken one by one.

    Returns:
        How many there were.

    Raises:
        ClapError: INVALID_REQUEST if the file cannot be written, such as on a full disk; none is
            left then, and one of that name stays.
    """
    count = 0
    with write_archive(path, KIND) as add:
        for scene in scenes:
            _write(add, count, scene)
            count += 1
    return count


def _write(add: Callable[[str, bytes], None], number: int, scene: PackedScene) -> None:
    add(record_entry(number), scene.record.model_dump_json().encode())
    for view, image in zip(scene.record.views, scene.images, strict=True):
        name = view.camera.name
        add(image_entry(number, name, "color"), image.color)
        add(image_entry(number, name, "depth"), image.depth)
        if image.labels is not None:
            add(image_entry(number, name, "labels"), image.labels)
