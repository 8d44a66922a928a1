"""Microwave ovens with a window, a turntable and a panel of keys or dials."""

from __future__ import annotations

from dataclasses import dataclass

import mujoco
import numpy as np
from numpy.typing import NDArray

from clap_bench.gembench.objects.hinged import (
    CHROME,
    DARK,
    FROM_INSIDE,
    INTO,
    OUT_OF,
    PALE,
    Rgba,
    Side,
    add_bar_handle,
    add_leaf,
    add_mark,
    add_shell,
    paint,
    paint_box,
    paint_cylinder,
    sign,
)
from clap_bench.gembench.objects.pictures import add_picture
from clap_bench.gembench.objects.thing import Thing
from clap_sim.world.objects import COLOURS
from clap_sim.world.solids import add_box

_WINDOW: Rgba = (0.05, 0.06, 0.08, 0.75)
_TURNTABLE: Rgba = (0.70, 0.80, 0.84, 1.0)
_CRUST: Rgba = (0.72, 0.48, 0.22, 1.0)

_DIGITS = {
    "0": "111101101101111", "1": "010110010010111", "2": "111001111100111",
    "3": "111001111001111", "4": "101101111001001", "5": "111100111001111",
    "6": "111100111101111", "7": "111001010010010", "8": "111101111101111",
    "9": "111101111001111", ":": "000010000010000",
}  # fmt: skip
"""Digits of three columns and five rows."""


@dataclass(frozen=True)
class Microwave(Thing):
    """A microwave oven that stands fixed on the table and opens towards -x of its frame.

    Body and joint ``<body>_door``, with the sites ``.._handle`` (a grasp of its bar), ``.._push``
    (the middle of its front), ``.._rim`` (on the front near the top) and ``.._inside`` (near the
    free edge and the top, on the inside), all with z into the door. The door weighs about 0.5 kg.

    Attributes:
        hinge: where the door turns; the panel is on the other side.
        panel_m: width of the panel.
        dials: whether the panel has dials instead of keys.
        feet_m: height of the feet.
        handle_m: length of the handle.
        opens_rad: where the door stops.
        paint_rgba: of shell, door and panel.
    """

    colour: str = "silver"
    nouns: tuple[str, ...] = ("microwave", "oven")
    movable: bool = False
    hinge: Side = "left"
    width_m: float = 0.31
    depth_m: float = 0.22
    height_m: float = 0.20
    panel_m: float = 0.075
    dials: bool = False
    feet_m: float = 0.012
    wall_m: float = 0.012
    door_m: float = 0.020
    handle_m: float = 0.11
    opens_rad: float = np.radians(115.0)
    paint_rgba: Rgba = (0.62, 0.63, 0.65, 1.0)

    @property
    def footprint_radius_m(self) -> float:
        return 0.5 * self.depth_m + self.width_m

    @property
    def body_radius_m(self) -> float:
        return float(np.hypot(0.5 * self.depth_m, 0.5 * self.width_m))

    def build(self, spec: mujoco.MjSpec, body: mujoco.MjsBody) -> None:
        side = sign(self.hinge)
        half_depth, half_width = 0.5 * self.depth_m, 0.5 * self.width_m
        front = -half_depth + self.door_m
        for x in (front + 0.02, half_depth - 0.02):
            for y in (-half_width + 0.02, half_width - 0.02):
                paint_cylinder(body, [x, y, 0.5 * self.feet_m], 0.010, 0.5 * self.feet_m, DARK)
        seam_y = -side * (half_width - self.panel_m)
        edge_y = side * half_width
        low = [front, min(seam_y, edge_y), self.feet_m]
        high = [half_depth, max(seam_y, edge_y), self.height_m]
        add_shell(body, low, high, self.wall_m, self.paint_rgba, PALE)
        self._build_panel(spec, body, -side * (half_width - 0.5 * self.panel_m))
        self._build_door(spec, body, self.width_m - self.panel_m)
        middle = [0.5 * (front + half_depth), 0.5 * (seam_y + edge_y), self.feet_m + self.wall_m]
        self._build_supper(body, middle)

    def _build_panel(self, spec: mujoco.MjSpec, body: mujoco.MjsBody, y: float) -> None:
        half_z, z = 0.5 * (self.height_m - self.feet_m), 0.5 * (self.height_m + self.feet_m)
        half_y = 0.5 * self.panel_m
        add_box(body, [0.0, y, z], [0.5 * self.depth_m, half_y, half_z], 1.0, rgba=self.paint_rgba)
        x = -0.5 * self.depth_m
        if not self.dials:
            label = (half_y - 0.008, half_z - 0.012, 0.0006)
            add_picture(spec, body, "keys", _keypad(), [x, y, z], label, OUT_OF)
            return
        for share in (0.45, -0.35):
            place = [x - 0.008, y, z + share * half_z]
            paint_cylinder(body, place, 0.022, 0.008, CHROME, INTO)
            paint_box(body, [x - 0.017, y, place[2] + 0.008], [0.002, 0.003, 0.012], DARK)

    def _build_door(self, spec: mujoco.MjSpec, body: mujoco.MjsBody, width_m: float) -> None:
        """In a frame on the hinge's line, at the height of the door's lower edge."""
        side, t = sign(self.hinge), 0.5 * self.door_m
        hinge_y = side * (0.5 * self.width_m - t)
        hinge = [-0.5 * self.depth_m + t, hinge_y, self.feet_m]
        leaf = add_leaf(spec, body, "door", hinge, [0.0, 0.0, -side], self.opens_rad)
        high, gap, rim = self.height_m - self.feet_m, 0.002, 0.022
        half_y, half_z = 0.5 * width_m - gap, 0.5 * high - gap
        y, z = -side * (0.5 * width_m - t), 0.5 * high
        add_box(leaf, [0.0, y, z], [t, half_y, half_z], 0.4)
        # The free edge carries the handle and is broader.
        broad = 2.0 * rim
        for end, width in ((side, rim), (-side, broad)):
            place = [0.0, y + end * (half_y - 0.5 * width), z]
            paint_box(leaf, place, [t, 0.5 * width, half_z], self.paint_rgba)
        window_y, window_half = y + side * 0.5 * (broad - rim), half_y - 0.5 * (rim + broad)
        for end in (-1.0, 1.0):
            place = [0.0, window_y, z + end * (half_z - 0.5 * rim)]
            paint_box(leaf, place, [t, window_half, 0.5 * rim], self.paint_rgba)
        pane = [0.6 * t, window_half, half_z - rim]
        paint_box(leaf, [0.0, window_y, z], pane, _WINDOW)
        free_y = y - side * half_y
        add_bar_handle(leaf, [-t, free_y + side * 0.022, z], self.handle_m)
        add_mark(leaf, "push", [-t, y, z])
        add_mark(leaf, "rim", [-t, free_y + side * 0.08, high - 0.025])
        add_mark(leaf, "inside", [t, free_y + side * 0.03, high - 0.03], FROM_INSIDE)

    def _build_supper(self, body: mujoco.MjsBody, middle_m: list[float]) -> None:
        """A turntable with a pie on it."""
        x, y, z = middle_m
        paint_cylinder(body, [x, y, z + 0.006], 0.080, 0.003, _TURNTABLE)
        paint_cylinder(body, [x, y, z + 0.020], 0.050, 0.011, _CRUST)
        dome = mujoco.mjtGeom.mjGEOM_ELLIPSOID
        paint(body, dome, [x, y, z + 0.031], [0.044, 0.044, 0.012], COLOURS["orange"])


def _keypad() -> NDArray[np.uint8]:
    """[112, 48, 3] picture: a lit display with the time, twelve keys, a green start key."""
    picture = np.full((112, 48, 3), 28, dtype=np.uint8)
    picture[5:22, 4:44] = (8, 30, 22)
    for k, letter in enumerate("12:30"):
        _draw(picture, letter, 9, 6 + 7 * k, 2, (90, 255, 170))
    for k, letter in enumerate("123456789:0:"):
        top, left = 30 + 17 * (k // 3), 4 + 14 * (k % 3)
        picture[top : top + 13, left : left + 12] = (205, 207, 210)
        _draw(picture, letter, top + 2, left + 3, 2, (20, 20, 20))
    picture[98:108, 4:44] = (40, 150, 60)
    return picture


def _draw(
    picture: NDArray[np.uint8],
    letter: str,
    top: int,
    left: int,
    scale: int,
    rgb: tuple[int, int, int],
) -> None:
    dots = np.array([int(dot) for dot in _DIGITS[letter]]).reshape(5, 3).astype(bool)
    dots = np.kron(dots, np.ones((scale, scale), dtype=bool))
    picture[top : top + dots.shape[0], left : left + dots.shape[1]][dots] = rgb
