"""A table lamp with a push switch on its cord."""

from __future__ import annotations

from dataclasses import dataclass, field

import mujoco
import numpy as np

from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.fixtures import Button
from clap_sim.world.mechanism import Mechanism
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box, add_skin
from clap_sim.world.surfaces import add_surface, lathe

_SHADE_RGBA = (0.80, 0.74, 0.62, 1.0)
_GLOW_RGBA = (1.0, 0.93, 0.62, 1.0)
_DARK_RGBA = (0.10, 0.10, 0.11, 1.0)
_GLOW = 0.9
"""Emission of the shade while the lamp is on."""


@dataclass(frozen=True)
class Lamp(Thing):
    """A table lamp of 330 mm with a cloth shade; the switch lies 200 mm in front of its foot.

    The lamp stands at +x of its frame, the switch at -x: a small housing with a cap that works
    like a button's (see `Button`; joint ``<body>_switch_slide``). `LampSwitch` joins cap and
    light (light ``<body>_light``, material ``<body>_shade``).
    """

    nouns: tuple[str, ...] = ("lamp", "light")
    movable: bool = False
    lamp_x_m: float = 0.080
    switch_x_m: float = -0.120
    foot_radius_m: float = 0.055
    foot_m: float = 0.016
    post_radius_m: float = 0.007
    shade_z_m: tuple[float, float] = (0.225, 0.330)
    shade_radii_m: tuple[float, float] = (0.080, 0.048)
    switch: Button = field(
        default=Button("red", half_side_m=0.028, housing_m=0.026, cap_radius_m=0.017)
    )

    @property
    def footprint_radius_m(self) -> float:
        return self.lamp_x_m + self.shade_radii_m[0]

    @property
    def height_m(self) -> float:
        return self.shade_z_m[1]

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._add_stand(spec, body)
        self._add_shade(spec, body)
        self._add_cord(body)
        switch = body.add_body(name=f"{body.name}_switch", pos=[self.switch_x_m, 0.0, 0.0])
        self.switch.build(spec, switch)

    def _add_stand(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        x, r, h, post = self.lamp_x_m, self.foot_radius_m, self.foot_m, self.post_radius_m
        top = self.shade_z_m[1] - 0.02
        profile = [(0.0, 0.0), (r, 0.0), (r, 0.7 * h), (0.8 * r, h), (1.6 * post, 1.2 * h),
                   (post, 2.0 * h), (post, top), (0.0, top)]  # fmt: skip
        skin = add_surface(spec, f"{body.name}_stand", lathe(np.array(profile), 32))
        add_skin(body, skin, COLOURS[self.colour], (x, 0.0, 0.0))
        add_box(body, [x, 0.0, 0.5 * h], [0.7 * r, 0.7 * r, 0.5 * h], 1.0)
        add_box(body, [x, 0.0, 0.5 * top], [post, post, 0.5 * top], 0.2)

    def _add_shade(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        x, (z0, z1), (r0, r1) = self.lamp_x_m, self.shade_z_m, self.shade_radii_m
        thin = 0.002
        profile = [(r0, z0), (r1, z1), (r1 - thin, z1), (r0 - thin, z0)]
        skin = add_surface(spec, f"{body.name}_shade", lathe(np.array(profile), 32))
        spec.add_material(name=f"{body.name}_shade", rgba=list(_SHADE_RGBA))
        add_skin(body, skin, _SHADE_RGBA, (x, 0.0, 0.0))
        bulb_z = z0 + 0.035
        body.add_geom(
            type=mujoco.mjtGeom.mjGEOM_SPHERE, pos=[x, 0.0, bulb_z], size=[0.026, 0.0, 0.0],
            contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
        )  # fmt: skip
        for geom in body.geoms[-2:]:
            geom.material = f"{body.name}_shade"
            geom.rgba = [0.5, 0.5, 0.5, 1.0]  # MuJoCo's default: the material's colour counts
        side = 0.7 * r0
        add_box(body, [x, 0.0, 0.5 * (z0 + z1)], [side, side, 0.5 * (z1 - z0)], 0.1)
        body.add_light(
            name=f"{body.name}_light", pos=[x, 0.0, z0], dir=[0.0, 0.0, -1.0], cutoff=75.0,
            exponent=1.0, diffuse=[0.55, 0.50, 0.34], specular=[0.1] * 3, ambient=[0.0] * 3,
            castshadow=False, active=False,
        )  # fmt: skip

    def _add_cord(self, body: mujoco.MjsBody) -> None:
        """From the switch to the foot in a slack curve; it is only seen."""
        radius, slack = 0.003, 0.018
        ends = (self.switch_x_m + self.switch.half_side_m, self.lamp_x_m - self.foot_radius_m)
        x = np.linspace(*ends, 7)
        y = slack * np.sin(np.linspace(0.0, 2.0 * np.pi, 7))
        for k in range(6):
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_CAPSULE, size=[radius, 0.0, 0.0], rgba=list(_DARK_RGBA),
                fromto=[x[k], y[k], radius, x[k + 1], y[k + 1], radius],
                contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
            )  # fmt: skip


@dataclass(frozen=True)
class LampSwitch:
    """Each push of a lamp's switch turns its light on or off.

    Attributes:
        lamp: name of the lamp's body.
        pressed_m: how far down the cap switches.
        released_m: how far up it has to come before it can switch again.
    """

    lamp: str
    pressed_m: float = 0.006
    released_m: float = 0.002

    def build(self, spec: mujoco.MjSpec) -> None:
        """Nothing to add."""

    def attach(self, model: mujoco.MjModel, data: mujoco.MjData) -> Mechanism:
        return _Running(self, model, data)


class _Running:
    def __init__(self, switch: LampSwitch, model: mujoco.MjModel, data: mujoco.MjData) -> None:
        self._switch = switch
        self._light = model.light(f"{switch.lamp}_light")
        self._shade = model.material(f"{switch.lamp}_shade")
        self._cap = data.joint(f"{switch.lamp}_switch_slide")
        self._down = False

    def reset(self) -> None:
        self._down = False
        self._shine(False)

    def before_step(self) -> None:
        depth_m = float(self._cap.qpos[0])
        if not self._down and depth_m > self._switch.pressed_m:
            self._down = True
            self._shine(not self._light.active[0])
        elif self._down and depth_m < self._switch.released_m:
            self._down = False

    def _shine(self, on: bool) -> None:
        self._light.active[0] = on
        self._shade.emission[0] = _GLOW if on else 0.0
        self._shade.rgba[:] = _GLOW_RGBA if on else _SHADE_RGBA
