"""Clouds that fit, clouds that do not, and clouds that cannot tell."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from clap_core.camera.tabletop import look_at, views
from clap_core.fusion import FusionConfig
from clap_core.fusion.agreement import agreement, agreements, surface, table_height_mm
from clap_data.bags.scene_log import SceneSampling
from clap_data.bags.to_scenes import convert
from clap_data.scenes import SceneShard, shard_paths

DEMO_BAG = Path(__file__).parents[1] / "data" / "demo_bag"
CONFIG = FusionConfig()
FRONT, LEFT, RIGHT = views(1)


def of_bag_views():
    """What the cameras of the recorded demo see at its start."""
    with TemporaryDirectory() as folder:
        convert(DEMO_BAG, Path(folder), SceneSampling(limit=1))
        with SceneShard(shard_paths(Path(folder))[0]) as shard:
            return next(iter(shard)).unpack().views


def moved(view, shift=(0.0, 0.0, 0.0)):
    """The view with the camera told to be elsewhere by a shift in the base frame, metres."""
    pose = view.base_T_camera.copy()
    pose[:3, 3] += shift
    return replace(view, base_T_camera=pose)


def test_clouds_of_one_scene_lie_on_each_other() -> None:
    found = agreements([surface(view, CONFIG) for view in (FRONT, LEFT, RIGHT)])
    assert [(pair.first, pair.second) for pair in found] == [
        ("front", "left"),
        ("front", "right"),
        ("left", "right"),
    ]
    assert all(pair.apart_mm < 1.0 for pair in found)
    assert all(pair.points > 500 for pair in found)


@pytest.mark.parametrize("rise_m", [-0.015, 0.006, 0.012])
def test_a_camera_that_was_raised_shows_by_how_much(rise_m: float) -> None:
    found = agreement(surface(moved(LEFT, (0.0, 0.0, rise_m)), CONFIG), surface(FRONT, CONFIG))
    assert found.apart_mm == pytest.approx(1e3 * abs(rise_m), rel=0.15)
    assert found.residual_mm < 2.0


def test_a_camera_that_was_turned_shows() -> None:
    turned = LEFT.base_T_camera.copy()
    turned[:3, :3] = (
        turned[:3, :3] @ Rotation.from_rotvec([1.0, 0.0, 0.0], degrees=True).as_matrix()
    )
    found = agreement(surface(replace(LEFT, base_T_camera=turned), CONFIG), surface(FRONT, CONFIG))
    assert found.apart_mm > 6.0


def test_a_shift_along_a_bare_table_stays_unknown_and_one_off_it_shows() -> None:
    config = CONFIG.model_copy(
        update={"workspace": CONFIG.workspace.model_copy(update={"z_max_m": 0.02})}
    )
    along = agreement(surface(moved(LEFT, (0.02, 0, 0)), config), surface(FRONT, config))
    off = agreement(surface(moved(LEFT, (0, 0, 0.012)), config), surface(FRONT, config))
    assert along.apart_mm < 1.0
    assert off.apart_mm == pytest.approx(12.0, abs=2.0)


def test_opposite_sides_of_things_are_not_laid_onto_each_other() -> None:
    """Two cameras face each other over the things of a demo; a free fit goes 45 mm astray."""
    (left, right) = (
        surface(view, CONFIG) for view in of_bag_views() if view.name in ("left", "right")
    )
    assert agreement(left, right).apart_mm < 1.5


def test_cameras_that_see_nothing_together_tell_nothing() -> None:
    away = replace(LEFT, base_T_camera=look_at((3.0, 3.0, 0.7), (4.0, 3.0, 0.0)))
    found = agreement(surface(away, CONFIG), surface(FRONT, CONFIG))
    assert np.isnan(found.apart_mm)


def test_the_tables_height_and_tilt_are_those_that_the_pose_is_off() -> None:
    height, tilt = table_height_mm(surface(moved(FRONT, (0, 0, 0.007)), CONFIG))
    assert height == pytest.approx(7.0, abs=0.5)
    assert tilt < 0.1
    assert table_height_mm(surface(FRONT, CONFIG))[0] == pytest.approx(0.0, abs=0.5)
    assert np.isnan(table_height_mm(surface(FRONT, CONFIG), height_m=0.3)[0])
