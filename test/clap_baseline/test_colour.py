"""Colour names of points and how well colour words fit them."""

from __future__ import annotations

import numpy as np
import pytest

from clap_baseline import colour

LIT = {
    "red": (200, 20, 15),
    "maroon": (100, 8, 8),
    "orange": (240, 110, 15),
    "yellow": (235, 200, 30),
    "olive": (110, 108, 15),
    "lime": (150, 240, 40),
    "green": (25, 150, 40),
    "cyan": (40, 225, 230),
    "teal": (10, 110, 112),
    "azure": (20, 135, 240),
    "blue": (25, 60, 200),
    "navy": (10, 15, 105),
    "violet": (120, 20, 235),
    "purple": (120, 20, 125),
    "magenta": (240, 25, 235),
    "rose": (235, 15, 120),
    "pink": (245, 170, 180),
    "brown": (125, 80, 40),
    "white": (238, 237, 232),
    "silver": (180, 182, 186),
    "gray": (120, 121, 123),
    "black": (22, 22, 24),
}


def shaded(rgb: tuple[int, int, int], darkest: float = 0.45, count: int = 400) -> np.ndarray:
    """A surface of one colour, part of it in shadow, with a camera's noise."""
    rng = np.random.default_rng(1)
    light = rng.uniform(darkest, 1.0, (count, 1))
    return np.clip(np.array(rgb) * light + rng.normal(0, 4, (count, 3)), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("name", LIT)
def test_shadow_does_not_change_a_colours_name(name: str) -> None:
    assert colour.profile(shaded(LIT[name])).name == name


def test_a_word_fits_its_own_colour_best() -> None:
    for name, rgb in LIT.items():
        profile = colour.profile(shaded(rgb))
        scores = {word: profile.score(word) for word in LIT}
        assert max(scores, key=scores.__getitem__) == name


def test_relatives_fit_less_and_strangers_not_at_all() -> None:
    profile = colour.profile(shaded(LIT["maroon"]))
    assert 0.5 < profile.score("red") < profile.score("maroon")
    assert profile.score("blue") < 0.05
    assert colour.profile(shaded(LIT["gray"])).score("grey") > 0.9


def test_shares_follow_the_points() -> None:
    rgb = np.concatenate([shaded(LIT["red"], count=300), shaded(LIT["white"], count=100)])
    shares = colour.profile(rgb).shares
    assert shares["red"] == pytest.approx(0.75, abs=0.02)
    assert sum(shares.values()) == pytest.approx(1.0)


def test_nothing_has_no_colour() -> None:
    with pytest.raises(ValueError, match="without points"):
        colour.profile(np.zeros((0, 3), np.uint8))
