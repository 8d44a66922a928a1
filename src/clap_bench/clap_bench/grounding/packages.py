"""Packages of a shop, with names, prints and sizes that are drawn at random."""

from __future__ import annotations

import numpy as np

from clap_bench.gembench.objects.groceries import Bottle, Carton, Grocery, Tin
from clap_bench.gembench.objects.labels import Print, Rgb

Rng = np.random.Generator

_BOTTLED = {
    "mustard": (240, 200, 20), "ketchup": (200, 30, 25), "mayonnaise": (240, 235, 210),
    "shampoo": (60, 140, 200), "olive oil": (150, 150, 40), "vinegar": (120, 60, 40),
    "honey": (220, 150, 30), "syrup": (110, 55, 25), "dish soap": (60, 180, 90),
    "glue": (245, 245, 245), "bleach": (250, 250, 250), "milk": (250, 250, 250),
    "juice": (250, 150, 30), "water": (150, 200, 230), "lotion": (240, 200, 210),
}  # fmt: skip
_BOXED = {
    "sugar": (250, 240, 200), "cereal": (230, 140, 40), "tea": (60, 120, 60),
    "rice": (235, 235, 220), "pasta": (30, 60, 150), "salt": (40, 70, 160),
    "cookies": (140, 90, 50), "pudding": (110, 65, 35), "gelatin": (200, 60, 90),
    "raisins": (150, 30, 60), "oats": (210, 180, 130), "flour": (240, 235, 225),
    "granola": (180, 120, 60), "crackers": (200, 40, 35), "washing powder": (60, 120, 220),
    "macaroni": (240, 190, 60), "cake mix": (220, 120, 150), "chocolate": (80, 45, 25),
}  # fmt: skip
_TINNED = {
    "tuna": (40, 120, 140), "beans": (60, 150, 130), "corn": (240, 200, 60),
    "tomatoes": (200, 40, 35), "peas": (70, 150, 60), "coffee": (90, 50, 30),
    "soup": (220, 60, 50), "sardines": (90, 120, 170), "pineapple": (240, 210, 80),
    "paint": (200, 200, 210), "cat food": (160, 80, 160), "soda": (200, 30, 40),
    "chili": (150, 40, 30), "peaches": (245, 170, 110),
}  # fmt: skip
"""What is sold in what, and the colour that it often has."""

_USUAL_COLOUR = 0.7
_SHADE = 25
_WHITE = (245, 245, 240)
_DARK = (25, 25, 35)


def package(rng: Rng) -> Grocery:
    """A bottle, a box or a can of something."""
    kind = rng.integers(3)
    if kind == 0:
        what = str(rng.choice(tuple(_BOTTLED)))
        high = rng.uniform(0.085, 0.135)
        size = (rng.uniform(0.042, 0.066), rng.uniform(0.034, 0.048), high)
        return Bottle(
            "gray", (f"{what} bottle", what), size_m=size, mass_kg=0.1,
            label=_print(what, _BOTTLED[what], rng), shoulder_m=0.80 * high, neck_m=0.87 * high,
            grip_z_m=0.7 * high,
        )  # fmt: skip
    if kind == 1:
        what = str(rng.choice(tuple(_BOXED)))
        size = (rng.uniform(0.050, 0.090), rng.uniform(0.026, 0.048), rng.uniform(0.050, 0.130))
        return Carton("gray", (f"{what} box", what), size_m=size, mass_kg=0.1,
                      label=_print(what, _BOXED[what], rng))  # fmt: skip
    what = str(rng.choice(tuple(_TINNED)))
    wide = rng.uniform(0.046, 0.066)
    return Tin("gray", (f"{what} can", what), size_m=(wide, wide, rng.uniform(0.030, 0.110)),
               mass_kg=0.1, label=_print(what, _TINNED[what], rng))  # fmt: skip


def _print(what: str, usual: Rgb, rng: Rng) -> Print:
    ground = _near(usual, rng) if rng.random() < _USUAL_COLOUR else _any(rng)
    panel = (_WHITE, ground, _any(rng))[rng.integers(3)]
    ink = _DARK if sum(panel) > sum(_WHITE) / 2 else _WHITE
    return Print(tuple(what.upper().split()), ground, panel, ink, _any(rng))


def _near(rgb: Rgb, rng: Rng) -> Rgb:
    r, g, b = np.clip(np.add(rgb, rng.integers(-_SHADE, _SHADE + 1, 3)), 0, 255)
    return (int(r), int(g), int(b))


def _any(rng: Rng) -> Rgb:
    r, g, b = rng.integers(10, 250, 3)
    return (int(r), int(g), int(b))
