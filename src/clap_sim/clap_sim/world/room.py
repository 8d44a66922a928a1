"""Table, floor and light around the robot."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_sim.world.solids import OBJECT_FRICTION

TABLE_X_M = (-0.35, 0.95)
TABLE_Y_M = (-0.70, 0.70)
TABLE_THICKNESS_M = 0.04
FLOOR_Z_M = -0.75

_EDGE_RGBA = [0.45, 0.31, 0.19, 1.0]
_LEG_RGBA = [0.20, 0.20, 0.22, 1.0]


TABLE_PATTERNS = ("plain", "planks", "speckled", "checked")


@dataclass(frozen=True)
class Appearance:
    """How table and light look. By default the top is a plain warm grey with a wooden edge: no
    hue to confuse with an object's.

    Attributes:
        pattern: of the table's top, one of `TABLE_PATTERNS`.
        top_rgb: [3] colour of the table's top, 0..1.
        light_position_m: [3] from where the main light shines towards the table's middle.
        brightness: of the main light, 0..1.
        ambient: light from everywhere, 0..1.
    """

    pattern: str = "plain"
    top_rgb: tuple[float, float, float] = (0.56, 0.53, 0.50)
    light_position_m: tuple[float, float, float] = (0.2, 0.8, 2.0)
    brightness: float = 0.45
    ambient: float = 0.38

    @classmethod
    def random(cls, rng: np.random.Generator) -> Appearance:
        """Table and light as they may be in somebody's laboratory; never with a strong hue."""
        base = rng.uniform(0.30, 0.72)
        red, green, blue = (base + rng.uniform(-0.05, 0.05, 3)).tolist()
        angle, distance = rng.uniform(-np.pi, np.pi), rng.uniform(0.3, 1.2)
        return cls(
            pattern=str(rng.choice(TABLE_PATTERNS)),
            top_rgb=(red, green, blue),
            light_position_m=(
                0.4 + float(distance * np.cos(angle)),
                float(distance * np.sin(angle)),
                float(rng.uniform(1.6, 2.4)),
            ),
            brightness=float(rng.uniform(0.32, 0.52)),
            ambient=float(rng.uniform(0.30, 0.44)),
        )


def add_room(spec: mujoco.MjSpec, appearance: Appearance | None = None) -> None:
    """A table whose top is the plane z = 0 (it carries the robot), a floor and two lights."""
    appearance = appearance or Appearance()
    world = spec.worldbody
    _add_table(world, _add_top_material(spec, appearance))
    spec.add_texture(
        name="sky", type=mujoco.mjtTexture.mjTEXTURE_SKYBOX,
        builtin=mujoco.mjtBuiltin.mjBUILTIN_GRADIENT,
        rgb1=[0.86, 0.89, 0.93], rgb2=[0.55, 0.60, 0.68], width=64, height=64,
    )  # fmt: skip
    world.add_geom(
        name="floor", type=mujoco.mjtGeom.mjGEOM_PLANE, pos=[0.0, 0.0, FLOOR_Z_M],
        size=[5.0, 5.0, 0.1], rgba=[0.62, 0.64, 0.67, 1.0], friction=list(OBJECT_FRICTION),
    )  # fmt: skip
    headlight = spec.visual.headlight
    headlight.ambient = [appearance.ambient] * 3
    headlight.diffuse = [0.20, 0.20, 0.20]
    headlight.specular = [0.05, 0.05, 0.05]
    towards = np.subtract((0.5, -0.1, 0.0), appearance.light_position_m)
    _add_light(
        world,
        list(appearance.light_position_m),
        towards.tolist(),
        appearance.brightness,
        shadow=True,
    )
    _add_light(world, [1.2, -0.8, 2.0], [-0.35, 0.5, -1.0], 0.25, shadow=False)


def _add_light(
    world: mujoco.MjsBody,
    position: list[float],
    direction: list[float],
    brightness: float,
    *,
    shadow: bool,
) -> None:
    world.add_light(
        pos=position, dir=direction, directional=True, castshadow=shadow,
        diffuse=[brightness] * 3, specular=[0.15] * 3, ambient=[0.0] * 3,
    )  # fmt: skip


def _add_top_material(spec: mujoco.MjSpec, appearance: Appearance) -> str:
    pixels = _PATTERNS[appearance.pattern](np.array(appearance.top_rgb))
    texture = spec.add_texture(
        name="table_top", type=mujoco.mjtTexture.mjTEXTURE_2D,
        width=pixels.shape[1], height=pixels.shape[0], nchannel=3,
    )  # fmt: skip
    texture.data = np.round(255.0 * np.clip(pixels, 0.0, 1.0)).astype(np.uint8).tobytes()
    material = spec.add_material(name="table_top", texrepeat=[2.0, 2.0], texuniform=False)
    material.textures[mujoco.mjtTextureRole.mjTEXROLE_RGB] = "table_top"
    return "table_top"


def _plain(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.broadcast_to(rgb, (4, 4, 3))


def _planks(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    shade = np.repeat([0.92, 1.04, 0.97, 1.08], 32)
    shade[::32] = 0.7
    return rgb * np.tile(shade[:, None, None], (1, 128, 1))


def _speckled(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    grain = np.random.default_rng(0).normal(1.0, 0.06, (128, 128, 1))
    return rgb * grain


def _checked(rgb: NDArray[np.float64]) -> NDArray[np.float64]:
    squares = (np.indices((128, 128)) // 16).sum(axis=0) % 2
    return rgb * np.where(squares, 1.05, 0.93)[:, :, None]


_PATTERNS = {"plain": _plain, "planks": _planks, "speckled": _speckled, "checked": _checked}


def _add_table(world: mujoco.MjsBody, top_material: str) -> None:
    (x0, x1), (y0, y1) = TABLE_X_M, TABLE_Y_M
    middle = [0.5 * (x0 + x1), 0.5 * (y0 + y1)]
    half = [0.5 * (x1 - x0), 0.5 * (y1 - y0)]
    box = mujoco.mjtGeom.mjGEOM_BOX
    thick = 0.5 * TABLE_THICKNESS_M
    world.add_geom(
        name="table", type=box, pos=[*middle, -thick], size=[*half, thick], material=top_material,
        friction=list(OBJECT_FRICTION), condim=4, solref=[0.01, 1.0],
    )  # fmt: skip
    edge = 0.012
    for name, position, size in (
        ("near", [x0 - edge, middle[1], -thick], [edge, half[1] + 2 * edge, thick]),
        ("far", [x1 + edge, middle[1], -thick], [edge, half[1] + 2 * edge, thick]),
        ("right", [middle[0], y0 - edge, -thick], [half[0], edge, thick]),
        ("left", [middle[0], y1 + edge, -thick], [half[0], edge, thick]),
    ):
        world.add_geom(
            name=f"table_edge_{name}", type=box, pos=position, size=size, rgba=_EDGE_RGBA,
            contype=0, conaffinity=0,
        )  # fmt: skip
    leg_half = 0.5 * (-FLOOR_Z_M - TABLE_THICKNESS_M)
    for x in (x0 + 0.06, x1 - 0.06):
        for y in (y0 + 0.06, y1 - 0.06):
            world.add_geom(
                type=box, pos=[x, y, -TABLE_THICKNESS_M - leg_half], size=[0.03, 0.03, leg_half],
                rgba=_LEG_RGBA, contype=0, conaffinity=0,
            )  # fmt: skip
