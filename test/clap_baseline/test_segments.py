"""From a cloud to described objects."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from synthetic_table import Table

from clap_baseline.footprints import fit_circle, fit_rectangle, outline
from clap_baseline.segments.segmentation import Segment, Segmenter
from clap_baseline.segments.table import fit_table
from clap_core.backends import Scene
from clap_core.errors import ClapError, ErrorCode
from clap_core.geometry import tool_down
from clap_core.point_cloud import PointCloud


@cache
def laid_table() -> tuple[Segment, ...]:
    table = Table()
    table.mug("red", 0.42, 0.15, 1.0)
    table.plate("white", 0.60, -0.15)
    table.bowl("blue", 0.45, -0.30)
    table.block("green", 0.62, 0.12, 0.3)
    table.block("yellow", 0.50, 0.00, 0.9, size=(0.04, 0.04, 0.04))
    table.cylinder("orange", 0.65, 0.30, 0.033, 0.11)
    table.button("maroon", 0.35, -0.10)
    table.block("gray", 0.38, 0.30, 1.2, size=(0.03, 0.15, 0.03))
    return Segmenter().segment(Scene(table.cloud())).segments


def named(name: str, segments: tuple[Segment, ...] | None = None) -> Segment:
    found = [s for s in (laid_table() if segments is None else segments) if s.name == name]
    assert len(found) == 1, [s.name for s in laid_table()]
    return found[0]


def test_every_object_is_named() -> None:
    assert {segment.name for segment in laid_table()} == {
        "red mug",
        "white plate",
        "blue bowl",
        "green block",
        "yellow block",
        "orange can",
        "maroon button",
        "gray stick",
    }


@pytest.mark.parametrize(
    ("name", "center"),
    [("red mug", (0.42, 0.15)), ("white plate", (0.60, -0.15)), ("yellow block", (0.50, 0.0))],
)
def test_objects_are_where_they_stand(name: str, center: tuple[float, float]) -> None:
    np.testing.assert_allclose(named(name).shape.center, center, atol=0.003)


def test_measures() -> None:
    assert named("red mug").shape.circle.radius_m == pytest.approx(0.04, abs=0.003)
    assert named("red mug").shape.top_m == pytest.approx(0.09, abs=0.003)
    assert named("white plate").shape.floor_m == pytest.approx(0.006, abs=0.002)
    assert named("blue bowl").shape.floor_m == pytest.approx(0.01, abs=0.004)
    handle = named("red mug").shape.handle
    assert handle is not None and handle.angle_rad == pytest.approx(1.0, abs=0.1)
    turn = named("yellow block").shape.rectangle.angle_rad
    assert (turn - 0.9 + np.pi / 4) % (np.pi / 2) - np.pi / 4 == pytest.approx(0.0, abs=0.09)


def test_touching_objects_are_told_apart_by_colour() -> None:
    table = Table()
    table.plate("white", 0.55, 0.0)
    table.mug("red", 0.55, 0.0, 2.0, z=0.006)
    table.block("green", 0.40, 0.2, 0.0)
    table.block("blue", 0.40, 0.2, 0.0, z=0.045)
    names = {s.name for s in Segmenter().segment(Scene(table.cloud())).segments}
    assert names == {"white plate", "red mug", "green block", "blue block"}


def test_the_hand_and_what_it_carries_are_left_out() -> None:
    table = Table()
    table.block("green", 0.40, 0.2)
    table.block("gray", 0.55, 0.0, size=(0.05, 0.2, 0.07), z=0.245)  # the hand's body
    table.block("gray", 0.55, 0.048, size=(0.02, 0.016, 0.05), z=0.19)
    table.block("yellow", 0.55, 0.0, z=0.18)  # held
    scene = Scene(table.cloud(), tool_down([0.55, 0.0, 0.2]), 0.08)
    assert [s.name for s in Segmenter().segment(scene).segments] == ["green block"]


def test_a_tilted_noisy_table_is_found() -> None:
    rng = np.random.default_rng(0)
    xy = rng.uniform([0.2, -0.5], [0.8, 0.5], (5000, 2))
    z = 0.01 * xy[:, 0] - 0.004 + rng.normal(0, 0.002, 5000)
    table = fit_table(np.column_stack([xy, z]))
    assert table.slope_x == pytest.approx(0.01, abs=1e-3)
    assert table.offset_m == pytest.approx(-0.004, abs=5e-4)
    assert table.noise_m == pytest.approx(0.002, rel=0.2)


def test_an_empty_cloud_is_an_error() -> None:
    empty = PointCloud(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.uint8))
    with pytest.raises(ClapError) as error:
        Segmenter().segment(Scene(empty))
    assert error.value.code is ErrorCode.CLOUD_EMPTY


def test_a_bare_table_has_no_objects() -> None:
    assert Segmenter().segment(Scene(Table().cloud())).segments == ()


def test_the_circle_ignores_a_handle() -> None:
    turns = np.linspace(0, 2 * np.pi, 200)
    ring = 0.04 * np.column_stack([np.cos(turns), np.sin(turns)])
    bump = np.column_stack([np.linspace(0.04, 0.075, 20), np.zeros(20)])
    circle = fit_circle(outline(np.add(np.concatenate([ring, bump]), [0.5, 0.1])))
    np.testing.assert_allclose(circle.center, [0.5, 0.1], atol=5e-4)
    assert circle.radius_m == pytest.approx(0.04, abs=5e-4)


@pytest.mark.parametrize("turn", [0.0, 0.35, 1.2, -0.7])
def test_the_rectangle_finds_sides_and_turn(turn: float) -> None:
    rng = np.random.default_rng(3)
    points = rng.uniform([-0.04, -0.02], [0.04, 0.02], (3000, 2))
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    rectangle = fit_rectangle(outline(points @ rotation.T))
    assert rectangle.length_m == pytest.approx(0.08, abs=0.004)
    assert rectangle.width_m == pytest.approx(0.04, abs=0.003)
    assert (rectangle.angle_rad - turn + np.pi / 2) % np.pi == pytest.approx(np.pi / 2, abs=0.06)
