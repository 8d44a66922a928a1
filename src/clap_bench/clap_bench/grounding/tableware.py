"""Mugs, plates and bowls of all sizes."""

from __future__ import annotations

import numpy as np

from clap_sim.world.tableware import Bowl, Mug, Plate

Rng = np.random.Generator

_SAUCER_M = 0.075
"""Up to this radius a plate is a saucer."""


def mug(colour: str, rng: Rng) -> Mug:
    """Slim or wide, with a handle for one finger or for four."""
    radius_m, height_m = rng.uniform(0.030, 0.048), rng.uniform(0.070, 0.115)
    low_m = height_m * rng.uniform(0.10, 0.30)
    high_m = height_m * rng.uniform(0.65, 0.90)
    return Mug(colour, radius_m=radius_m, height_m=height_m, handle_z_m=(low_m, high_m),
               handle_reach_m=rng.uniform(0.026, 0.042), handle_width_m=rng.uniform(0.008, 0.018),
               floor_m=rng.uniform(0.004, 0.012))  # fmt: skip


def plate(colour: str, rng: Rng) -> Plate:
    """From a saucer to a dinner plate, flat or deep."""
    radius_m = rng.uniform(0.060, 0.120)
    nouns = ("plate", "dish") if radius_m > _SAUCER_M else ("saucer", "plate")
    return Plate(colour, nouns, radius_m=radius_m, flat_radius_m=radius_m * rng.uniform(0.50, 0.80),
                 height_m=rng.uniform(0.013, 0.032), floor_m=rng.uniform(0.004, 0.009))  # fmt: skip


def bowl(colour: str, rng: Rng) -> Bowl:
    """For rice or for salad."""
    radius_m, height_m = rng.uniform(0.050, 0.090), rng.uniform(0.040, 0.080)
    return Bowl(colour, radius_m=radius_m, foot_radius_m=radius_m * rng.uniform(0.35, 0.65),
                round_height_m=height_m * rng.uniform(0.40, 0.75), height_m=height_m,
                floor_m=rng.uniform(0.005, 0.012))  # fmt: skip


TABLEWARE = (mug, plate, bowl)
"""Functions of a colour and a random generator."""
