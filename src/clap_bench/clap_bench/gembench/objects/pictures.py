"""Pictures on objects: screens, keys, labels, grain of wood."""

from __future__ import annotations

from collections.abc import Sequence

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.hinged import paint

_WHITE = (1.0, 1.0, 1.0, 1.0)


def add_picture_material(
    spec: mujoco.MjSpec,
    name: str,
    pixels: NDArray[np.uint8],
    kind: mujoco.mjtTexture = mujoco.mjtTexture.mjTEXTURE_2D,
) -> mujoco.MjsMaterial:
    """A material that shows a picture [H, W, 3]; it and its texture have one name."""
    texture = spec.add_texture(
        name=name, type=kind, width=pixels.shape[1], height=pixels.shape[0], nchannel=3
    )
    texture.data = np.ascontiguousarray(pixels).tobytes()
    material = spec.add_material(name=name)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = name
    return material


def add_picture(
    spec: mujoco.MjSpec,
    body: mujoco.MjsBody,
    what: str,
    pixels: NDArray[np.uint8],
    position_m: Sequence[float],
    half_m: Sequence[float],
    quat_wxyz: Sequence[float],
) -> None:
    """A picture [H, W, 3] on a plate that is only seen.

    Args:
        spec: the model.
        body: what it is on.
        what: its name, behind the body's.
        pixels: colours.
        position_m: [3] of its middle.
        half_m: [3] half its width, height and thickness, along x, y and z of its frame.
        quat_wxyz: of its frame.
    """
    name = f"{body.name}_{what}"
    add_picture_material(spec, name, pixels).texuniform = False
    plate = paint(body, mujoco.mjtGeom.mjGEOM_BOX, position_m, half_m, _WHITE, quat_wxyz)
    plate.material = name
