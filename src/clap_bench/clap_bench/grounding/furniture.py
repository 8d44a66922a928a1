"""Furniture of the suite's builders in sizes, paints and handles that are drawn at random.

Pieces that only tests have a builder for (grill, toilet, lamp, shoe box) are left out.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from clap_bench.gembench.objects.box import Box, MetalChest, WoodenBox
from clap_bench.gembench.objects.cupboard import Cupboard
from clap_bench.gembench.objects.door import Door
from clap_bench.gembench.objects.drawer_handles import Bar, CupPull, Handle, Knob, LongBar
from clap_bench.gembench.objects.drawers import LEVEL_WORDS, Drawers
from clap_bench.gembench.objects.fridge import Fridge
from clap_bench.gembench.objects.laptop import Laptop
from clap_bench.gembench.objects.microwave import Microwave
from clap_bench.gembench.objects.safe import Safe
from clap_sim.world.objects import COLOURS

Rng = np.random.Generator
Rgba = tuple[float, float, float, float]

_HIGHEST_CHEST_M = 0.36
_WOODS = ("wood", "orange", "maroon")
"""Of the wooden box."""


def random_colour(rng: Rng) -> str:
    """A name of `COLOURS`."""
    return str(rng.choice(tuple(COLOURS)))


def chest(rng: Rng) -> Drawers:
    """A chest of two to four drawers."""
    levels = int(rng.choice(tuple(LEVEL_WORDS)))
    width_m = rng.uniform(0.20, 0.40)
    return Drawers(
        random_colour(rng),
        levels=levels,
        width_m=width_m,
        depth_m=rng.uniform(0.15, 0.22),
        base_m=rng.uniform(0.03, 0.10),
        pitch_m=rng.uniform(0.062, min(0.12, _HIGHEST_CHEST_M / levels)),
        handle=_drawer_handle(rng, width_m),
        carcass=_paint(rng),
        legs=_either(rng),
    )


def _drawer_handle(rng: Rng, width_m: float) -> Handle:
    kind = rng.integers(4)
    rgba = _paint(rng)
    if kind == 0:
        return Bar(rgba, standoff_m=rng.uniform(0.022, 0.036), length_m=rng.uniform(0.040, 0.075),
                   side_m=rng.uniform(0.008, 0.016))  # fmt: skip
    if kind == 1:
        longest = min(0.24, 0.75 * width_m)
        return LongBar(rgba, standoff_m=rng.uniform(0.036, 0.052),
                       length_m=rng.uniform(0.10, longest),
                       side_m=rng.uniform(0.008, 0.014))  # fmt: skip
    if kind == 2:
        return Knob(rgba, standoff_m=rng.uniform(0.022, 0.034), radius_m=rng.uniform(0.012, 0.022))
    return CupPull(rgba, width_m=rng.uniform(0.044, 0.072), radius_m=rng.uniform(0.022, 0.034))


def fridge(rng: Rng) -> Fridge:
    """With or without a freezer, hinged on either side."""
    height_m = rng.uniform(0.28, 0.48)
    return Fridge(
        random_colour(rng),
        hinge="left" if _either(rng) else "right",
        width_m=rng.uniform(0.18, 0.30),
        depth_m=rng.uniform(0.15, 0.23),
        height_m=height_m,
        freezer_m=height_m * rng.uniform(0.24, 0.36) if _either(rng) else 0.0,
        feet_m=rng.uniform(0.008, 0.045),
        door_m=rng.uniform(0.016, 0.028),
        handle_m=rng.uniform(0.07, 0.15),
        handle_z=rng.uniform(0.45, 0.75),
        paint_rgba=_paint(rng),
    )


def microwave(rng: Rng) -> Microwave:
    """With keys or dials, hinged on either side."""
    return Microwave(
        random_colour(rng),
        hinge="left" if _either(rng) else "right",
        width_m=rng.uniform(0.24, 0.37),
        depth_m=rng.uniform(0.17, 0.25),
        height_m=rng.uniform(0.16, 0.27),
        panel_m=rng.uniform(0.055, 0.085),
        dials=_either(rng),
        feet_m=rng.uniform(0.008, 0.030),
        handle_m=rng.uniform(0.06, 0.12),
        paint_rgba=_paint(rng),
    )


def door(rng: Rng) -> Door:
    """With a lever or a knob, glazed or not, to either side and either way."""
    return Door(
        random_colour(rng),
        hinge="left" if _either(rng) else "right",
        away=_either(rng),
        handle="lever" if _either(rng) else "knob",
        backset_m=rng.uniform(0.030, 0.070),
        width_m=rng.uniform(0.18, 0.27),
        height_m=rng.uniform(0.33, 0.46),
        handle_z_m=rng.uniform(0.15, 0.25),
        wing_m=rng.uniform(0.02, 0.08),
        glazed=_either(rng),
        paint_rgba=_paint(rng),
        standoff_m=rng.uniform(0.040, 0.062),
        lever_m=rng.uniform(0.050, 0.080),
        knob_m=rng.uniform(0.016, 0.026),
    )


def box(rng: Rng) -> Box:
    """Of wood or of steel, with a lid."""
    depth_m, width_m = rng.uniform(0.11, 0.19), rng.uniform(0.15, 0.28)
    wall_m, handle_m = rng.uniform(0.06, 0.13), rng.uniform(0.026, 0.038)
    if _either(rng):
        wood = str(rng.choice(_WOODS))
        made: Box = WoodenBox(wood, lid_m=rng.uniform(0.008, 0.024))
    else:
        made = MetalChest(random_colour(rng), lid_m=rng.uniform(0.030, 0.060))
    return replace(made, depth_m=depth_m, width_m=width_m, wall_top_m=wall_m, handle_out_m=handle_m)


def laptop(rng: Rng) -> Laptop:
    """Small to large."""
    return Laptop(
        random_colour(rng),
        width_m=rng.uniform(0.20, 0.34),
        depth_m=rng.uniform(0.14, 0.22),
        base_m=rng.uniform(0.012, 0.024),
        lid_m=rng.uniform(0.006, 0.011),
    )


def safe(rng: Rng) -> Safe:
    """With three shelves, its door open."""
    return Safe(
        "gray",
        hinge_side=1 if _either(rng) else -1,
        door_rad=rng.uniform(1.7, 2.8),
        depth_m=rng.uniform(0.16, 0.24),
        width_m=rng.uniform(0.24, 0.36),
        base_m=rng.uniform(0.015, 0.045),
        headroom_m=rng.uniform(0.12, 0.17),
    )


def cupboard(rng: Rng) -> Cupboard:
    """On a stand, with its doors open."""
    width_m = rng.uniform(0.42, 0.60)
    return Cupboard(
        random_colour(rng),
        door_rad=rng.uniform(2.2, 3.0),
        inner_m=(rng.uniform(0.13, 0.20), width_m, rng.uniform(0.20, 0.30)),
        floor_z_m=rng.uniform(0.10, 0.20),
        pitch_m=0.19 * width_m,
    )


def _either(rng: Rng) -> bool:
    return bool(rng.integers(2))


def _paint(rng: Rng) -> Rgba:
    """Grey, of wood, or of any colour."""
    kind = rng.integers(3)
    if kind == 0:
        gray = rng.uniform(0.1, 0.95)
        return (gray, gray, gray, 1.0)
    if kind == 1:
        shade = rng.uniform(0.4, 1.4)
        r, g, b = (min(shade * value, 1.0) for value in COLOURS["wood"][:3])
        return (r, g, b, 1.0)
    r, g, b = rng.uniform(0.05, 0.95, 3)
    return (float(r), float(g), float(b), 1.0)
