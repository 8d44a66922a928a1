"""Table, floor and light around the robot."""

from __future__ import annotations

import mujoco

from clap_sim.world.solids import OBJECT_FRICTION

TABLE_X_M = (-0.35, 0.95)
TABLE_Y_M = (-0.70, 0.70)
TABLE_THICKNESS_M = 0.04
FLOOR_Z_M = -0.75

_TOP_RGBA = [0.56, 0.53, 0.50, 1.0]
_EDGE_RGBA = [0.45, 0.31, 0.19, 1.0]
_LEG_RGBA = [0.20, 0.20, 0.22, 1.0]


def add_room(spec: mujoco.MjSpec) -> None:
    """A table whose top is the plane z = 0 (it carries the robot), a floor and two lights.

    The top is a plain warm grey with a wooden edge: no hue to confuse with an object's.
    """
    world = spec.worldbody
    _add_table(world)
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
    headlight.ambient = [0.38, 0.38, 0.38]
    headlight.diffuse = [0.20, 0.20, 0.20]
    headlight.specular = [0.05, 0.05, 0.05]
    _add_light(world, [0.2, 0.8, 2.0], [0.15, -0.45, -1.0], 0.45, shadow=True)
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


def _add_table(world: mujoco.MjsBody) -> None:
    (x0, x1), (y0, y1) = TABLE_X_M, TABLE_Y_M
    middle = [0.5 * (x0 + x1), 0.5 * (y0 + y1)]
    half = [0.5 * (x1 - x0), 0.5 * (y1 - y0)]
    box = mujoco.mjtGeom.mjGEOM_BOX
    thick = 0.5 * TABLE_THICKNESS_M
    world.add_geom(
        name="table", type=box, pos=[*middle, -thick], size=[*half, thick], rgba=_TOP_RGBA,
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
