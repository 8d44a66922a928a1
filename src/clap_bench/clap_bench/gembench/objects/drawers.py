"""Chests of drawers, one above the other, that open towards -x of their frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.drawer_handles import Bar, CupPull, Handle, Knob, LongBar
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import VISUAL_GROUP, add_box

Rgba = Sequence[float]

LEVEL_WORDS = {
    2: ("bottom", "top"),
    3: ("bottom", "middle", "top"),
    4: ("bottom", "middle bottom", "middle top", "top"),
}
"""What people call the drawers of a chest, by their number, from the bottom up."""

OPENED_M = 0.10
"""A drawer counts as open from here on."""

CLOSED_M = 0.015
"""A drawer counts as closed below this."""

_WALL_M = 0.012
_SHEET_M = 0.005
_FRONT_M = 0.012
_GAP_M = 0.004
_DARK: Rgba = (0.16, 0.11, 0.07, 1.0)


@dataclass(frozen=True)
class Drawers(Thing):
    """A chest whose drawers slide 140 mm with 2 N of friction.

    Bodies and joints of the drawers are named ``<body>_drawer<k>``, their handles' sites
    ``<body>_drawer<k>_handle``, from k = 0 at the bottom. The site ``<body>_drawer<k>_floor`` is
    in the middle of the drawer's floor, x out of the chest's back and z up.

    Attributes:
        levels: number of drawers.
        width_m, depth_m: of the chest, without handles.
        base_m: height of the lowest drawer's lower edge.
        pitch_m: height of a drawer's front with the gap to the next one.
        handle: of each drawer.
        carcass: RGBA of what does not move; `colour` is that of the fronts.
        legs: it stands on four legs instead of a plinth.
    """

    nouns: tuple[str, ...] = ("chest of drawers", "drawers", "chest", "cabinet")
    movable: bool = False
    levels: int = 3
    width_m: float = 0.30
    depth_m: float = 0.19
    base_m: float = 0.050
    pitch_m: float = 0.085
    travel_m: float = 0.14
    friction_n: float = 2.0
    handle: Handle = field(default_factory=Bar)
    carcass: Rgba = (0.27, 0.16, 0.09, 1.0)
    legs: bool = False

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * self.depth_m + self.travel_m + self.handle.depth_m

    @property
    def body_radius_m(self) -> float:
        return 0.5 * self.width_m

    @property
    def height_m(self) -> float:
        return self.base_m + self.levels * self.pitch_m + _WALL_M

    @property
    def words(self) -> tuple[str, ...]:
        """What people call the drawers, from the bottom up."""
        return LEVEL_WORDS[self.levels]

    @property
    def inside_m(self) -> tuple[float, float, float]:
        """Length, width and height inside a drawer, below its walls' upper edge."""
        length = self.depth_m - _WALL_M - _FRONT_M - _SHEET_M - _GAP_M
        return length, self._tray_width_m - 2.0 * _SHEET_M, self._wall_m

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        self._build_carcass(body)
        self._build_feet(body)
        trays = [self._build_drawer(spec, body, level) for level in range(self.levels)]
        # The joints alone guide the drawers; contacts between them would only make them jam.
        for number, tray in enumerate(trays):
            for other in (body, *trays[:number]):
                spec.add_exclude(bodyname1=other.name, bodyname2=tray.name)

    @property
    def _tray_width_m(self) -> float:
        return self.width_m - 2.0 * (_WALL_M + _GAP_M)

    @property
    def _wall_m(self) -> float:
        """Height of a drawer's walls above its floor."""
        return 0.62 * self.pitch_m

    def _build_carcass(self, body: mujoco.MjsBody) -> None:
        d, w, t = 0.5 * self.depth_m, 0.5 * self.width_m, 0.5 * _WALL_M
        low, high = self.base_m - _WALL_M, self.height_m
        middle, half = 0.5 * (low + high), 0.5 * (high - low)
        # The fronts lie before the carcass, between top and bottom board.
        x, d_in = 0.5 * _FRONT_M, d - 0.5 * _FRONT_M
        for z in (low + t, high - t):
            add_box(body, [0.0, 0.0, z], [d, w, t], 1.0, rgba=self.carcass)
        for side in (-1.0, 1.0):
            add_box(body, [x, side * (w - t), middle], [d_in, t, half - 2 * t], 1.0,
                    rgba=self.carcass)  # fmt: skip
        add_box(body, [d - t, 0.0, middle], [t, w - 2 * t, half - 2 * t], 1.0, rgba=_DARK)
        for level in range(1, self.levels):
            z = self.base_m + level * self.pitch_m
            body.add_geom(
                type=mujoco.mjtGeom.mjGEOM_BOX, pos=[x, 0.0, z], size=[d_in, w - 2 * t, 0.002],
                rgba=list(_DARK), contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
            )  # fmt: skip

    def _build_feet(self, body: mujoco.MjsBody) -> None:
        half = 0.5 * (self.base_m - _WALL_M)
        d, w = 0.5 * self.depth_m, 0.5 * self.width_m
        if not self.legs:
            add_box(body, [0.01, 0.0, half], [d - 0.02, w - 0.015, half], 1.0, rgba=_DARK)
            return
        foot = 0.011
        for x in (-1.0, 1.0):
            for y in (-1.0, 1.0):
                place = [x * (d - 1.5 * foot), y * (w - 1.5 * foot), half]
                add_box(body, place, [foot, foot, half], 0.1, rgba=self.carcass)

    def _build_drawer(
        self, spec: mujoco.MjSpec, body: mujoco.MjsBody, level: int
    ) -> mujoco.MjsBody:
        tray = body.add_body(name=f"{body.name}_drawer{level}")
        tray.add_joint(
            name=tray.name,
            type=mujoco.mjtJoint.mjJNT_SLIDE,
            axis=[-1.0, 0.0, 0.0],
            range=[0.0, self.travel_m],
            damping=8.0,
            frictionloss=self.friction_n,
        )
        low = self.base_m + level * self.pitch_m
        self._build_front(tray, low)
        self._build_tray(tray, low + _GAP_M)
        middle = [-0.5 * self.depth_m, 0.0, low + 0.5 * self.pitch_m]
        self.handle.build(spec, tray, middle)
        return tray

    def _build_front(self, tray: mujoco.MjsBody, low_m: float) -> None:
        x = -0.5 * self.depth_m + 0.5 * _FRONT_M
        z = low_m + 0.5 * self.pitch_m
        half_y, half_z = 0.5 * self.width_m - 0.001, 0.5 * (self.pitch_m - _GAP_M)
        colour = COLOURS[self.colour]
        add_box(tray, [x, 0.0, z], [0.5 * _FRONT_M, half_y, half_z], 0.2, rgba=colour)
        # A panel set in a shade lighter, as joiners do it, makes each front a thing of its own.
        panel = np.append(np.clip(1.12 * np.array(colour[:3]), 0.0, 1.0), 1.0)
        tray.add_geom(
            type=mujoco.mjtGeom.mjGEOM_BOX, pos=[x - 0.5 * _FRONT_M, 0.0, z],
            size=[0.001, half_y - 0.012, half_z - 0.010], rgba=panel.tolist(),
            contype=0, conaffinity=0, mass=0.0, group=VISUAL_GROUP,
        )  # fmt: skip

    def _build_tray(self, tray: mujoco.MjsBody, low_m: float) -> None:
        """Floor, sides and back, drawer closed; the front closes it in front."""
        length, width, wall = self.inside_m
        thin = 0.5 * _SHEET_M
        front = -0.5 * self.depth_m + _FRONT_M
        x, floor = front + 0.5 * length, low_m + _SHEET_M
        pale = COLOURS["wood"]
        add_box(tray, [x, 0.0, low_m + thin], [0.5 * length, 0.5 * width, thin], 0.1, rgba=pale)
        for side in (-1.0, 1.0):
            place = [x, side * (0.5 * width + thin), 0.5 * (low_m + floor + wall)]
            add_box(tray, place, [0.5 * length, thin, 0.5 * (wall + _SHEET_M)], 0.05, rgba=pale)
        back = [front + length + thin, 0.0, 0.5 * (low_m + floor + wall)]
        add_box(tray, back, [thin, 0.5 * width + 2 * thin, 0.5 * (wall + _SHEET_M)], 0.05,
                rgba=pale)  # fmt: skip
        tray.add_site(name=f"{tray.name}_floor", pos=[x, 0.0, floor], group=4)

    def holds(self, tray_T_base: NDArray[np.float64], point_m: NDArray[np.float64]) -> bool:
        """Whether a point [3] of the base frame is inside a drawer.

        Args:
            tray_T_base: [4, 4] inverse of the pose of the drawer's floor site.
            point_m: [3] in the base frame.
        """
        x, y, z = tray_T_base[:3, :3] @ point_m + tray_T_base[:3, 3]
        length, width, wall = self.inside_m
        return bool(abs(x) < 0.5 * length and abs(y) < 0.5 * width and -_SHEET_M < z < wall)


CHEST = Drawers("wood")
"""Dark brown with three light drawers and short bars."""

NIGHTSTAND = Drawers(
    "white", width_m=0.25, depth_m=0.18, base_m=0.070, pitch_m=0.078, handle=Knob(),
    carcass=(0.74, 0.74, 0.72, 1.0), legs=True,
)  # fmt: skip
"""White, narrow, on legs, with black knobs."""

SIDEBOARD = Drawers(
    "teal", width_m=0.36, depth_m=0.19, base_m=0.040, pitch_m=0.088,
    handle=LongBar(rgba=(0.80, 0.62, 0.22, 1.0)), carcass=(0.03, 0.22, 0.23, 1.0),
)  # fmt: skip
"""Teal and wide, with long brass bars."""

TALLBOY = Drawers(
    "gray", levels=4, width_m=0.24, depth_m=0.18, base_m=0.045, pitch_m=0.080,
    handle=CupPull(rgba=(0.82, 0.82, 0.84, 1.0)), carcass=(0.20, 0.21, 0.24, 1.0),
)  # fmt: skip
"""Gray and slim, four drawers high, with cup pulls like a filing cabinet."""
