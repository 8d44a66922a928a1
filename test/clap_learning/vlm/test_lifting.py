"""Pixels of several pictures become one place, or are refused by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from clap_core.camera.projection import project
from clap_core.camera.tabletop import BALLS, views
from clap_core.camera.view import CameraView
from clap_core.errors import ClapError, ErrorCode
from clap_learning.vlm.lifting import heatmap, lift
from clap_learning.vlm.settings import LiftingConfig

VIEWS = tuple(views(0))
CONFIG = LiftingConfig()
BALL = np.array(BALLS[0].centre)
FOOT = BALL * (1, 1, 0)
"""Hidden in every picture: under the ball, on the table."""


def pixels(point: np.ndarray, of: tuple[CameraView, ...] = VIEWS) -> dict[str, tuple[float, float]]:
    found = {}
    for view in of:
        ((column, row),), _, (inside,) = project(point[None], view.intrinsics, view.base_T_camera)
        assert inside
        found[view.name] = (float(column), float(row))
    return found


def without_depth(view: CameraView) -> CameraView:
    return replace(view, depth=np.zeros_like(view.depth))


@pytest.mark.parametrize("point", [BALL, FOOT, np.array([0.45, 0.1, 0.0])])
def test_rays_find_what_no_picture_shows(point: np.ndarray) -> None:
    place = lift(pixels(point), VIEWS, CONFIG)
    np.testing.assert_allclose(place.point, point, atol=1e-6)
    assert set(place.agreeing) == {view.name for view in VIEWS}


def test_a_view_without_depth_still_has_its_ray() -> None:
    blind = tuple(without_depth(view) for view in VIEWS)
    np.testing.assert_allclose(lift(pixels(FOOT), blind, CONFIG).point, FOOT, atol=1e-6)


def test_a_wrong_pixel_is_outvoted() -> None:
    wrong = pixels(FOOT)
    column, row = wrong["left"]
    wrong["left"] = (column + 60, row)
    place = lift(wrong, VIEWS, CONFIG)
    np.testing.assert_allclose(place.point, FOOT, atol=1e-6)
    assert set(place.agreeing) == {"front", "right"} and set(place.asked) > set(place.agreeing)


def test_pixels_that_do_not_agree_are_no_place() -> None:
    asked = pixels(FOOT, VIEWS[:2])
    column, row = asked["left"]
    asked["left"] = (column, row - 50)
    with pytest.raises(ClapError, match=r"front, left show no one place") as raised:
        lift(asked, VIEWS, CONFIG)
    assert raised.value.code is ErrorCode.AMBIGUOUS


def test_one_picture_is_enough_only_where_there_is_one() -> None:
    table = np.array([0.45, 0.1, 0.0])
    asked = pixels(table, VIEWS[:1])
    np.testing.assert_allclose(lift(asked, VIEWS[:1], CONFIG).point, table, atol=0.02)
    with pytest.raises(ClapError, match="1 of them agree"):
        lift(asked, VIEWS, CONFIG)
    with pytest.raises(ClapError, match="measured no depth") as raised:
        lift(asked, (without_depth(VIEWS[0]),), CONFIG)
    assert raised.value.code is ErrorCode.DEPTH_INVALID


def test_no_pixel_is_no_place() -> None:
    with pytest.raises(ClapError) as raised:
        lift({}, VIEWS, CONFIG)
    assert raised.value.code is ErrorCode.OBJECT_NOT_FOUND


def test_a_place_outside_the_workspace_is_refused() -> None:
    below = np.array([0.5, 0.0, -0.3])
    with pytest.raises(ClapError, match="outside the workspace") as raised:
        lift(pixels(below), VIEWS, CONFIG)
    assert raised.value.code is ErrorCode.OUT_OF_WORKSPACE


def test_depth_may_be_millimetres() -> None:
    view = VIEWS[0]
    metres = view.depth.astype(np.float32) / (1000 if view.depth.dtype == np.uint16 else 1)
    asked = pixels(np.array([0.45, 0.1, 0.0]), VIEWS[:1])
    one = lift(asked, (replace(view, depth=metres),), CONFIG)
    other = lift(asked, (replace(view, depth=(metres * 1000).astype(np.uint16)),), CONFIG)
    np.testing.assert_allclose(one.point, other.point, atol=0.002)


def test_a_heatmap_is_highest_at_its_pixel() -> None:
    drawn = heatmap((30.2, 20.0), VIEWS[0], 6.0)
    assert drawn.shape == VIEWS[0].depth.shape and drawn.dtype == np.float32
    assert np.unravel_index(drawn.argmax(), drawn.shape) == (20, 30)
    assert drawn.min() >= 0.0 and drawn.max() <= 1.0
